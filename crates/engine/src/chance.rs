//! What the engine is handed at each step: the time and a source of randomness.

use securechat_ids::{MessageId, UnixMillis};

/// A cryptographic source of random bytes; the shell's is the operating system, a test's is a seed.
pub trait Chance {
    /// Fills `bytes` with random ones.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// Time and chance of one step.
pub struct Cx<'a> {
    /// Now, by this machine's clock.
    pub now: UnixMillis,
    /// Randomness.
    pub chance: &'a mut dyn Chance,
}

impl Cx<'_> {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.chance.fill(&mut bytes);
        bytes
    }

    /// A new message id of this moment.
    pub fn message_id(&mut self) -> MessageId {
        MessageId::new(self.now, self.bytes())
    }

    /// A number of milliseconds below `bound_ms`, for jitter.
    pub(crate) fn jitter_ms(&mut self, bound_ms: u64) -> u64 {
        u64::from_be_bytes(self.bytes()) % bound_ms.max(1)
    }
}
