//! What the chains say of devices, and what follows when one ends.

use securechat_chain::{Chain, ChainError, SignedLink};
use securechat_ids::{DeviceId, UserId};
use securechat_proto::{Code, limits};

use crate::{Fault, StoreError, Tx, Wake};

/// Reads a link from the wire.
pub(crate) fn parse_link(bytes: &[u8]) -> Result<SignedLink, Fault> {
    if bytes.len() > limits::LINK_BYTES_MAX {
        return Err(Fault::refuse(Code::TooLarge, "the chain link is too large"));
    }
    SignedLink::parse(bytes).map_err(|error| Fault::refuse(Code::Rejected, error.to_string()))
}

/// A person's chain as it stands.
pub(crate) fn chain(tx: &mut dyn Tx, user: &UserId) -> Result<Chain, Fault> {
    let broken = |why: &str| StoreError::Broken(format!("the chain of {user} is {why}"));
    let mut chain: Option<Chain> = None;
    for bytes in tx.chain_links(user)? {
        let link = SignedLink::parse_trusted(&bytes).map_err(|_| broken("unreadable"))?;
        let next = match &chain {
            None => Chain::begin(&link),
            Some(chain) => chain.append(&link),
        };
        chain = Some(next.map_err(|_| broken("inconsistent"))?);
    }
    Ok(chain.ok_or_else(|| broken("missing"))?)
}

/// Checks that a link continues a person's chain.
pub(crate) fn continues(tx: &mut dyn Tx, user: &UserId, link: &SignedLink) -> Result<(), Fault> {
    match chain(tx, user)?.append(link) {
        Ok(_) => Ok(()),
        Err(error @ ChainError::NotNext) => Err(Fault::refuse(Code::Conflict, error.to_string())),
        Err(
            error @ (ChainError::Signer
            | ChainError::Duplicate
            | ChainError::NotActive
            | ChainError::Possession),
        ) => Err(Fault::refuse(Code::Rejected, error.to_string())),
    }
}

/// Whether a credential may be believed now: person and device are active, under this root and key.
pub(crate) fn vouches(
    tx: &mut dyn Tx,
    member: &securechat_mls::Member,
    key: &[u8; 32],
) -> Result<bool, StoreError> {
    let Some(device) = tx.device(&member.device_id)? else { return Ok(false) };
    if !device.active || device.user != member.user_id || device.key != *key {
        return Ok(false);
    }
    let account = tx.account(&member.user_id)?;
    Ok(account.is_some_and(|account| account.active && account.root16 == member.root16))
}

/// Takes from a device what it has here; its leaves are another matter.
pub(crate) fn clear(tx: &mut dyn Tx, device: &DeviceId) -> Result<(), StoreError> {
    tx.delete_device_sessions(device)?;
    tx.delete_key_packages(device)?;
    tx.delete_inbox(device, u64::MAX >> 1)
}

/// Finds anew, in each room of a device, which leaves are due, and tells those who stay.
pub(crate) fn due_everywhere(tx: &mut dyn Tx, device: &DeviceId) -> Result<Vec<Wake>, StoreError> {
    let mut wakes = Vec::new();
    for (key, room) in tx.rooms_with_device(device)? {
        let leaves = tx.refresh_due(key)?;
        wakes.push(Wake::MustRemove { room, leaves, to: tx.audience(key)? });
    }
    Ok(wakes)
}
