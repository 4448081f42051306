//! Reads MLSMessages whole, and the variable-length vectors that two public structures are cut along (RFC 9420 §2.1.2).

use openmls::prelude::{MlsMessageBodyIn, MlsMessageIn};
use tls_codec::DeserializeBytes as _;

use crate::Invalid;

/// `MLSMessage` header: version mls10 and a wire format, two bytes each.
pub(crate) const HEADER_BYTES: usize = 4;

/// The body of exactly one MLSMessage.
pub(crate) fn parse(bytes: &[u8]) -> Result<MlsMessageBodyIn, Invalid> {
    let message = MlsMessageIn::tls_deserialize_exact_bytes(bytes)
        .map_err(|error| Invalid(format!("not one MLSMessage: {error}")))?;
    Ok(message.extract())
}

/// Splits one variable-length vector off: its content and what follows it.
pub(crate) fn split_vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let first = *bytes.first()?;
    let prefix = match first >> 6 {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => return None,
    };
    let length = bytes
        .get(1..prefix)?
        .iter()
        .fold(usize::from(first & 0x3f), |sum, byte| sum << 8 | usize::from(*byte));
    bytes[prefix..].split_at_checked(length)
}

/// A variable-length vector of `content`, with the shortest length.
pub(crate) fn vector(content: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(content.len()).ok()?;
    let prefix = match length {
        0..0x40 => vec![length.to_be_bytes()[3]],
        0x40..0x4000 => (length | 0x4000).to_be_bytes()[2..].to_vec(),
        0x4000..0x4000_0000 => (length | 0x8000_0000).to_be_bytes().to_vec(),
        _ => return None,
    };
    Some([prefix.as_slice(), content].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_comes_back_at_every_length_of_its_prefix() {
        for length in [0, 1, 63, 64, 16_383, 16_384, 70_000] {
            let content = vec![7; length];
            let mut bytes = vector(&content).expect("short enough");
            bytes.push(9);
            assert_eq!(split_vector(&bytes), Some((content.as_slice(), [9].as_slice())), "{length}");
        }
        assert_eq!(split_vector(&[0x05, 1, 2]), None);
        assert_eq!(split_vector(&[0xff]), None);
    }
}
