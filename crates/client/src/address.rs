//! Where a server is and who it must be: `https://HOST:PORT`, or an invite link with code and pin in its fragment.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use securechat_proto::PORT;

/// A server's place, and what its TLS identity must hash to if that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Name or IP address, IPv6 without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// First 16 bytes of SHA-256 over the identity's SubjectPublicKeyInfo, base64url.
    pub pin: Option<String>,
}

/// A link that lets somebody in: `https://HOST:PORT/i#CODE.PIN`.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteLink {
    /// Where.
    pub address: Address,
    /// The code; empty in a link that only names the server.
    pub code: String,
}

/// Why a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not `https://` or a bare host.
    #[error("an address is https://HOST:{PORT}, a link begins with https:// too")]
    Scheme,
    /// No or wrong host or port.
    #[error("the address has no valid host and port")]
    Host,
    /// The fragment is cut off or changed.
    #[error("the link is incomplete; copy it whole, with everything after the '#'")]
    Fragment,
}

const PIN_BYTES: usize = 16;

impl FromStr for InviteLink {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let rest = match text.split_once("://") {
            Some(("https", rest)) => rest,
            Some(_) => return Err(AddressError::Scheme),
            None => text,
        };
        let (place, fragment) = match rest.split_once('#') {
            Some((place, fragment)) => (place, Some(fragment)),
            None => (rest, None),
        };
        let authority = place.split('/').next().unwrap_or_default();
        let (host, port) = split_authority(authority).ok_or(AddressError::Host)?;
        let (code, pin) = match fragment {
            None if matches!(place.trim_end_matches('/').rsplit('/').next(), Some("i" | "l")) => {
                return Err(AddressError::Fragment);
            }
            None => (String::new(), None),
            Some(fragment) => {
                let (code, pin) = fragment.split_once('.').ok_or(AddressError::Fragment)?;
                (checked_code(code)?, Some(checked_pin(pin)?))
            }
        };
        Ok(Self { address: Address { host, port, pin }, code })
    }
}

/// What a code is made of is the server's choice, but it is one word: a person pastes it, and it is printed again.
fn checked_code(code: &str) -> Result<String, AddressError> {
    let is_word = code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if is_word { Ok(code.to_owned()) } else { Err(AddressError::Fragment) }
}

fn checked_pin(pin: &str) -> Result<String, AddressError> {
    let bytes = BASE64URL_NOPAD.decode(pin.as_bytes()).map_err(|_| AddressError::Fragment)?;
    if bytes.len() == PIN_BYTES { Ok(pin.to_owned()) } else { Err(AddressError::Fragment) }
}

fn split_authority(authority: &str) -> Option<(String, u16)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        let port = if after.is_empty() { PORT } else { after.strip_prefix(':')?.parse().ok()? };
        return host.parse::<std::net::Ipv6Addr>().ok().map(|_| (host.to_owned(), port));
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, PORT),
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (!host.is_empty() && host.chars().all(allowed)).then(|| (host.to_owned(), port))
}

impl Address {
    /// `host:port` as HTTP and TCP write it.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Whether it is this very machine.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.authority())
    }
}

impl fmt::Display for InviteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        match &self.address.pin {
            Some(pin) => write!(f, "/i#{}.{pin}", self.code),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for InviteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InviteLink({})", self.address)
    }
}

/// The four words of a pin, to compare by voice: its first 44 bits as BIP 39 words.
pub fn server_words(pin: &str) -> Option<[&'static str; 4]> {
    let bytes = BASE64URL_NOPAD.decode(pin.as_bytes()).ok()?;
    Some(four_words(bytes.get(..6)?))
}

/// The first 44 bits of at least six bytes as four BIP 39 words.
pub(crate) fn four_words(bytes: &[u8]) -> [&'static str; 4] {
    let bits = bytes.iter().take(6).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let list = bip39::Language::English.word_list();
    let word = |place: u32| {
        let index = usize::try_from(bits >> (48 - 11 * (place + 1)) & 0x7ff).unwrap_or(0);
        list[index]
    };
    [word(0), word(1), word(2), word(3)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = "AAECAwQFBgcICQoLDA0ODw";

    #[test]
    fn a_link_carries_address_code_and_pin() {
        let text = format!("https://192.168.1.20:8765/i#K7QF-2M9D.{PIN}");
        let link: InviteLink = text.parse().expect("a link");
        assert_eq!(link.address.host, "192.168.1.20");
        assert_eq!(link.address.port, 8765);
        assert_eq!(link.code, "K7QF-2M9D");
        assert_eq!(link.address.pin.as_deref(), Some(PIN));
        assert_eq!(link.to_string(), text);
    }

    #[test]
    fn a_bare_host_is_enough_for_an_address() {
        let link: InviteLink = "chat.example".parse().expect("an address");
        assert_eq!((link.address.host.as_str(), link.address.port), ("chat.example", PORT));
        let six: InviteLink = "https://[::1]:9000".parse().expect("an address");
        assert_eq!(six.address.authority(), "[::1]:9000");
    }

    #[test]
    fn a_link_cut_at_the_fragment_says_so() {
        let cut = ["https://h:1/i", "https://h:1/i#", "https://h:1/i#CODE", "https://h:1/i#CODE.AAEC"];
        for text in cut {
            assert_eq!(text.parse::<InviteLink>().err(), Some(AddressError::Fragment), "{text}");
        }
        for code in ["a\u{8}b", "a b", "a\n", "\u{202e}a"] {
            let text = format!("https://h:1/i#{code}.{PIN}");
            assert_eq!(text.parse::<InviteLink>().err(), Some(AddressError::Fragment), "{code:?}");
        }
        assert_eq!("http://h:1".parse::<InviteLink>().err(), Some(AddressError::Scheme));
        assert_eq!("https://a b:1".parse::<InviteLink>().err(), Some(AddressError::Host));
    }

    #[test]
    fn words_are_those_of_the_first_44_bits() {
        let words = server_words("AAAAAAAAAAAAAAAAAAAAAA").expect("a pin");
        assert_eq!(words, ["abandon"; 4]);
        let ones = server_words("_____________________w").expect("a pin");
        assert_eq!(ones, ["zoo"; 4]);
    }
}
