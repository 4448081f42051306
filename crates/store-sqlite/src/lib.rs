//! The server's memory in one SQLite file: one thread writes, a few connections read.

mod store;

pub use store::{OpenError, Options, SqliteStore};
