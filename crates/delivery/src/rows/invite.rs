//! Invites, by the hash of their code.

use securechat_ids::{UnixMillis, UserId};
use securechat_proto::http::Role;

use crate::StoreError;

/// An invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteRow {
    /// Names it when listing and revoking.
    pub id: String,
    /// SHA-256 of its code.
    pub code_hash: [u8; 32],
    /// Uses left.
    pub uses: u32,
    /// When it ends.
    pub expires: UnixMillis,
    /// Role it gives.
    pub role: Role,
    /// Who made it.
    pub made_by: UserId,
}

/// Reads and writes invites.
#[expect(clippy::missing_errors_doc, reason = "every method fails with the store, and only then")]
pub trait InviteRows {
    /// Keeps an invite.
    fn insert_invite(&mut self, invite: &InviteRow) -> Result<(), StoreError>;
    /// An invite by the hash of its code.
    fn invite(&mut self, code_hash: &[u8; 32]) -> Result<Option<InviteRow>, StoreError>;
    /// All invites, the longest-lived first.
    fn invites(&mut self) -> Result<Vec<InviteRow>, StoreError>;
    /// Sets how many uses are left.
    fn set_invite_uses(&mut self, id: &str, uses: u32) -> Result<(), StoreError>;
    /// Forgets an invite; `false` when there is none of this id.
    fn delete_invite(&mut self, id: &str) -> Result<bool, StoreError>;
    /// Forgets what ended before `now` or is used up.
    fn purge_invites(&mut self, now: UnixMillis) -> Result<(), StoreError>;
}
