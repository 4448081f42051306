//! When a query must have ended.

use std::time::{Duration, Instant};

/// A point of the system's steady clock.
#[derive(Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    pub(crate) fn after(time: Duration) -> Self {
        Self(now() + time)
    }

    pub(crate) fn passed(self) -> bool {
        now() >= self.0
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the store's one clock: how long a query takes is nobody else's to say"
)]
fn now() -> Instant {
    Instant::now()
}
