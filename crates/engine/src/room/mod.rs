//! Rooms: one verb a file.

mod answers;
mod change;
mod come;
mod command;
mod devices;
mod event;
mod history;
mod items;
mod join;
mod keys;
mod link;
mod log;
mod pump;
mod read;
mod send;
mod settings;
mod tell;
mod who;

pub(crate) use come::Coming;
#[cfg(feature = "hostile")]
pub(crate) use command::room_name;
pub use command::{CommandError, NewRoom};
pub use devices::LetIn;
pub use link::SessionSigner;
