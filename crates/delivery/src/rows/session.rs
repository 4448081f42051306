//! Sessions, log-in tickets, challenges and reset codes: all by hash, all with an end.

use securechat_ids::{DeviceId, UnixMillis, UserId};

use crate::StoreError;

/// An open session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Whose.
    pub user: UserId,
    /// Which device's.
    pub device: DeviceId,
    /// When it was opened.
    pub opened: UnixMillis,
    /// When it ends.
    pub expires: UnixMillis,
}

/// Reads and writes what grants entry.
#[expect(clippy::missing_errors_doc, reason = "every method fails with the store, and only then")]
pub trait SessionRows {
    /// Opens a session.
    fn insert_session(&mut self, session: &SessionRow) -> Result<(), StoreError>;
    /// A session, ended or not.
    fn session(&mut self, token_hash: &[u8; 32]) -> Result<Option<SessionRow>, StoreError>;
    /// Moves a session's end.
    fn set_session_end(&mut self, token_hash: &[u8; 32], expires: UnixMillis) -> Result<(), StoreError>;
    /// Closes a session.
    fn delete_session(&mut self, token_hash: &[u8; 32]) -> Result<(), StoreError>;
    /// Closes all sessions of a device.
    fn delete_device_sessions(&mut self, device: &DeviceId) -> Result<(), StoreError>;
    /// Closes a person's oldest sessions until `keep` are left.
    fn trim_sessions(&mut self, user: &UserId, keep: usize) -> Result<(), StoreError>;
    /// A person's sessions that have not ended at `now`, the oldest first.
    fn sessions_of(&mut self, user: &UserId, now: UnixMillis) -> Result<Vec<SessionRow>, StoreError>;

    /// Keeps a ticket that lets a person add a device.
    fn insert_ticket(
        &mut self,
        ticket_hash: &[u8; 32],
        user: &UserId,
        expires: UnixMillis,
    ) -> Result<(), StoreError>;
    /// Takes a ticket: whose it is and when it ends.
    fn take_ticket(&mut self, ticket_hash: &[u8; 32]) -> Result<Option<(UserId, UnixMillis)>, StoreError>;
    /// Forgets a person's tickets.
    fn delete_tickets(&mut self, user: &UserId) -> Result<(), StoreError>;

    /// Keeps a nonce that a device may sign.
    fn insert_challenge(
        &mut self,
        nonce_hash: &[u8; 32],
        device: &DeviceId,
        expires: UnixMillis,
    ) -> Result<(), StoreError>;
    /// Takes a nonce: whose it is and when it ends.
    fn take_challenge(&mut self, nonce_hash: &[u8; 32])
    -> Result<Option<(DeviceId, UnixMillis)>, StoreError>;

    /// Keeps a nonce that a person's recovery key may sign.
    fn insert_recovery_challenge(
        &mut self,
        nonce_hash: &[u8; 32],
        user: &UserId,
        expires: UnixMillis,
    ) -> Result<(), StoreError>;
    /// Takes such a nonce: whose it is and when it ends.
    fn take_recovery_challenge(
        &mut self,
        nonce_hash: &[u8; 32],
    ) -> Result<Option<(UserId, UnixMillis)>, StoreError>;

    /// Keeps a reset code in place of the person's former one.
    fn set_reset_code(
        &mut self,
        user: &UserId,
        code_hash: &[u8; 32],
        expires: UnixMillis,
    ) -> Result<(), StoreError>;
    /// Whose a reset code is and when it ends.
    fn reset_code(&mut self, code_hash: &[u8; 32]) -> Result<Option<(UserId, UnixMillis)>, StoreError>;
    /// Forgets a person's reset code.
    fn delete_reset_code(&mut self, user: &UserId) -> Result<(), StoreError>;

    /// Forgets what ended before `now`.
    fn purge_entries(&mut self, now: UnixMillis) -> Result<(), StoreError>;
}
