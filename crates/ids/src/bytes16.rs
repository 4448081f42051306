//! Sixteen-byte identifiers: hex where a human reads, raw bytes where a machine does.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text or byte string is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an identifier is 32 hexadecimal digits (16 bytes)")]
pub struct IdError;

macro_rules! id16 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Wraps sixteen bytes as they are.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The sixteen bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = IdError;

            fn try_from(bytes: &[u8]) -> Result<Self, IdError> {
                bytes.try_into().map(Self).map_err(|_| IdError)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes = HEX.decode(text.as_bytes()).map_err(|_| IdError)?;
                Self::try_from(bytes.as_slice())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEX.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), HEX.encode(&self.0[..4]))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_bytes(&self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    deserializer.deserialize_str(Visit(std::marker::PhantomData))
                } else {
                    deserializer.deserialize_bytes(Visit(std::marker::PhantomData))
                }
            }
        }
    };
}

/// Reads an identifier from hex text or from sixteen bytes.
struct Visit<T>(std::marker::PhantomData<T>);

impl<T> de::Visitor<'_> for Visit<T>
where
    T: FromStr<Err = IdError> + for<'a> TryFrom<&'a [u8], Error = IdError>,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("16 bytes or 32 hexadecimal digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<T, E> {
        T::try_from(bytes).map_err(E::custom)
    }
}

id16!(
    /// A person's account. Chosen at random by the registering client.
    UserId
);
id16!(
    /// One installation of a client: one chain entry, one MLS leaf per room.
    DeviceId
);
id16!(
    /// A room: equal to its MLS group id.
    RoomId
);
id16!(
    /// A message or commit, chosen by its sender (UUIDv7, RFC 9562 §5.7); the idempotency key.
    MessageId
);
id16!(
    /// A server, made at its first start and kept for its life.
    ServerId
);
id16!(
    /// One life of a server's memory: drawn anew whenever a backup is restored, so clients notice a rollback.
    Generation
);

impl MessageId {
    /// A UUIDv7 from a Unix time in milliseconds and ten random bytes.
    pub fn new(now: crate::UnixMillis, random: [u8; 10]) -> Self {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&now.0.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&random);
        bytes[6] = 0x70 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixMillis;

    #[test]
    fn an_id_survives_its_text_form() {
        let id = RoomId::from_bytes(*b"0123456789abcdef");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn text_that_is_not_32_hex_digits_is_refused() {
        for text in ["", "00", "zz123456789abcdef0123456789abcdef", "00112233445566778899aabbccddeeff00"] {
            assert_eq!(text.parse::<UserId>(), Err(IdError), "{text}");
        }
    }

    #[test]
    fn a_message_id_is_a_uuid_of_version_7() {
        let id = MessageId::new(UnixMillis(0x0123_4567_89ab), [0xff; 10]);
        assert_eq!(id.to_string(), "0123456789ab7fffbfffffffffffffff");
    }
}
