//! One entry of a chain: what changed, signed by a key the chain already trusts.

use ed25519_dalek::{Signature, VerifyingKey};
use securechat_ids::{DeviceId, UnixMillis, UserId, UserName};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

/// Ed25519 public key, 32 bytes (RFC 8032).
pub type PublicKey = [u8; 32];

/// SHA-256 over a signed link's bytes.
pub type LinkHash = [u8; 32];

const SIGNATURE_LABEL: &[u8] = b"SecureChat chain link v1";
const POSSESSION_LABEL: &[u8] = b"SecureChat device possession v1";

/// What a link says (CBOR, before signing).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Format version, 1.
    #[serde(rename = "v")]
    pub version: u8,
    /// Whose chain.
    #[serde(rename = "user")]
    pub user_id: UserId,
    /// Place in the chain: 0, 1, 2 …
    pub seq: u64,
    /// Hash of the link before; zeros for the first.
    #[serde(with = "serde_bytes")]
    pub prev: LinkHash,
    /// When its signer made it, by the signer's clock.
    #[serde(rename = "time")]
    pub time: UnixMillis,
    /// What changed.
    pub op: Op,
    /// Key that signs this link.
    #[serde(with = "serde_bytes")]
    pub signer: PublicKey,
}

/// What a link changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Begins a chain; signed by the first device. Its hash is the user's root.
    Genesis {
        /// Name, fixed for the account's life.
        name: UserName,
        /// First device.
        device: DeviceId,
        /// First device's key.
        #[serde(with = "serde_bytes")]
        key: PublicKey,
        /// Key made of the recovery key.
        #[serde(with = "serde_bytes")]
        recovery: PublicKey,
    },
    /// Adds a device; signed by an active device or the recovery key.
    AddDevice {
        /// The new device.
        device: DeviceId,
        /// Its key.
        #[serde(with = "serde_bytes")]
        key: PublicKey,
        /// The new device's signature over [`device_possession`]: nobody adds a key they do not hold.
        #[serde(with = "serde_bytes")]
        possession: [u8; 64],
    },
    /// Ends a device for ever; signed by an active device or the recovery key.
    RevokeDevice {
        /// The device.
        device: DeviceId,
    },
    /// Replaces the recovery key; signed by an active device or the old recovery key.
    RotateRecovery {
        /// The new one.
        #[serde(with = "serde_bytes")]
        recovery: PublicKey,
    },
    /// Begins anew after everything was lost: all devices end, the root changes, everybody is warned. Signed by the
    /// new device; that the account is the same rests on the server's word, which is why it is visible.
    Reset {
        /// New first device.
        device: DeviceId,
        /// Its key.
        #[serde(with = "serde_bytes")]
        key: PublicKey,
        /// New recovery key.
        #[serde(with = "serde_bytes")]
        recovery: PublicKey,
    },
}

/// A link whose signature holds under the key it names. Whether that key may sign is the chain's question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedLink {
    link: Link,
    bytes: Vec<u8>,
    hash: LinkHash,
}

/// Why bytes are not a signed link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Not CBOR of this shape, or not the one way to write it.
    #[error("the chain link is malformed")]
    Malformed,
    /// Of a version this build does not know.
    #[error("the chain link is of version {0}; a newer SecureChat is needed")]
    Version(u8),
    /// The signature does not hold.
    #[error("the chain link's signature is wrong")]
    Signature,
}

/// On the wire: `[bytes of the link, signature]`.
#[derive(Serialize, Deserialize)]
struct Envelope(ByteBuf, ByteBuf);

impl Link {
    /// Signs this link with the key of [`Link::signer`].
    pub fn sign(self, sign: impl FnOnce(&[u8]) -> [u8; 64]) -> SignedLink {
        let body = to_cbor(&self);
        let signature = sign(&[SIGNATURE_LABEL, &body].concat());
        let bytes = to_cbor(&Envelope(ByteBuf::from(body), ByteBuf::from(signature)));
        let hash = Sha256::digest(&bytes).into();
        SignedLink { link: self, bytes, hash }
    }
}

impl SignedLink {
    /// Reads a link and checks its signature.
    ///
    /// # Errors
    /// [`LinkError`] for bytes that are not exactly one validly signed link.
    pub fn parse(bytes: &[u8]) -> Result<Self, LinkError> {
        let signed = Self::parse_trusted(bytes)?;
        let Envelope(body, signature) = from_cbor(bytes)?;
        let key = VerifyingKey::from_bytes(&signed.link.signer).map_err(|_| LinkError::Signature)?;
        let signature = Signature::from_slice(&signature).map_err(|_| LinkError::Signature)?;
        key.verify_strict(&[SIGNATURE_LABEL, &body].concat(), &signature)
            .map_err(|_| LinkError::Signature)?;
        Ok(signed)
    }

    /// Reads a link that this machine has checked before, from its own store: the signature is not checked again.
    ///
    /// # Errors
    /// [`LinkError::Malformed`] and [`LinkError::Version`].
    pub fn parse_trusted(bytes: &[u8]) -> Result<Self, LinkError> {
        let envelope: Envelope = from_cbor(bytes)?;
        let link: Link = from_cbor(&envelope.0)?;
        if link.version != 1 {
            return Err(LinkError::Version(link.version));
        }
        // One link has one form, or its hash would not name it.
        if to_cbor(&link) != envelope.0.as_ref() || to_cbor(&envelope) != bytes {
            return Err(LinkError::Malformed);
        }
        Ok(Self { link, bytes: bytes.to_vec(), hash: Sha256::digest(bytes).into() })
    }

    /// What it says.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Its bytes on the wire and in the log.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its name.
    pub fn hash(&self) -> LinkHash {
        self.hash
    }
}

/// The bytes a new device signs to show that it holds its key.
pub fn device_possession(user: &UserId, device: &DeviceId, key: &PublicKey) -> Vec<u8> {
    [POSSESSION_LABEL, user.as_bytes(), device.as_bytes(), key].concat()
}

fn to_cbor(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("writing CBOR to memory cannot fail");
    bytes
}

fn from_cbor<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, LinkError> {
    let mut rest = bytes;
    let value = ciborium::from_reader(&mut rest).map_err(|_| LinkError::Malformed)?;
    if rest.is_empty() { Ok(value) } else { Err(LinkError::Malformed) }
}
