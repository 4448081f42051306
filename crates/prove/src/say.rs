//! What this program writes: progress, a line each.

use std::io::Write as _;

/// One line on standard output. Nobody listening is no reason to stop proving.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _closed = writeln!(out, "{text}").and_then(|()| out.flush());
}
