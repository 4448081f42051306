//! The web app on loopback, tunnelled to the pinned server.
//!
//! A browser that opens a server's own address trusts whatever code that server sends. Here the code is this program's and
//! the connection its own: the browser talks to loopback only, and what leaves goes to the identity that was pinned.

mod compare;
mod door;
mod enter;
mod forward;
mod guard;
mod line;
mod listen;
mod local;
mod open;
mod problem;
mod upgrade;

pub use compare::{Difference, Wrong, compare};
pub use listen::ListenError;
pub use open::{OpenError, PORT, Tunnel};
