//! Archive keys: what opens an epoch's bodies later, and the links by which one epoch's key gives the one before
//! (docs/protocol.md §8.1).

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hkdf::Hkdf;
use securechat_ids::{Epoch, MessageId, RoomId, UserId};
use securechat_mls::{History, Leaf};
use securechat_mls_member::{Group, MemberError, Provider};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{Cx, cbor};

const LABEL: &str = "SecureChat archive v1";

/// What opens the bodies of one epoch of one room.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ArchiveKey(Zeroizing<[u8; 32]>);

/// Secret: says only that it is one.
impl std::fmt::Debug for ArchiveKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ArchiveKey")
    }
}

impl ArchiveKey {
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Of the epoch a group is in.
    pub(crate) fn of(provider: &Provider<'_>, group: &Group) -> Result<Self, MemberError> {
        Self::exported(&group.export(provider, LABEL, &context(group.room(), group.epoch()), 32)?)
    }

    /// Of the epoch that a group's staged commit would begin.
    pub(crate) fn of_staged(provider: &Provider<'_>, group: &Group) -> Result<Self, MemberError> {
        let context = context(group.room(), group.epoch().next());
        Self::exported(&group.export_staged(provider, LABEL, &context, 32)?)
    }

    fn exported(secret: &[u8]) -> Result<Self, MemberError> {
        let bytes = <[u8; 32]>::try_from(secret);
        bytes.map(Self::from_bytes).map_err(|_| MemberError::Invalid("the exporter's secret is short".into()))
    }

    /// The key of one message's body.
    pub(crate) fn message_key(&self, id: &MessageId) -> Zeroizing<[u8; 32]> {
        self.expand(&[b"sc-arch".as_slice(), id.as_bytes()].concat())
    }

    /// Seals the key of the epoch before under this one: a key link.
    pub(crate) fn link_to(&self, before: &Self, room: &RoomId, epoch: Epoch, cx: &mut Cx<'_>) -> Vec<u8> {
        let nonce: [u8; 24] = cx.bytes();
        let aad = cbor::to_bytes(&(1_u8, room, epoch.0));
        let sealed = XChaCha20Poly1305::new((&*self.expand(b"sc-link")).into())
            .encrypt((&nonce).into(), Payload { msg: before.as_bytes(), aad: &aad })
            .expect("32 bytes are not too long to seal");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens a key link: the key of `epoch`, the one before this one.
    pub(crate) fn follow(&self, link: &[u8], room: &RoomId, epoch: Epoch) -> Option<Self> {
        let (nonce, sealed) = link.split_at_checked(24)?;
        let aad = cbor::to_bytes(&(1_u8, room, epoch.0));
        let opened = XChaCha20Poly1305::new((&*self.expand(b"sc-link")).into())
            .decrypt(nonce.into(), Payload { msg: sealed, aad: &aad })
            .map(Zeroizing::new)
            .ok()?;
        Some(Self::from_bytes(opened.as_slice().try_into().ok()?))
    }

    fn expand(&self, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::from_prk(self.as_bytes())
            .expect("32 bytes are a pseudorandom key of SHA-256")
            .expand(info, key.as_mut())
            .expect("32 bytes are a valid HKDF length");
        key
    }
}

fn context(room: RoomId, epoch: Epoch) -> Vec<u8> {
    [room.as_bytes().as_slice(), &epoch.0.to_be_bytes()].concat()
}

/// Whether the commit that began an epoch with this policy goes with a key link.
pub(crate) fn link_is_due(history: History, before: &[Leaf], after: &[Leaf]) -> bool {
    let was_in = |user: &UserId| before.iter().any(|leaf| leaf.member.user_id == *user);
    match history {
        History::Shared => true,
        History::SinceJoin => after.iter().all(|leaf| was_in(&leaf.member.user_id)),
        History::None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Chance;

    struct Ones;

    impl Chance for Ones {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.fill(1);
        }
    }

    #[test]
    fn a_link_gives_the_key_before_to_whoever_has_the_key_after() {
        let mut cx = Cx { now: securechat_ids::UnixMillis(0), chance: &mut Ones };
        let (before, after) = (ArchiveKey::from_bytes([2; 32]), ArchiveKey::from_bytes([3; 32]));
        let (room, epoch) = (RoomId::from_bytes([4; 16]), Epoch(5));
        let link = after.link_to(&before, &room, epoch, &mut cx);
        assert_eq!(link.len(), securechat_proto::limits::KEY_LINK_BYTES);
        assert!(after.follow(&link, &room, epoch) == Some(before.clone()));
        assert!(before.follow(&link, &room, epoch).is_none(), "with another key");
        assert!(after.follow(&link, &room, Epoch(6)).is_none(), "for another epoch");
        assert!(after.follow(&link, &RoomId::from_bytes([9; 16]), epoch).is_none(), "for another room");
        assert!(after.follow(&link[..20], &room, epoch).is_none(), "cut short");
    }
}
