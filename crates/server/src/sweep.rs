//! Deletes what rooms' limits make due while the server runs, a step at a time, and then lets go of the bytes.

use std::sync::Arc;
use std::time::Duration;

use securechat_delivery::{Outcome, rooms};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::app::App;

/// Between two looks for what is due.
const LOOK_EVERY: Duration = Duration::from_secs(15 * 60);
/// Between two steps: what people send goes first.
const PAUSE: Duration = Duration::from_millis(20);
/// Between two tries to cut the write-ahead log while somebody reads.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// Runs until it is aborted.
pub(crate) async fn run(app: Arc<App>) {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // What an earlier process deleted may stand in its log still.
    let mut deleted = true;
    loop {
        ticks.tick().await;
        while let Ok(events @ 1..) =
            app.write(|tx, app| Ok(Outcome::quiet(rooms::sweep(tx, app.now())?))).await
        {
            tracing::debug!(events, "deleted what a room's limit made due");
            deleted = true;
            sleep(PAUSE).await;
        }
        while deleted {
            let store = Arc::clone(&app.store);
            match tokio::task::spawn_blocking(move || store.forget()).await {
                Ok(Ok(true)) => deleted = false,
                Ok(Ok(false)) => sleep(TRY_AGAIN).await,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "deleted messages may stand in the write-ahead log for longer");
                    break;
                }
                Err(_ended) => break,
            }
        }
    }
}
