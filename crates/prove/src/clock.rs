//! What time it is: the one place of this crate that asks the machine.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Now, on a clock that only goes forward.
#[expect(clippy::disallowed_methods, reason = "the harness's one clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Since 1970.
#[expect(clippy::disallowed_methods, reason = "the harness's one clock")]
pub(crate) fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Milliseconds of a duration.
pub(crate) fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
