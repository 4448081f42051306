//! The native side: the system's clock, randomness and timers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use securechat_engine::Chance;
use securechat_ids::UnixMillis;

/// The operating system as a source of randomness.
pub(crate) struct Os;

impl Chance for Os {
    #[expect(clippy::disallowed_methods, reason = "the client's one source of randomness")]
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("without the system's randomness nothing here is safe");
    }
}

/// Now, by the system's clock.
#[expect(clippy::disallowed_methods, reason = "the client's one clock")]
pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Waits until a moment of the system's clock; for ever without one.
pub(crate) async fn sleep_until(at: Option<UnixMillis>) {
    match at {
        Some(at) => tokio::time::sleep(Duration::from_millis(at.since(now()))).await,
        None => std::future::pending().await,
    }
}
