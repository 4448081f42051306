//! What a fuzzer does to bytes, in small and always alike.

use std::iter;

/// Values that lengths and numbers break at.
const EDGES: [u8; 10] = [0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0x9b, 0xbf, 0xfe, 0xff];

/// Changes files of a corpus, over and over, from a seed.
pub(crate) struct Mutator<'a> {
    state: u64,
    corpus: &'a [Vec<u8>],
}

impl<'a> Mutator<'a> {
    pub(crate) fn new(seed: u64, corpus: &'a [Vec<u8>]) -> Self {
        Self { state: seed, corpus }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014), reduced.
    fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from((z ^ (z >> 31)) % bound).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or(0)
    }

    /// The next input.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let pick = self.below(self.corpus.len());
        let mut bytes = self.corpus[pick].clone();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        let inside = self.below(bytes.len());
        match self.below(8) {
            0 if !bytes.is_empty() => bytes[inside] ^= 1 << self.below(8),
            1 if !bytes.is_empty() => bytes[inside] = EDGES[self.below(EDGES.len())],
            2 if !bytes.is_empty() => bytes[inside] = self.byte(),
            3 => bytes.insert(at, self.byte()),
            4 if !bytes.is_empty() => drop(bytes.remove(inside)),
            5 => bytes.truncate(at),
            6 => {
                // A piece of another file, or of this one once more.
                let other = &self.corpus[self.below(self.corpus.len())];
                let from = self.below(other.len());
                let to = (from + self.below(64)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            // A length that promises more than there is.
            _ => drop(bytes.splice(at..at, [0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
        }
    }
}

/// Inputs made of the smallest parts that a format knows, where memory for each byte is largest: empty protobuf fields one
/// level deep, nested CBOR, nested JSON and TOML, and runs of one byte.
pub(crate) fn dense(bytes_max: usize) -> impl Iterator<Item = Vec<u8>> {
    let length = bytes_max.min(256 << 10);
    let protobuf = (2..=20_usize).flat_map(move |outer| {
        (1..=8_u8).map(move |inner| {
            let inside = [inner << 3 | 2, 0].repeat((length - 8) / 2);
            [varint(outer << 3 | 2), varint(inside.len()), inside].concat()
        })
    });
    let runs = [
        b"\x81".as_slice(),
        b"\x9f",
        b"\x80",
        b"\xa1\x61a",
        b"[",
        b"{\"a\":",
        b"a.",
        b"[[a]]\n",
        b"\x00",
        b"\xff",
        b"\x40",
    ];
    protobuf.chain(
        runs.into_iter().map(move |run| iter::repeat_n(run, length / run.len()).flatten().copied().collect()),
    )
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap_or(0) | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap_or(0));
    bytes
}
