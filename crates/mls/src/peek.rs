//! Reads the outside of a PrivateMessage: what a server may check without reading it.

use securechat_ids::{Epoch, RoomId};

use crate::Invalid;

/// The clear header of a PrivateMessage (RFC 9420 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeekedMessage {
    /// The group it names.
    pub room: RoomId,
    /// The epoch it names.
    pub epoch: Epoch,
}

/// Reads the header of an application PrivateMessage.
///
/// # Errors
/// [`Invalid`] unless the bytes are exactly one PrivateMessage with application content.
pub fn peek_private_message(bytes: &[u8]) -> Result<PeekedMessage, Invalid> {
    let _ = bytes;
    unimplemented!("peek_private_message")
}
