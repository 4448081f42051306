//! The native side: the system's clock, randomness and timers, and a thread for the engine.

pub(crate) mod home;
pub(crate) mod http;
pub(crate) mod socket;
mod tls;

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use securechat_engine::Chance;
use securechat_ids::UnixMillis;

use crate::failure::Failure;

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

/// The thread that owns an engine.
pub(crate) struct Running(thread::JoinHandle<()>);

/// Runs what owns the engine on a thread of its own.
pub(crate) fn run_engine<F: Future<Output = ()>>(
    work: impl FnOnce() -> F + Send + 'static,
) -> Result<Running, Failure> {
    let cannot = |error| Failure::Other(format!("cannot start: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    let thread = thread::Builder::new()
        .name("engine".into())
        .spawn(move || runtime.block_on(work()))
        .map_err(cannot)?;
    Ok(Running(thread))
}

impl Running {
    /// Waits until it has let go of everything.
    pub(crate) async fn ended(self) {
        // Joining a thread blocks; the engine needs only as long as its last step.
        let _panicked = tokio::task::spawn_blocking(move || self.0.join()).await;
    }
}
