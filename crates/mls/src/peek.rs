//! Reads the outside of a message: what can be told without being in its epoch.

use openmls::prelude::{ContentType, MlsMessageBodyIn, ProtocolMessage, Sender};
use securechat_ids::{Epoch, RoomId};

use crate::{Invalid, framing};

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
    let MlsMessageBodyIn::PrivateMessage(message) = framing::parse(bytes)? else {
        return Err(Invalid("not a PrivateMessage".into()));
    };
    let message = ProtocolMessage::from(message);
    if message.content_type() != ContentType::Application {
        return Err(Invalid("not an application message".into()));
    }
    let room = RoomId::try_from(message.group_id().as_slice())
        .map_err(|_| Invalid("the group id has not 16 bytes".into()))?;
    Ok(PeekedMessage { room, epoch: Epoch(message.epoch().as_u64()) })
}

/// Whether these bytes are a newcomer's commit (RFC 9420 §12.4.3.2). Nothing else of it is checked.
pub fn is_external_commit(bytes: &[u8]) -> bool {
    matches!(
        framing::parse(bytes),
        Ok(MlsMessageBodyIn::PublicMessage(message)) if *message.sender() == Sender::NewMemberCommit
    )
}
