//! The client's mind and memory: accounts, devices, rooms, timeline, outbox, sync and repair; one SQLite file a device.
//!
//! Sans-IO: frames, commands and time go in, frames and news come out; every step is one transaction. The same code runs
//! natively and in the browser.

pub mod account;
mod archive;
mod cbor;
mod chance;
pub mod clean;
mod clock;
mod content;
mod doctor;
mod engine;
pub mod evidence;
#[cfg(feature = "hostile")]
#[doc(hidden)]
pub mod hostile;
mod memory;
mod output;
mod padding;
mod receipt;
mod room;
mod safety;
mod seal;
mod transcript;
mod unreadable;
#[cfg(test)]
mod vectors;
pub mod view;
mod work;

pub use chance::{Chance, Cx};
pub use doctor::{Check, Finding, Health};
pub use engine::{Engine, EngineError, NewHome};
pub use memory::{MemoryError, prepare};
pub use output::{Hold, News, Output};
pub use room::{CommandError, LetIn, NewRoom, Repair, SessionSigner};
