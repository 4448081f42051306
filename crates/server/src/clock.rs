//! What time it is: the one place of this crate that asks the machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use securechat_ids::UnixMillis;

/// The machine's clock; a test may hold it and turn it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    /// Zero while the clock runs.
    held_ms: Arc<AtomicU64>,
}

impl Clock {
    /// Now.
    #[expect(clippy::disallowed_methods, reason = "the shell's one clock")]
    pub(crate) fn now(&self) -> UnixMillis {
        match self.held_ms.load(Ordering::Relaxed) {
            0 => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
            }
            held => UnixMillis(held),
        }
    }

    /// Holds this clock and all its clones, so much ahead of now.
    #[cfg(test)]
    pub(crate) fn hold_ahead(&self, ms: u64) {
        self.held_ms.store(self.now().plus(ms).0, Ordering::Relaxed);
    }
}
