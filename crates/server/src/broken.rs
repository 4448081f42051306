//! Promises broken on purpose, for `cargo xtask prove`: its judge has to find each. Builds without debug assertions do not
//! contain this file, and the others keep every promise unless the environment says `SECURECHAT_BREAK=` and one of these words.

use std::sync::LazyLock;
use std::time::Duration;

static HOW: LazyLock<String> = LazyLock::new(|| std::env::var("SECURECHAT_BREAK").unwrap_or_default());

/// How long something may take: as long as it wants, if limits are what is broken.
pub(crate) fn limit(time: Duration) -> Duration {
    if *HOW == "no-limits" { Duration::from_secs(24 * 60 * 60) } else { time }
}

/// Instead of a session, every WebSocket gets back what it sends: for suites that try the protocol below ours.
pub(crate) fn echoes() -> bool {
    *HOW == "echo"
}
