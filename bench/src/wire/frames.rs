//! WebSocket frames (RFC 6455 §5.2) by hand: whole ones only, for nobody here sends others.

/// Binary data.
pub(crate) const BINARY: u8 = 2;
/// Asks for a sign of life.
pub(crate) const PING: u8 = 9;
/// Gives it.
pub(crate) const PONG: u8 = 10;

/// A frame's place in the bytes it was found in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) opcode: u8,
    /// From where to where its payload lies.
    pub(crate) payload: std::ops::Range<usize>,
}

/// Finds the frame that begins at `at`, if all of it is there, and takes its mask off.
pub(crate) fn take_frame(bytes: &mut [u8], at: usize) -> Option<Frame> {
    let [first, second] = *bytes.get(at..at + 2)? else { return None };
    let (length, mut begin) = match second & 0x7f {
        126 => (usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?)), at + 4),
        127 => {
            let length = u64::from_be_bytes(bytes.get(at + 2..at + 10)?.try_into().ok()?);
            (usize::try_from(length).ok()?, at + 10)
        }
        length => (usize::from(length), at + 2),
    };
    let mask: Option<[u8; 4]> = if second & 0x80 == 0 {
        None
    } else {
        begin += 4;
        Some(bytes.get(begin - 4..begin)?.try_into().ok()?)
    };
    let payload = bytes.get_mut(begin..begin + length)?;
    // A mask of zeroes, which our own generator uses, changes nothing.
    if let Some(mask) = mask.filter(|mask| *mask != [0; 4]) {
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    }
    Some(Frame { opcode: first & 0x0f, payload: begin..begin + length })
}

/// A frame as a server sends it.
pub(crate) fn server_frame(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    header(opcode, payload.len(), 0, out);
    out.extend_from_slice(payload);
}

/// A frame as a client sends it, under a mask of zeroes.
pub(crate) fn client_frame(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    header(opcode, payload.len(), 0x80, out);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

fn header(opcode: u8, length: usize, masked: u8, out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < 126 => out.push(masked | short),
        (_, Ok(medium)) => {
            out.push(masked | 126);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.push(masked | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length_are_found_again_one_after_the_other() {
        let mut bytes = Vec::new();
        let lengths = [0, 1, 125, 126, 65_535, 65_536];
        for length in lengths {
            client_frame(BINARY, &vec![7; length], &mut bytes);
            server_frame(PING, &vec![8; length], &mut bytes);
        }
        let mut at = 0;
        for length in lengths {
            for (opcode, filled) in [(BINARY, 7), (PING, 8)] {
                let frame = take_frame(&mut bytes, at).expect("whole");
                assert_eq!((frame.opcode, frame.payload.len()), (opcode, length));
                assert!(bytes[frame.payload.clone()].iter().all(|byte| *byte == filled));
                at = frame.payload.end;
            }
        }
        assert_eq!(at, bytes.len());
    }

    #[test]
    fn half_a_frame_is_none_yet() {
        let mut bytes = Vec::new();
        server_frame(BINARY, &[7; 300], &mut bytes);
        for end in 0..bytes.len() {
            assert_eq!(take_frame(&mut bytes[..end], 0), None, "{end}");
        }
    }

    #[test]
    fn a_mask_is_taken_off() {
        let mut bytes = vec![0x82, 0x83, 1, 2, 3, 4, 1, 2, 3];
        let frame = take_frame(&mut bytes, 0).expect("whole");
        assert_eq!(bytes[frame.payload], [0, 0, 0]);
    }
}
