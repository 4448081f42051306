//! The safety number: what two people compare to know that nobody stands between them (docs/protocol.md §5).

use securechat_ids::{ServerId, UserId};
use sha2::{Digest, Sha256};

/// One person's half: who they are at this server, under which root.
pub(crate) fn fingerprint(server: &ServerId, user: &UserId, root: &[u8; 32]) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"SC-safety v1")
        .chain_update(server.as_bytes())
        .chain_update(user.as_bytes())
        .chain_update(root)
        .finalize()
        .into()
}

/// Twelve groups of five digits of two halves, the same for both people.
pub(crate) fn number(halves: &[[u8; 32]; 2]) -> String {
    let mut digits = halves.map(|half| digits(&half));
    digits.sort();
    digits.join(" ")
}

fn digits(half: &[u8; 32]) -> String {
    let groups = half.chunks_exact(5).take(6).map(|five| {
        let number = five.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        format!("{:05}", number % 100_000)
    });
    groups.collect::<Vec<_>>().join(" ")
}
