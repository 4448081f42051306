//! The recovery key: 256 random bits that a person keeps on paper. It opens the vault and signs on the chain.

use std::fmt;
use std::str::FromStr;

use data_encoding::{Encoding, Specification};
use ed25519_dalek::{Signer as _, SigningKey};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::Cx;

/// The key itself. Its text (52 letters and digits and a checksum, in groups) is shown once; `Debug` shows nothing.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RecoveryKey([u8; 32]);

/// Why a text is not a recovery key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryKeyError {
    /// Of another length or alphabet.
    #[error("a recovery key has 14 groups of 4 letters and digits")]
    Form,
    /// A typing error.
    #[error("the recovery key has a typing error; compare it group by group")]
    Checksum,
}

/// Letters and digits that cannot be mistaken for each other (Crockford's alphabet, lower case).
pub(super) fn alphabet() -> Encoding {
    let mut spec = Specification::new();
    spec.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    spec.translate.from.push_str("ABCDEFGHJKMNPQRSTVWXYZoOiIlL");
    spec.translate.to.push_str("abcdefghjkmnpqrstvwxyz001111");
    spec.check_trailing_bits = false;
    spec.encoding().expect("32 symbols make an encoding")
}

fn checksum(key: &[u8; 32]) -> [u8; 3] {
    let hash = Sha256::digest([b"securechat/recovery-check/v1".as_slice(), key].concat());
    [hash[0], hash[1], hash[2]]
}

impl RecoveryKey {
    /// A new one.
    pub fn generate(cx: &mut Cx<'_>) -> Self {
        Self(cx.bytes())
    }

    /// The key of 32 bytes.
    pub(super) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The text to write down: 14 groups of four.
    pub fn to_text(&self) -> String {
        let mut bytes = Zeroizing::new(self.0.to_vec());
        bytes.extend(checksum(&self.0));
        let text = alphabet().encode(&bytes);
        let groups: Vec<&str> =
            text.as_bytes().chunks(4).map(|group| std::str::from_utf8(group).expect("ASCII")).collect();
        groups.join("-")
    }

    /// Public key on the chain.
    pub fn public(&self) -> [u8; 32] {
        self.signing_key().verifying_key().to_bytes()
    }

    /// Ed25519 signature as the chain's recovery key.
    pub(super) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.signing_key().sign(bytes).to_bytes()
    }

    /// What seals the vault key in the recovery slot.
    pub(super) fn wrap(&self) -> Zeroizing<[u8; 32]> {
        self.derive(b"securechat/recovery-wrap/v1")
    }

    fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.derive(b"securechat/recovery-sign/v1"))
    }

    fn derive(&self, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut okm = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, &self.0)
            .expand(info, okm.as_mut())
            .expect("32 bytes are a valid HKDF length");
        okm
    }
}

impl FromStr for RecoveryKey {
    type Err = RecoveryKeyError;

    fn from_str(text: &str) -> Result<Self, RecoveryKeyError> {
        let packed: Zeroizing<String> =
            Zeroizing::new(text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect());
        let bytes = Zeroizing::new(alphabet().decode(packed.as_bytes()).map_err(|_| RecoveryKeyError::Form)?);
        let (key, check) = bytes.split_at_checked(32).ok_or(RecoveryKeyError::Form)?;
        let key: [u8; 32] = key.try_into().map_err(|_| RecoveryKeyError::Form)?;
        if check.len() != 3 {
            return Err(RecoveryKeyError::Form);
        }
        if check == checksum(&key) { Ok(Self(key)) } else { Err(RecoveryKeyError::Checksum) }
    }
}

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_fourteen_groups_and_leads_back() {
        let key = RecoveryKey::from_bytes([0xa5; 32]);
        let text = key.to_text();
        assert_eq!(text.split('-').count(), 14);
        assert_eq!(text.parse::<RecoveryKey>().map(|k| k.0), Ok(key.0));
        let sloppy = text.to_uppercase().replace('-', " ").replace('0', "O");
        assert_eq!(sloppy.parse::<RecoveryKey>().map(|k| k.0), Ok(key.0));
    }

    #[test]
    fn a_typing_error_is_noticed() {
        let text = RecoveryKey::from_bytes([0xa5; 32]).to_text();
        let wrong = text.replacen(&text[..1], if text.starts_with('m') { "n" } else { "m" }, 1);
        assert_eq!(wrong.parse::<RecoveryKey>().err(), Some(RecoveryKeyError::Checksum));
        assert_eq!("abcd".parse::<RecoveryKey>().err(), Some(RecoveryKeyError::Form));
    }
}
