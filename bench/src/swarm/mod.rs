//! The other end of a server: thousands of sessions on one thread, that log in, say and hear.

mod delays;
mod drive;
mod speech;
mod state;

pub(crate) use delays::Delays;
pub(crate) use drive::{Pace, Window};
pub(crate) use speech::{BODY_BYTES, Entry, Speech, outside_of, room_id};
pub(crate) use state::{Swarm, connected};
