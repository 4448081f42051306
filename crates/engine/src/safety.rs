//! The safety number: what two people compare to know that nobody stands between them (docs/protocol.md §5).

use securechat_ids::{ServerId, UserId};
use sha2::{Digest, Sha256};

/// Twelve groups of five digits from two users and their chains' roots, the same for both.
pub(crate) fn number(server: &ServerId, one: (&UserId, &[u8; 32]), other: (&UserId, &[u8; 32])) -> String {
    let mut halves = [half(server, one), half(server, other)];
    halves.sort();
    halves.join(" ")
}

fn half(server: &ServerId, (user, root): (&UserId, &[u8; 32])) -> String {
    let hash = Sha256::new()
        .chain_update(b"SC-safety v1")
        .chain_update(server.as_bytes())
        .chain_update(user.as_bytes())
        .chain_update(root)
        .finalize();
    let groups = hash.chunks_exact(5).take(6).map(|five| {
        let number = five.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        format!("{:05}", number % 100_000)
    });
    groups.collect::<Vec<_>>().join(" ")
}
