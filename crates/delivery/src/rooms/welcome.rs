//! Brings the parts of a Welcome to the devices they are for.

use std::collections::{BTreeMap, BTreeSet};

use securechat_ids::{DeviceId, Epoch, Seq, UnixMillis};
use securechat_mls::{Facts, split_welcome};

use super::access::rejected;
use crate::rows::RoomRow;
use crate::{Fault, Limits, Tx, Wake};

const DAY_MS: u64 = 24 * 3600 * 1_000;

/// The parts of a commit's Welcome by device: one for each added device, and none for others.
pub(super) fn parts(
    tx: &mut dyn Tx,
    facts: &Facts,
    welcome: &[u8],
) -> Result<BTreeMap<DeviceId, Vec<u8>>, Fault> {
    let added: BTreeSet<DeviceId> = facts.added.iter().map(|added| added.member.device_id).collect();
    let mut parts = BTreeMap::new();
    if !welcome.is_empty() {
        for (reference, part) in split_welcome(welcome).map_err(rejected)? {
            let device = tx
                .package_device(&reference)?
                .ok_or_else(|| rejected("the welcome is for a key package that was not claimed here"))?;
            if parts.insert(device, part).is_some() {
                return Err(rejected("the welcome has two parts for one device"));
            }
        }
    }
    if !parts.keys().eq(added.iter()) {
        return Err(rejected("the welcome is not for the devices that the commit adds"));
    }
    Ok(parts)
}

/// Puts the parts into inboxes and keeps the tree they need.
pub(super) fn deliver(
    tx: &mut dyn Tx,
    row: &RoomRow,
    parts: BTreeMap<DeviceId, Vec<u8>>,
    place: (Epoch, Seq),
    tree: &[u8],
    now: UnixMillis,
    limits: &Limits,
) -> Result<Vec<Wake>, Fault> {
    tx.purge_trees(now)?;
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let (epoch, seq) = place;
    tx.insert_tree(row.key, epoch, tree, now.plus(limits.tree_days.saturating_mul(DAY_MS)))?;
    let mut wakes = Vec::new();
    for (device, part) in parts {
        tx.insert_inbox(&device, &row.room, epoch, seq, &part)?;
        tx.trim_inbox(&device, limits.inbox_items_max)?;
        wakes.push(Wake::Inbox { device });
    }
    Ok(wakes)
}
