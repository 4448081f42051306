//! What the server has on record, for whoever judges it.

use std::collections::BTreeSet;

use securechat_delivery::rows::{EventRow, RoomStay};
use securechat_ids::{DeviceId, Epoch, MessageId, RoomId, Seq, UserId};
use securechat_mls::{History, PublicRoom};

use crate::Server;

/// Who is in a room, and by what rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// Its epoch.
    pub epoch: Epoch,
    /// Its newest event.
    pub head: Seq,
    /// How far newcomers read back.
    pub history: History,
    /// Devices that hold its keys, and whose they are.
    pub devices: BTreeSet<(DeviceId, UserId)>,
    /// Users who are in it: the server answers each of their devices.
    pub users: BTreeSet<UserId>,
}

impl Server {
    /// The whole log of a room; empty for one that there is not.
    pub fn log(&self, room: &RoomId) -> Vec<EventRow> {
        let events = self.read(|tx| {
            let (mut log, Some(row)) = (Vec::new(), tx.room(room)?) else { return Ok(Vec::new()) };
            loop {
                let next = log.last().map_or(Seq(1), |event: &EventRow| event.seq.next());
                let page = tx.events(row.key, next, 1_000, 1 << 24)?;
                if page.is_empty() {
                    return Ok(log);
                }
                log.extend(page);
            }
        });
        events.expect("reads")
    }

    /// Who is in a room now; none for one that there is not.
    pub fn roster(&self, room: &RoomId) -> Option<Roster> {
        let roster = self.read(|tx| {
            let Some(row) = tx.room(room)? else { return Ok(None) };
            let group = tx.group(row.key)?.expect("a room has a group");
            let public = PublicRoom::from_bytes(&group.public).expect("the server wrote it");
            let leaves = tx.leaves(row.key)?;
            let devices = leaves.into_iter().map(|leaf| (leaf.device, leaf.user)).collect();
            let mut users = BTreeSet::new();
            for account in tx.accounts()? {
                if matches!(tx.stay(row.key, &account.user)?, Some((RoomStay::Member, _))) {
                    users.insert(account.user);
                }
            }
            let history = public.policy().history;
            Ok(Some(Roster { epoch: row.epoch, head: row.head, history, devices, users }))
        });
        roster.expect("reads")
    }

    /// Where an event of a device stands, as a crash would leave it: read beside the writer.
    pub fn place(&self, room: &RoomId, device: &DeviceId, id: &MessageId) -> Option<Seq> {
        let place = self.read(|tx| {
            let Some(row) = tx.room(room)? else { return Ok(None) };
            Ok(tx.place(row.key, device, id)?.map(|place| place.seq))
        });
        place.expect("reads")
    }

    /// Whether a device speaks for its user still.
    pub fn is_active(&self, device: &DeviceId) -> bool {
        let active = self.read(|tx| {
            let Some(row) = tx.device(device)? else { return Ok(false) };
            Ok(row.active && tx.account(&row.user)?.is_some_and(|account| account.active))
        });
        active.expect("reads")
    }
}
