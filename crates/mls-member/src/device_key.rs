//! A device's signing key: its place on the user's chain and its leaf in every room.

use ed25519_dalek::{Signer as _, SigningKey};
use openmls_traits::signatures::{Signer, SignerError};
use openmls_traits::types::SignatureScheme;
use securechat_mls::Member;

/// Ed25519 key of this device with the member it speaks for. Zeroed when dropped; never printed.
#[derive(Clone)]
pub struct DeviceKey {
    member: Member,
    key: SigningKey,
}

impl DeviceKey {
    /// The key of a 32-byte seed.
    pub fn new(member: Member, seed: &[u8; 32]) -> Self {
        Self { member, key: SigningKey::from_bytes(seed) }
    }

    /// Whose device.
    pub fn member(&self) -> Member {
        self.member
    }

    /// The public key.
    pub fn public(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// Ed25519 signature over bytes that carry their own label.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(bytes).to_bytes()
    }
}

impl Signer for DeviceKey {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(Self::sign(self, payload).to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}
