//! Padding before sealing, so that sizes tell little (ISO/IEC 7816-4: one 0x80, then zeros).

use zeroize::Zeroizing;

/// Pads up to the next multiple of `multiple` bytes; one byte at least.
pub(crate) fn pad(bytes: &[u8], multiple: usize) -> Zeroizing<Vec<u8>> {
    let mut padded = Zeroizing::new(Vec::with_capacity(bytes.len() + multiple));
    padded.extend_from_slice(bytes);
    padded.push(0x80);
    let length = padded.len().next_multiple_of(multiple);
    padded.resize(length, 0);
    padded
}

/// Takes the padding off; `None` if there is none.
pub(crate) fn unpad(mut padded: Zeroizing<Vec<u8>>) -> Option<Zeroizing<Vec<u8>>> {
    let end = padded.iter().rposition(|byte| *byte != 0)?;
    if padded[end] != 0x80 {
        return None;
    }
    padded.truncate(end);
    Some(padded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_hides_the_length_and_comes_off() {
        for length in [0, 1, 127, 128, 129, 1000] {
            let bytes = vec![0; length];
            let padded = pad(&bytes, 128);
            assert_eq!(padded.len() % 128, 0);
            assert!(padded.len() > length);
            assert_eq!(unpad(padded).as_deref(), Some(&bytes));
        }
        assert_eq!(unpad(Zeroizing::new(vec![0; 128])), None);
    }
}
