//! `cargo xtask serve`: from a clone to a running server with one command.

use std::process::Command;

use anyhow::Result;

use crate::{build, run, say};

/// Builds and becomes `securechat serve`.
///
/// The release build, although a development build starts a little sooner: most of either is spent on
/// the same optimised cryptography, and what a team then talks to should be the program we measure and
/// ship, with passwords hashed at full speed. It is also the file `build --release` leaves, so neither
/// command repeats the other's work.
pub(crate) fn serve(arguments: &[String]) -> Result<()> {
    let binary = build::release()?;
    let mut server = Command::new(binary);
    server.arg("serve").args(arguments);
    say::doing(&run::shown(&server));
    become_it(server)
}

/// Replaces this process, so that Ctrl-C and a service manager's signals reach the server itself.
#[cfg(unix)]
fn become_it(mut server: Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(server.exec().into())
}

#[cfg(not(unix))]
fn become_it(mut server: Command) -> Result<()> {
    let status = server.status()?;
    std::process::exit(status.code().unwrap_or(1));
}
