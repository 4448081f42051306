//! The transcript hash: what each member has seen of an epoch, in one value that senders bind to their messages.
//!
//! It begins with the epoch authenticator, which MLS ties to every commit so far and which a newcomer gets by joining;
//! each event of the epoch is folded in. A server that reorders, drops or splices events gives two members two values.

use securechat_proto::frame::Event;
use sha2::{Digest, Sha256};

/// The value at the start of an epoch.
pub(crate) fn begin(epoch_authenticator: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"SecureChat transcript v1")
        .chain_update(epoch_authenticator)
        .finalize()
        .into()
}

/// The value after one more event.
pub(crate) fn fold(before: &[u8; 32], event: &Event) -> [u8; 32] {
    Sha256::new()
        .chain_update(before)
        .chain_update(event.seq.to_be_bytes())
        .chain_update(event.epoch.to_be_bytes())
        .chain_update(event.kind.to_be_bytes())
        .chain_update(&event.device)
        .chain_update(&event.message_id)
        .chain_update(Sha256::digest(&event.mls))
        .chain_update(Sha256::digest(&event.body))
        .finalize()
        .into()
}
