//! Live sessions: who is connected, what is on its way to them, and what they ask for.

mod gate;
mod hub;
mod lane;
mod outlet;
mod session;
mod socket;
mod upgrade;
mod writes;

pub(crate) use hub::Hub;
pub(crate) use upgrade::ws;
