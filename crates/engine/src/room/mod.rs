//! Rooms: one verb a file.

mod answers;
mod bounds;
mod change;
mod come;
mod command;
mod devices;
mod dm;
mod echo;
mod enter;
mod event;
mod heads;
mod history;
mod import;
mod items;
mod join;
mod keep;
mod keys;
mod link;
mod log;
mod open;
mod policy;
mod pump;
mod read;
mod receipts;
mod repair;
mod reset;
mod retention;
mod send;
mod settings;
mod tell;
mod trust;
mod who;

pub(crate) use come::Coming;
#[cfg(feature = "hostile")]
pub(crate) use command::room_name;
pub use command::{CommandError, NewRoom};
pub use devices::LetIn;
pub use link::SessionSigner;
pub(crate) use receipts::Later;
pub use repair::Repair;
