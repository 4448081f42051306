//! People, devices and a server in one process, on virtual time: real engines, real delivery, real SQLite files.
//!
//! For tests only: it panics where a test would.

mod linking;
mod losses;
mod malice;
mod seeded;
mod server;
mod team;

pub use malice::Malice;
pub use seeded::Seeded;
pub use server::Server;
pub use team::{DeviceNumber, Team};
