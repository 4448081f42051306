//! The real binary, real TLS and real files under faults, and a judge for what became of every acknowledged message.
//!
//! `cargo xtask prove` builds the binary and runs this against it. Each fault is one file of [`faults`]; each has a control,
//! the same run with the promise broken on purpose, which the judge has to find. People are devices in this process
//! (`client`), except where a device's own process is to be killed.

mod chance;
mod clock;
mod command;
mod device;
pub mod faults;
mod history;
mod judge;
mod machine;
mod mount;
mod proxy;
pub mod report;
pub mod run;
mod say;
mod server;
mod state;
mod store;
mod tally;
mod team;

pub use run::{Mode, Wish};
