//! Rooms: one verb a file.

mod answers;
mod bounds;
mod change;
mod command;
mod echo;
mod event;
mod history;
mod items;
mod join;
mod keys;
mod link;
mod log;
mod policy;
mod pump;
mod read;
mod repair;
mod reset;
mod send;
mod settings;
mod tell;
mod who;

#[cfg(feature = "hostile")]
pub(crate) use command::room_name;
pub use command::{CommandError, NewRoom};
pub use link::SessionSigner;
pub use repair::Repair;
