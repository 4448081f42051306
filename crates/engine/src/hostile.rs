//! Doors for `crates/hostile` alone: parsers of this crate that meet strangers' bytes and are private otherwise.

use crate::content::{Content, Envelope};
use crate::{account, room, seal};

/// What people say, in an envelope and as it is kept.
pub fn content(bytes: &[u8]) {
    if let Some(envelope) = Envelope::from_bytes(bytes) {
        assert!(Envelope::from_bytes(&envelope.to_bytes()) == Some(envelope));
    }
    if let Some(content) = Content::from_bytes(bytes) {
        assert!(Content::from_bytes(&content.to_bytes()) == Some(content));
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
