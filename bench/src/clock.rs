//! The bench's one clock, and the load the machine was under while it ran.

use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use securechat_ids::UnixMillis;

/// A point of the steady clock.
#[expect(clippy::disallowed_methods, reason = "a bench is about time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The system's clock: OpenMLS checks the lives of key packages against it.
#[expect(clippy::disallowed_methods, reason = "OpenMLS asks the system for the time, so this must too")]
pub(crate) fn today() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Milliseconds since then.
pub(crate) fn ms_since(then: Instant) -> f64 {
    then.elapsed().as_secs_f64() * 1_000.0
}

/// Time by the clock, and time that this process was on a processor for, which hardly depends on what else goes on.
pub(crate) struct Stopwatch {
    begun: Instant,
    cpu: Duration,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { cpu: cpu(), begun: now() }
    }

    /// Milliseconds by the clock.
    pub(crate) fn ms(&self) -> f64 {
        ms_since(self.begun)
    }

    /// Milliseconds on a processor, all threads together.
    pub(crate) fn cpu_ms(&self) -> f64 {
        (cpu() - self.cpu).as_secs_f64() * 1_000.0
    }
}

fn cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// The one-minute load average, with what is measured itself in it: the one word on noise that each figure carries.
pub(crate) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(f64::NAN)
}
