//! Counts a frame's parts before anything is allocated for them.
//!
//! An empty list item is two bytes on the wire and up to 250 in memory: without this, one frame of 4 MiB would take a GiB.

/// Protobuf's wire types (protobuf.dev, "Encoding").
const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const LENGTH: u64 = 2;
const FOUR_BYTES: u64 = 5;

/// How many fields with a length a frame has one level below its request or answer, which is where all lists of ours are;
/// `None` if it is not protobuf.
pub(super) fn count(frame: &[u8]) -> Option<usize> {
    let mut parts = 0;
    let mut rest = frame;
    while !rest.is_empty() {
        // A request that comes twice is put together by the decoder, so all of them count.
        if let Some(mut inside) = field(&mut rest)? {
            while let Some(part) = (!inside.is_empty()).then(|| field(&mut inside)) {
                // Not a message: a text or bytes of a newer protocol, which the decoder takes whole.
                let Some(part) = part else { break };
                parts += usize::from(part.is_some());
            }
        }
    }
    Some(parts)
}

/// Takes one field off: its content if it has a length.
fn field<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let key = varint(rest)?;
    let length = match key & 7 {
        VARINT => {
            varint(rest)?;
            return Some(None);
        }
        EIGHT_BYTES => 8,
        FOUR_BYTES => 4,
        LENGTH => usize::try_from(varint(rest)?).ok()?,
        // Groups are from protobuf's past; nothing of ours writes them.
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some((key & 7 == LENGTH).then_some(content))
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for place in 0..10 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f).checked_shl(7 * place).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_items_count_wherever_they_are() {
        // Two answers of field 7 with three and one empty items, and a number beside them.
        let frame = [0x08, 9, 0x3a, 6, 0x0a, 0, 0x0a, 0, 0x0a, 0, 0x3a, 2, 0x0a, 0];
        assert_eq!(count(&frame), Some(4));
        assert_eq!(count(&[]), Some(0));
    }

    #[test]
    fn what_is_cut_off_is_no_frame() {
        for bytes in [&[0x3a_u8, 6, 0x0a][..], &[0x08], &[0x0b, 0x0c], &[0xff; 12], &[0x09, 1, 2]] {
            assert_eq!(count(bytes), None, "{bytes:x?}");
        }
    }
}
