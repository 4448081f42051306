//! The floor: the least that a server of this job can do. One thread, epoll, TLS, frames by hand, one SQLite transaction for
//! all that came while the last one was written, and then one record and one write for each member of a room.
//!
//! It knows no accounts, checks nothing and forgets nothing: what our server costs more is what it does more.

mod log;
mod rooms;
mod serve;

pub(crate) use serve::serve;

use std::path::Path;
use std::process::Command;

/// First byte of a frame by which a member says in which rooms it is: numbers of two bytes follow.
pub(crate) const JOIN: u8 = b'J';
/// First byte of a frame with a message: a room's number of two bytes, then what every member gets.
pub(crate) const MESSAGE: u8 = b'M';

/// This program again, as a floor server that keeps its log in `file` and says its address when it listens.
pub(crate) fn command(file: &Path) -> std::io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("floor").arg(file);
    Ok(command)
}
