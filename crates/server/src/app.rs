//! What all connections share: the store and the ways to it, the registry, the keys, the limits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use securechat_delivery::fairness::Limiter;
use securechat_delivery::identity::Identity as ServerIdentity;
use securechat_delivery::linking::Linkings;
use securechat_delivery::throttle::Throttle;
use securechat_delivery::{Fault, Limits, Outcome, Store, StoreError, Tx, read_with, write_with};
use securechat_ids::UnixMillis;
use securechat_proto::http::Limit;
use securechat_proto::{Code, Refusal};
use tokio::sync::{Notify, Semaphore, oneshot};

use crate::clock::Clock;
use crate::folder::Folder;
use crate::http::Web;
use crate::keys::Keys;
use crate::live::Hub;
use crate::passwords::Pool;
use crate::peers::Peers;
use crate::tally::Tally;
use crate::tls::Identity;

/// Queries that run at once; the store has as many connections that read.
pub(crate) const READERS: usize = 4;
/// The writer takes what has queued in one go; when even so the queue is full, a moment helps.
const BUSY_RETRY_MS: u64 = 500;

/// The running server, seen from inside.
pub(crate) struct App {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) server: ServerIdentity,
    pub(crate) identity: Arc<Identity>,
    pub(crate) keys: Keys,
    pub(crate) clock: Clock,
    pub(crate) started: UnixMillis,
    pub(crate) folder: Folder,
    pub(crate) hub: Hub,
    pub(crate) limits: Limits,
    /// Those and the shell's own, by name, as they are shown.
    pub(crate) in_force: Vec<Limit>,
    pub(crate) refused: Tally,
    pub(crate) passwords: Pool,
    pub(crate) peers: Arc<Peers>,
    pub(crate) throttle: Mutex<Throttle>,
    pub(crate) linkings: Mutex<Linkings>,
    /// Rung whenever somebody has said something in a linking.
    pub(crate) linking_said: Notify,
    pub(crate) limiter: Mutex<Limiter>,
    pub(crate) readers: Arc<Semaphore>,
    pub(crate) web: Option<Web>,
}

impl App {
    pub(crate) fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    pub(crate) fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn linkings(&self) -> MutexGuard<'_, Linkings> {
        self.linkings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn limiter(&self) -> MutexGuard<'_, Limiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a query beside the async threads, on one of the store's reading connections.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        mut query: impl FnMut(&mut dyn Tx, &Arc<App>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.blocking(move |app| read_with(&*app.store, |tx| query(tx, app)).map_err(refusal)).await?
    }

    /// Runs something that waits for the store's reading connections.
    pub(crate) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        run: impl FnOnce(&Arc<App>) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let permit = Arc::clone(&self.readers).acquire_owned().await.map_err(|_| failed())?;
        let app = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            run(&app)
        });
        task.await.map_err(|_| failed())
    }

    /// Queues a write. `answered` is called on the writer's thread when it is durable and the news have been spread, or when
    /// it was refused.
    pub(crate) fn queue<T: Send + 'static>(
        self: &Arc<Self>,
        run: impl FnOnce(&mut dyn Tx, &App) -> Result<Outcome<T>, Fault> + Send + 'static,
        answered: impl FnOnce(Result<T, Refusal>) + Send + 'static,
    ) -> Result<(), Refusal> {
        let (runner, teller) = (Arc::clone(self), Arc::clone(self));
        let queued = write_with(
            &*self.store,
            move |tx| run(tx, &runner),
            move |result| match result {
                Ok(outcome) => {
                    teller.hub.deliver(outcome.wakes);
                    answered(Ok(outcome.answer));
                }
                Err(fault) => answered(Err(refusal(fault))),
            },
        );
        queued.map_err(|busy| Refusal::later(Code::Busy, busy.to_string(), BUSY_RETRY_MS))
    }

    /// [`App::queue`] for those who can wait.
    pub(crate) async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        run: impl FnOnce(&mut dyn Tx, &App) -> Result<Outcome<T>, Fault> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        self.queue(run, move |result| {
            // Who asked may have gone; what was written stays.
            let _ = answer.send(result);
        })?;
        answered.await.map_err(|_| failed())?
    }
}

/// What the asker is told; a failing store is also written to the log.
pub(crate) fn refusal(fault: Fault) -> Refusal {
    match &fault {
        Fault::Store(StoreError::Broken(why)) => tracing::error!(%why, "the store failed"),
        Fault::Store(StoreError::Full) => {
            tracing::warn!("the disk is full: nothing is written, reading goes on");
        }
        Fault::Store(StoreError::Late) => tracing::warn!("a query took too long and was ended"),
        Fault::Refused(_) => {}
    }
    fault.into_refusal()
}

fn failed() -> Refusal {
    Refusal::new(Code::Internal, "the server failed")
}
