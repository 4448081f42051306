//! The browser's side: its clock, randomness and timers, and a task in the worker's one thread for the engine.

pub(crate) mod home;
pub(crate) mod http;
pub(crate) mod socket;

use gloo_timers::future::TimeoutFuture;
use securechat_engine::Chance;
use securechat_ids::UnixMillis;
use tokio::sync::oneshot;
use wasm_bindgen_futures::spawn_local;

use crate::failure::Failure;

/// The browser as a source of randomness.
pub(crate) struct Os;

impl Chance for Os {
    #[expect(clippy::disallowed_methods, reason = "the client's one source of randomness")]
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("without the browser's randomness nothing here is safe");
    }
}

/// Now, by the system's clock.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds of this age fit")]
pub(crate) fn now() -> UnixMillis {
    UnixMillis(js_sys::Date::now() as u64)
}

/// Waits until a moment of the system's clock; for ever without one.
pub(crate) async fn sleep_until(at: Option<UnixMillis>) {
    let Some(at) = at else { return std::future::pending().await };
    // A browser's timer ends early by up to a millisecond and holds 31 bits.
    while at > now() {
        TimeoutFuture::new(u32::try_from(at.since(now())).unwrap_or(u32::MAX).min(i32::MAX.unsigned_abs()))
            .await;
    }
}

/// The task that owns an engine.
pub(crate) struct Running(oneshot::Receiver<()>);

/// Runs what owns the engine beside everything else in this worker.
pub(crate) fn run_engine<F: Future<Output = ()>>(
    work: impl FnOnce() -> F + 'static,
) -> Result<Running, Failure> {
    let (done, running) = oneshot::channel();
    spawn_local(async move {
        work().await;
        // Nobody may be waiting for the end.
        let _waiting = done.send(());
    });
    Ok(Running(running))
}

impl Running {
    /// Waits until it has let go of everything.
    pub(crate) async fn ended(self) {
        let _gone = self.0.await;
    }
}
