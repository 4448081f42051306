//! The transcript hash: what each member has seen of an epoch, in one value that senders bind to their messages.
//!
//! It begins with the epoch authenticator, which MLS ties to every commit so far and which a newcomer gets by joining;
//! each event of the epoch is folded in. A server that reorders, drops or splices events gives two members two values.

use securechat_proto::frame::{Event, EventKind};
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
    fold_hashes(before, event, event.kind, &Sha256::digest(&event.mls), &Sha256::digest(&event.body))
}

/// The value after a message that was deleted and left its hashes behind: the same as before it was. `None` if they are
/// no hashes.
pub(crate) fn fold_deleted(before: &[u8; 32], event: &Event) -> Option<[u8; 32]> {
    let are_hashes = event.mls.len() == 32 && event.body.len() == 32;
    are_hashes.then(|| fold_hashes(before, event, EventKind::Message.into(), &event.mls, &event.body))
}

fn fold_hashes(before: &[u8; 32], event: &Event, kind: i32, mls: &[u8], body: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(before)
        .chain_update(event.seq.to_be_bytes())
        .chain_update(event.epoch.to_be_bytes())
        .chain_update(kind.to_be_bytes())
        .chain_update(&event.device)
        .chain_update(&event.message_id)
        .chain_update(mls)
        .chain_update(body)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_message_counts_as_what_it_was() {
        let said = Event { seq: 7, kind: 1, mls: "mls".into(), body: "body".into(), ..Event::default() };
        let deleted = Event {
            kind: 3,
            mls: Sha256::digest("mls").to_vec().into(),
            body: Sha256::digest("body").to_vec().into(),
            ..said.clone()
        };
        assert_eq!(fold_deleted(&[1; 32], &deleted), Some(fold(&[1; 32], &said)));
        assert_eq!(fold_deleted(&[1; 32], &said), None);
    }
}
