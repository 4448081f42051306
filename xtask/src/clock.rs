//! The workbench's clock, to say how long a step took and to give up on one that hangs.

use std::time::Instant;

/// Now, for measuring.
#[expect(clippy::disallowed_methods, reason = "the workbench's one clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
