//! A message as it travels: `{mls, body}`, the body sealed once for now and for later (docs/protocol.md §8).
//!
//! In rooms with history the body is the signed envelope under a key from the epoch's exporter, and the PrivateMessage
//! carries the message id and the body's hash: MLS authenticates, the body can be read later by whoever is given the
//! epoch's key. In rooms without history the envelope travels inside the PrivateMessage.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use ed25519_dalek::{Signature, VerifyingKey};
use securechat_ids::{DeviceId, Epoch, MessageId, RoomId, Seq, UserId};
use securechat_mls::{History, Leaf};
use securechat_mls_member::{DeviceKey, Group, MemberError, Provider};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::archive::ArchiveKey;
use crate::content::Envelope;
use crate::evidence::LogHead;
use crate::padding::{pad, unpad};
use crate::{Cx, cbor};

const MESSAGE_LABEL: &[u8] = b"SecureChat message v1";
/// Bodies are padded to a multiple of this many bytes.
const PADDING_BYTES: usize = 128;
/// Version of what is bound.
const BOUND_VERSION: u8 = 2;

/// What a PrivateMessage binds beside its content (its `authenticated_data`): where the sender stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    pub room: RoomId,
    pub message_id: MessageId,
    /// Newest event the sender had seen.
    pub last_seen: Seq,
    /// Transcript hash at that event.
    pub transcript: [u8; 32],
    /// The sender's head of the workspace log.
    pub log: LogHead,
}

/// What an application message carries inside MLS.
#[derive(Serialize, Deserialize)]
enum Inside {
    /// The body beside it has this hash.
    #[serde(rename = "ref")]
    Reference(MessageId, #[serde(with = "serde_bytes")] [u8; 32]),
    /// The signed envelope itself.
    #[serde(rename = "env")]
    Envelope(MessageId, ByteBuf),
}

/// `[version, room, message_id, last_seen, transcript, log_size, log_root]`
#[derive(Serialize, Deserialize)]
struct BoundWire(
    u8,
    RoomId,
    MessageId,
    u64,
    #[serde(with = "serde_bytes")] [u8; 32],
    u64,
    #[serde(with = "serde_bytes")] [u8; 32],
);

/// `[envelope, signature]`
#[derive(Serialize, Deserialize)]
struct Signed(ByteBuf, ByteBuf);

/// Why a message that MLS accepted is not shown as what it claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnsealError {
    #[error("the message is malformed")]
    Malformed,
    #[error("the message's body is not the one its sender sealed")]
    Body,
    #[error("the message names another room, sender or id than it came with")]
    Origin,
    #[error("the message's signature is wrong")]
    Signature,
}

impl Bound {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let LogHead { size, root } = self.log;
        cbor::to_bytes(&BoundWire(
            BOUND_VERSION,
            self.room,
            self.message_id,
            self.last_seen.0,
            self.transcript,
            size,
            root,
        ))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let BoundWire(version, room, message_id, last_seen, transcript, size, root) =
            cbor::from_bytes(bytes)?;
        let log = LogHead { size, root };
        (version == BOUND_VERSION).then_some(Self {
            room,
            message_id,
            last_seen: Seq(last_seen),
            transcript,
            log,
        })
    }
}

/// What goes into the PrivateMessage, and the body beside it.
pub(crate) struct SealedMessage {
    pub plaintext: Zeroizing<Vec<u8>>,
    pub body: Vec<u8>,
}

/// Seals an envelope for the group's present epoch.
pub(crate) fn seal(
    provider: &Provider<'_>,
    group: &Group,
    key: &DeviceKey,
    envelope: &Envelope,
    cx: &mut Cx<'_>,
) -> Result<SealedMessage, MemberError> {
    let archive = match group.policy().history {
        History::None => None,
        _ => Some(ArchiveKey::of(provider, group)?),
    };
    seal_under(archive.as_ref(), group.epoch(), key, envelope, cx)
}

/// Seals an envelope under an epoch's archive key, or without one into the PrivateMessage.
pub(crate) fn seal_under(
    archive: Option<&ArchiveKey>,
    epoch: Epoch,
    key: &DeviceKey,
    envelope: &Envelope,
    cx: &mut Cx<'_>,
) -> Result<SealedMessage, MemberError> {
    let id = envelope.message_id;
    let aad = body_aad(epoch, &envelope.room, &envelope.user, &envelope.device, &id);
    let envelope = envelope.to_bytes();
    let signature = key.sign(&to_sign(&aad, &envelope));
    let signed = Zeroizing::new(cbor::to_bytes(&Signed(ByteBuf::from(envelope), ByteBuf::from(signature))));
    let Some(archive) = archive else {
        let inside = Inside::Envelope(id, ByteBuf::from(signed.to_vec()));
        return Ok(SealedMessage { plaintext: Zeroizing::new(cbor::to_bytes(&inside)), body: Vec::new() });
    };
    let nonce: [u8; 24] = cx.bytes();
    let sealed = XChaCha20Poly1305::new((&*archive.message_key(&id)).into())
        .encrypt((&nonce).into(), Payload { msg: &pad(&signed, PADDING_BYTES), aad: &aad })
        .map_err(|_| MemberError::Invalid("the body is too long to seal".into()))?;
    let body = [nonce.as_slice(), &sealed].concat();
    let inside = Inside::Reference(id, Sha256::digest(&body).into());
    Ok(SealedMessage { plaintext: Zeroizing::new(cbor::to_bytes(&inside)), body })
}

/// Opens a message that MLS accepted from `leaf`, in the group's present epoch.
pub(crate) fn unseal(
    provider: &Provider<'_>,
    group: &Group,
    leaf: &Leaf,
    message_id: &MessageId,
    plaintext: &[u8],
    body: &[u8],
) -> Result<Envelope, UnsealError> {
    let origin = Origin {
        room: group.room(),
        epoch: group.epoch(),
        user: leaf.member.user_id,
        device: leaf.member.device_id,
        key: leaf.key,
        message_id: *message_id,
    };
    let (id, signed) = match cbor::from_bytes(plaintext).ok_or(UnsealError::Malformed)? {
        Inside::Envelope(id, signed) if body.is_empty() => (id, Zeroizing::new(signed.into_vec())),
        Inside::Envelope(..) => return Err(UnsealError::Body),
        Inside::Reference(id, hash) => {
            if <[u8; 32]>::from(Sha256::digest(body)) != hash {
                return Err(UnsealError::Body);
            }
            let key = ArchiveKey::of(provider, group).map_err(|_| UnsealError::Body)?;
            (id, open_body(&key.message_key(&id), &origin.aad(), body)?)
        }
    };
    if id != *message_id {
        return Err(UnsealError::Origin);
    }
    origin.read(&signed)
}

/// Where a message claims to come from: what its signature has to hold for.
pub(crate) struct Origin {
    pub room: RoomId,
    pub epoch: Epoch,
    pub user: UserId,
    pub device: DeviceId,
    /// The device's key, from its leaf or from its chain.
    pub key: [u8; 32],
    pub message_id: MessageId,
}

impl Origin {
    /// Opens a body of long ago with its epoch's key.
    pub(crate) fn unseal(&self, key: &ArchiveKey, body: &[u8]) -> Result<Envelope, UnsealError> {
        self.read(&open_body(&key.message_key(&self.message_id), &self.aad(), body)?)
    }

    fn aad(&self) -> Vec<u8> {
        body_aad(self.epoch, &self.room, &self.user, &self.device, &self.message_id)
    }

    /// The envelope, if it is signed by this device and says of itself what we know of it.
    fn read(&self, signed: &[u8]) -> Result<Envelope, UnsealError> {
        let Signed(envelope, signature) = cbor::from_bytes(signed).ok_or(UnsealError::Malformed)?;
        let verifier = VerifyingKey::from_bytes(&self.key).map_err(|_| UnsealError::Signature)?;
        let signature = Signature::from_slice(&signature).map_err(|_| UnsealError::Signature)?;
        let signed = to_sign(&self.aad(), &envelope);
        verifier.verify_strict(&signed, &signature).map_err(|_| UnsealError::Signature)?;
        let envelope = Envelope::from_bytes(&envelope).ok_or(UnsealError::Malformed)?;
        let is_theirs = envelope.room == self.room
            && envelope.message_id == self.message_id
            && envelope.user == self.user
            && envelope.device == self.device;
        if is_theirs { Ok(envelope) } else { Err(UnsealError::Origin) }
    }
}

fn open_body(key: &[u8; 32], aad: &[u8], body: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
    let (nonce, sealed) = body.split_at_checked(24).ok_or(UnsealError::Body)?;
    let padded = XChaCha20Poly1305::new(key.into())
        .decrypt(nonce.into(), Payload { msg: sealed, aad })
        .map_err(|_| UnsealError::Body)?;
    unpad(Zeroizing::new(padded)).ok_or(UnsealError::Body)
}

fn body_aad(epoch: Epoch, room: &RoomId, user: &UserId, device: &DeviceId, id: &MessageId) -> Vec<u8> {
    cbor::to_bytes(&(1_u8, room, epoch.0, user, device, id))
}

fn to_sign(aad: &[u8], envelope: &[u8]) -> Vec<u8> {
    let hash = Sha256::new().chain_update(aad).chain_update(envelope).finalize();
    [MESSAGE_LABEL, hash.as_slice()].concat()
}

/// For `crate::hostile`.
#[cfg(feature = "hostile")]
pub(crate) fn hostile(bytes: &[u8]) {
    use crate::cbor::reads_back;
    reads_back::<Inside>(bytes);
    reads_back::<Signed>(bytes);
    if let Some(inner) = unpad(Zeroizing::new(bytes.to_vec())) {
        assert_eq!(unpad(pad(&inner, PADDING_BYTES)), Some(inner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_bound_survives_its_bytes() {
        let bound = Bound {
            room: RoomId::from_bytes([1; 16]),
            message_id: MessageId::from_bytes([2; 16]),
            last_seen: Seq(7),
            transcript: [3; 32],
            log: LogHead { size: 9, root: [4; 32] },
        };
        assert_eq!(Bound::from_bytes(&bound.to_bytes()), Some(bound));
    }
}
