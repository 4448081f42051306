//! Our server and the floor side by side, each in a process of its own, with the same people in the same rooms.

mod cost;
mod floor;
mod plan;
mod population;
mod side;

pub(crate) use cost::socket_bytes;
pub(crate) use plan::{
    BIG_ROOMS, LONG_MESSAGES, LONG_ROOM, MANY_ROOMS, SMALL_MEMBERS, SMALL_ROOMS, SPEAKERS, small_room,
};
pub(crate) use population::{LONG_PERSON, MANY_PERSON};
pub(crate) use side::{Side, both};
