//! What the server knows of a person, told to that person.

use securechat_ids::UnixMillis;
use securechat_proto::{Code, http};

use super::roles::shown;
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
    let sessions = tx.count_sessions(&asker.user, now)?;
    let links = tx.chain_links(&asker.user)?.len();
    Ok(http::Report {
        user: shown(account),
        devices: accounts::devices(tx, asker)?,
        rooms,
        sessions: u32::try_from(sessions).unwrap_or(u32::MAX),
        vault_bytes: accounts::vault(tx, asker)?.sealed.0.len() as u64,
        chain_links: u32::try_from(links).unwrap_or(u32::MAX),
    })
}
