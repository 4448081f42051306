//! Randomness from a seed, for both wings.

use sha2::{Digest, Sha256};

/// SHA-256 in counter mode over a seed: the same seed gives the same bytes. Not for anything but tests.
#[derive(Clone)]
pub struct Seeded {
    seed: [u8; 32],
    counter: u64,
}

impl Seeded {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed: Sha256::digest(seed.to_be_bytes()).into(), counter: 0 }
    }

    fn next(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block =
                Sha256::new().chain_update(self.seed).chain_update(self.counter.to_be_bytes()).finalize();
            self.counter += 1;
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

impl securechat_engine::Chance for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.next(bytes);
    }
}

impl securechat_delivery::Rng for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.next(bytes);
    }
}
