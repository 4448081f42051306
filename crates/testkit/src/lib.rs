//! People, devices and a server in one process, on virtual time: real engines, real delivery, real SQLite files.
//!
//! For tests only: it panics where a test would.

mod linking;
mod losses;
mod malice;
mod moves;
mod records;
mod saved;
mod seeded;
mod server;
mod team;

pub use linking::Between;
pub use malice::Malice;
pub use records::Roster;
pub use saved::Saved;
pub use seeded::Seeded;
pub use server::Server;
pub use team::{DeviceNumber, Leg, Next, Team};
