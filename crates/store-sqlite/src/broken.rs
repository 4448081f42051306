//! Promises broken on purpose, for `cargo xtask prove`: its judge has to find each. Builds without debug assertions do not
//! contain this file, and the others keep every promise unless the environment says `SECURECHAT_BREAK=` and one of these words.

use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use securechat_delivery::StoreError;

/// Between an answer and the commit it speaks of.
const HEAD_START: Duration = Duration::from_millis(100);

static HOW: LazyLock<String> = LazyLock::new(|| {
    let how = std::env::var("SECURECHAT_BREAK").unwrap_or_default();
    if !how.is_empty() {
        tracing::error!(%how, "SECURECHAT_BREAK is set: this server breaks its promises on purpose");
    }
    how
});

/// The write-ahead log is not synced at a commit: a power cut takes what was acknowledged.
pub(crate) fn syncs_seldom() -> bool {
    *HOW == "sync-normal"
}

/// Everybody is told before the commit, and the commit takes its time.
pub(crate) fn acks_early() -> bool {
    *HOW == "ack-early"
}

pub(crate) fn commit_later() {
    thread::sleep(HEAD_START);
}

/// A disk that is full or fails is taken for one that has written.
pub(crate) fn carries_on(outcome: &Result<(), StoreError>) -> bool {
    outcome.is_err() && *HOW == "carry-on"
}
