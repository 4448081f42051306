//! `cargo xtask serve`: from a clone to a running server with one command.

use std::process::Command;

use anyhow::Result;

use crate::{build, run, say};

/// Builds and becomes `securechat serve`.
///
/// The release build: what a team then talks to is the program we measure and ship, and it is the file
/// `build --release` leaves, so neither command repeats the other's work. The first time it takes two to
/// three minutes on two cores; a development build would hardly be sooner, because most of either is
/// other people's cryptography.
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
