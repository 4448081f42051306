//! What the server knows of a person, told to that person.

use securechat_ids::{RoomId, UnixMillis};
use securechat_proto::{Code, http};

use super::invites;
use super::roles::shown;
use crate::rows::{ReceiptRow, SessionRow};
use crate::{Asker, Fault, Tx, accounts};

/// All that the server holds about the asker, but whether they are connected. (Reads.)
///
/// # Errors
/// [`Fault::Store`].
pub fn report(tx: &mut dyn Tx, asker: &Asker, now: UnixMillis) -> Result<http::Report, Fault> {
    let account =
        tx.account(&asker.user)?.ok_or_else(|| Fault::refuse(Code::NotFound, "there is no such account"))?;
    let mut rooms = Vec::new();
    for (row, _, since) in tx.rooms_of(&asker.user)? {
        let traffic = tx.traffic(row.key, &asker.user)?;
        rooms.push(http::ReportRoom {
            room_id: row.room,
            joined_ms: since,
            events: traffic.events,
            bytes: traffic.bytes,
        });
    }
    let session = |row: SessionRow| http::ReportSession {
        device_id: row.device,
        opened_ms: row.opened,
        expires_ms: row.expires,
    };
    let receipt = |(room_id, row): (RoomId, ReceiptRow)| http::ReportReceipt {
        room_id,
        device_id: row.device,
        epoch: row.epoch.0,
        bytes: row.sealed.len() as u64,
    };
    let (items, item_bytes) = tx.count_items(&asker.user)?;
    let invites = tx.invites()?.into_iter().filter(|row| row.made_by == asker.user && row.expires > now);
    Ok(http::Report {
        user: shown(account),
        devices: accounts::devices(tx, asker)?,
        rooms,
        sessions: tx.sessions_of(&asker.user, now)?.into_iter().map(session).collect(),
        vault_bytes: accounts::vault(tx, asker)?.sealed.0.len() as u64,
        chain_links: tx.chain_links(&asker.user)?.into_iter().map(Into::into).collect(),
        items,
        item_bytes,
        receipts: tx.receipts_of(&asker.user)?.into_iter().map(receipt).collect(),
        invites: invites.map(invites::shown).collect(),
    })
}
