//! The server's mind: room log, commit gate, inboxes, accounts, invites, fairness.
//!
//! Sans-IO: rows come through [`Tx`], time and randomness are handed in, and what live sessions must be told comes back
//! as [`Wake`]s, to be sent after the commit. Nothing here can decrypt.

pub mod accounts;
mod address;
mod asker;
mod chance;
pub mod check;
#[cfg(feature = "conformance")]
pub mod conformance;
mod devices;
pub mod fairness;
mod fault;
pub mod identity;
pub mod inbox;
pub mod items;
pub mod key_packages;
mod limits;
pub mod linking;
pub mod log;
pub mod people;
pub mod rooms;
pub mod rows;
mod secrets;
pub mod sessions;
mod store;
pub mod throttle;
mod wake;

pub use asker::Asker;
pub use chance::Rng;
pub use fault::{Fault, StoreError};
pub use limits::Limits;
pub use rows::Tx;
pub use secrets::Secrets;
pub use store::{Busy, Done, Job, Run, Store, read_with, write_with};
pub use wake::{Outcome, Wake};
