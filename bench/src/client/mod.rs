//! What our own client costs: the real engine on real files, over TLS to the real server where there is one to ask.

mod group;
mod history;
mod stored;
pub(crate) mod team;

use anyhow::Result;

use crate::scenario::Scenario;

/// Scenarios of the client by name.
pub(crate) const SCENARIOS: [Scenario; 3] =
    [("group", group::measure), ("history", history::measure), ("stored", stored::measure)];

/// Runs what a face would, on one thread: the engine has its own.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
