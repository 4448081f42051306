//! What those who run the server are told of it: how many there are, and nothing of any one of them.

use securechat_ids::UnixMillis;
use securechat_proto::Code;
use securechat_proto::http::Role;

use super::invites::live;
use super::roles::role_now;
use crate::{Asker, Fault, Tx};

/// What the store can count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Active accounts.
    pub people: u64,
    /// Rooms that somebody is in.
    pub rooms: u64,
    /// Invites that still work.
    pub invites: u64,
}

/// Counts what there is. (Reads.)
///
/// # Errors
/// `Forbidden` for members.
pub fn overview(tx: &mut dyn Tx, asker: &Asker, now: UnixMillis) -> Result<Counts, Fault> {
    match role_now(tx, asker)? {
        Role::Owner | Role::Admin => {}
        Role::Member => {
            return Err(Fault::refuse(Code::Forbidden, "only the owner and admins see how the server fares"));
        }
    }
    Ok(Counts {
        people: tx.count_active_accounts()?,
        rooms: tx.count_rooms()?,
        invites: live(tx, now)?.count() as u64,
    })
}
