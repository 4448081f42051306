//! The code of a linking: what a new device shows and an old one is given; it names the linking and holds its secret.

use std::fmt;
use std::str::FromStr;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::recovery::alphabet;
use crate::Cx;

/// Symbols of five bits each.
const SYMBOLS: usize = 26;

/// 130 random bits as 26 symbols (docs/protocol.md §3.1); `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct LinkingCode([u8; SYMBOLS]);

/// Why a text is not a code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a linking code has {SYMBOLS} letters and digits; copy it whole from the new device")]
pub struct LinkingCodeError;

impl LinkingCode {
    /// A new one.
    pub fn generate(cx: &mut Cx<'_>) -> Self {
        let bytes: Zeroizing<[u8; 17]> = Zeroizing::new(cx.bytes());
        let text = Zeroizing::new(alphabet().encode(bytes.as_ref()));
        let mut symbols = [0; SYMBOLS];
        symbols.copy_from_slice(&text.as_bytes()[..SYMBOLS]);
        Self(symbols)
    }

    /// The text to show: groups of four.
    pub fn to_text(&self) -> String {
        let groups: Vec<&str> = self
            .0
            .chunks(4)
            .map(|group| std::str::from_utf8(group).expect("the alphabet is ASCII"))
            .collect();
        groups.join("-")
    }

    /// Names the linking at the server.
    pub fn id(&self) -> [u8; 16] {
        *self.derive(b"securechat/link-id/v1")
    }

    /// The channel's secret.
    pub(super) fn psk(&self) -> Zeroizing<[u8; 32]> {
        self.derive(b"securechat/link-psk/v1")
    }

    fn derive<const N: usize>(&self, info: &[u8]) -> Zeroizing<[u8; N]> {
        let mut okm = Zeroizing::new([0; N]);
        Hkdf::<Sha256>::new(None, &self.0)
            .expand(info, okm.as_mut())
            .expect("16 and 32 bytes are valid HKDF lengths");
        okm
    }
}

impl FromStr for LinkingCode {
    type Err = LinkingCodeError;

    fn from_str(text: &str) -> Result<Self, LinkingCodeError> {
        let packed: Zeroizing<String> =
            Zeroizing::new(text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect());
        if packed.len() != SYMBOLS {
            return Err(LinkingCodeError);
        }
        // Decoding folds what looks alike; the encoding of that is the code. 26 symbols are 16 bytes and two bits, so
        // six symbols of nothing make whole bytes of them.
        let whole = Zeroizing::new(format!("{}000000", packed.as_str()));
        let bytes = Zeroizing::new(alphabet().decode(whole.as_bytes()).map_err(|_| LinkingCodeError)?);
        let folded = Zeroizing::new(alphabet().encode(&bytes));
        let mut symbols = [0; SYMBOLS];
        symbols.copy_from_slice(&folded.as_bytes()[..SYMBOLS]);
        Ok(Self(symbols))
    }
}

impl fmt::Debug for LinkingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkingCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn a_linking_code_has_these_values() {
        let code: LinkingCode = "0123-4567-89ab-cdef-ghjk-mnpq-rs".parse().expect("a code");
        assert_eq!(HEXLOWER.encode(&code.id()), "cb85e39ae2b07f7f1b6a5a17bb528415");
        let psk = "8a06c9d10cbb0afac2ccedc38c1b94e3d1aa314cc27c5d36263a87a752a1cf8a";
        assert_eq!(HEXLOWER.encode(code.psk().as_ref()), psk);
        assert_eq!(code.to_text(), "0123-4567-89ab-cdef-ghjk-mnpq-rs");
    }

    #[test]
    fn typing_is_read_generously_but_not_guessed() {
        let code: LinkingCode = "0123-4567-89ab-cdef-ghjk-mnpq-rs".parse().expect("a code");
        for sloppy in ["oI23 4567 89AB CDEF GHJK MNPQ RS", "o123456789abcdefghjkmnpqrs\n"] {
            assert_eq!(sloppy.parse().as_ref(), Ok(&code), "{sloppy}");
        }
        for wrong in
            ["", "0123", "0123-4567-89ab-cdef-ghjk-mnpq-rst", "u123-4567-89ab-cdef-ghjk-mnpq-rs", "ü"]
        {
            assert_eq!(wrong.parse::<LinkingCode>(), Err(LinkingCodeError), "{wrong}");
        }
    }
}
