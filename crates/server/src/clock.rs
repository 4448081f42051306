//! What time it is: the one place of this crate that asks the machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use securechat_ids::UnixMillis;

/// The machine's clock; a test may set it ahead.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    ahead_ms: Arc<AtomicU64>,
}

impl Clock {
    /// Now.
    #[expect(clippy::disallowed_methods, reason = "the shell's one clock")]
    pub(crate) fn now(&self) -> UnixMillis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        UnixMillis(ms).plus(self.ahead_ms.load(Ordering::Relaxed))
    }

    /// Sets this clock, and all its clones, ahead.
    #[cfg(test)]
    pub(crate) fn advance_ms(&self, ms: u64) {
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }
}
