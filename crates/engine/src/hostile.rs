//! Doors for `crates/hostile` alone: parsers of this crate that meet strangers' bytes and are private otherwise.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::content::{Content, Envelope};
use crate::{account, cbor, room, seal};

/// What people say, in an envelope and as it is kept.
pub fn content(bytes: &[u8]) {
    if let Some(envelope) = Envelope::from_bytes(bytes) {
        assert!(Envelope::from_bytes(&envelope.to_bytes()) == Some(envelope), "reads back as it was");
    }
    if let Some(content) = Content::from_bytes(bytes) {
        assert!(Content::from_bytes(&content.to_bytes()) == Some(content), "reads back as it was");
    }
}

/// What is around it: inside MLS, beside it, and the vault.
pub fn sealed(bytes: &[u8]) {
    if let Some(bound) = seal::Bound::from_bytes(bytes) {
        assert_eq!(seal::Bound::from_bytes(&bound.to_bytes()), Some(bound));
    }
    seal::hostile(bytes);
    account::hostile_vault(bytes);
}

/// A room's name as a person writes it.
pub fn room_name(text: &str) {
    if let Some(name) = room::room_name(text) {
        assert_eq!(room::room_name(&name), Some(name.clone()));
        assert!(!name.contains(char::is_control));
    }
}

/// Reads, writes, reads and writes: both writings are the same.
pub(crate) fn reads_back<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    if let Some(value) = cbor::from_bytes::<T>(bytes) {
        let written = cbor::to_bytes(&value);
        let again = cbor::from_bytes::<T>(&written).expect("what was written can be read");
        assert_eq!(cbor::to_bytes(&again), written);
    }
}
