//! MLS's bytes, names and settings as our profile has them.

use openmls::group::{GroupId, MlsGroupJoinConfig};
use openmls::prelude::{Ciphersuite, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut};
use securechat_ids::RoomId;
use securechat_mls::profile;
use tls_codec::{DeserializeBytes as _, Serialize as _};

use crate::MemberError;
use crate::error::invalid;

/// TLS bytes of an outgoing MLSMessage.
pub(crate) fn to_bytes(message: &MlsMessageOut) -> Result<Vec<u8>, MemberError> {
    message.tls_serialize_detached().map_err(invalid)
}

/// The body of exactly one MLSMessage.
pub(crate) fn parse(bytes: &[u8]) -> Result<MlsMessageBodyIn, MemberError> {
    Ok(MlsMessageIn::tls_deserialize_exact_bytes(bytes).map_err(invalid)?.extract())
}

/// A room's id, as MLS calls it.
pub(crate) fn group_id(room: RoomId) -> GroupId {
    GroupId::from_slice(room.as_bytes())
}

/// How we are in a room that somebody else made; [`crate::Group::found`] says the same for our own.
pub(crate) fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(profile::WIRE_FORMAT)
        .padding_size(profile::PADDING_BYTES)
        .max_past_epochs(0)
        .use_ratchet_tree_extension(false)
        .sender_ratchet_configuration(profile::sender_ratchet())
        .build()
}

/// Refuses rooms of other suites, weaker ones among them, for OpenMLS's cryptography knows many.
pub(crate) fn check_suite(suite: Ciphersuite) -> Result<(), MemberError> {
    if suite == profile::SUITE {
        Ok(())
    } else {
        Err(MemberError::Invalid("the room is of another suite".into()))
    }
}
