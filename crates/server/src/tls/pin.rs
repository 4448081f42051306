//! Pin and words of an identity: how clients recognise it, and how people compare it by voice.

use data_encoding::BASE64URL_NOPAD;
use rustls_pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Bytes of the hash that make the pin.
const PIN_BYTES: usize = 16;
/// Words to compare; each stands for 11 bits.
const WORDS: usize = 4;

/// SHA-256 over a certificate's SubjectPublicKeyInfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyHash([u8; 32]);

impl KeyHash {
    /// Of a certificate; `None` if it is none.
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        Some(Self(Sha256::digest(parsed.public_key().raw).into()))
    }

    /// 22 characters of base64url.
    pub(crate) fn pin(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0[..PIN_BYTES])
    }

    /// BIP 39 English words of the first 44 bits.
    pub(crate) fn words(&self) -> [&'static str; WORDS] {
        let bits = self.0[..6].iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        let list = bip39::Language::English.word_list();
        std::array::from_fn(|place| list[bits >> (48 - 11 * (place + 1)) & 0x7ff])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fixed CA certificate, and what `openssl x509 -pubkey | openssl pkey -pubin -outform der | sha256sum` says of it.
    const GOLDEN: &str = include_str!("golden_ca.pem");

    #[test]
    fn pin_and_words_of_a_fixed_certificate() {
        use rustls_pki_types::pem::PemObject as _;
        let certificate = CertificateDer::from_pem_slice(GOLDEN.as_bytes()).unwrap();
        let hash = KeyHash::of(&certificate).unwrap();
        assert_eq!(hash.pin(), "D4-matt_p6GRNro3qwWdiA");
        assert_eq!(hash.words(), ["auto", "large", "one", "report"]);
    }

    #[test]
    fn words_are_eleven_bits_each() {
        let mut bytes = [0; 32];
        assert_eq!(KeyHash(bytes).words(), ["abandon"; 4]);
        bytes[..6].copy_from_slice(&[0, 0x20, 0x08, 0x01, 0x80, 0x4f]);
        // 00000000001 00000000010 00000000011 00000000100 | 1111
        assert_eq!(KeyHash(bytes).words(), ["ability", "able", "about", "above"]);
        assert_eq!(KeyHash([0xff; 32]).words(), ["zoo"; 4]);
    }
}
