//! The server's memory in one SQLite file: one thread writes, a few connections read.

#[cfg(debug_assertions)]
mod broken;
mod checkpointer;
mod connection;
mod deadline;
mod fatal;
mod migrations;
mod readers;
mod rows;
mod store;
mod tx;
mod writer;

pub use connection::OpenError;
pub use store::{Options, SqliteStore};
