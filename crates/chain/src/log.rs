//! The workspace log's Merkle root (RFC 6962 §2.1), kept as the roots of its full subtrees.

use securechat_ids::UserId;
use sha2::{Digest, Sha256};

use crate::link::LinkHash;

/// Enough of an append-only tree to grow it and to name its root: one hash per set bit of its size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of full subtrees, the largest first.
    peaks: Vec<[u8; 32]>,
}

/// Hash of the log's leaf for one link: `SHA-256(0x00 ‖ user_id ‖ u64be(seq) ‖ link_hash)`.
pub fn leaf_hash(user: &UserId, seq: u64, link: &LinkHash) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(user.as_bytes());
    hash.update(seq.to_be_bytes());
    hash.update(link);
    hash.finalize().into()
}

impl Frontier {
    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf by its hash.
    pub fn push(&mut self, leaf: [u8; 32]) {
        let mut carry = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("a peak for each set bit of the size");
            carry = node(&left, &carry);
        }
        self.peaks.push(carry);
        self.size += 1;
    }

    /// The tree's root; for no leaves the hash of nothing.
    pub fn root(&self) -> [u8; 32] {
        let mut peaks = self.peaks.iter().rev().copied();
        let Some(smallest) = peaks.next() else { return Sha256::digest([]).into() };
        peaks.fold(smallest, |right, left| node(&left, &right))
    }
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962 §2.1 word for word: split at the largest power of two below the size.
    fn by_definition(leaves: &[[u8; 32]]) -> [u8; 32] {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => *leaf,
            _ => {
                let split = (leaves.len().next_power_of_two()) / 2;
                node(&by_definition(&leaves[..split]), &by_definition(&leaves[split..]))
            }
        }
    }

    #[test]
    fn the_frontier_agrees_with_the_definition() {
        let mut frontier = Frontier::default();
        let mut leaves = Vec::new();
        for n in 0..200_u64 {
            assert_eq!(frontier.root(), by_definition(&leaves), "{n} leaves");
            let leaf = leaf_hash(&UserId::from_bytes([3; 16]), n, &[n.to_le_bytes()[0]; 32]);
            leaves.push(leaf);
            frontier.push(leaf);
        }
        assert_eq!(frontier.size(), 200);
    }
}
