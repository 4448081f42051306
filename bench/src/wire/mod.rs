//! What generator and floor server share: a TLS connection that never blocks, and WebSocket frames by hand.

mod frames;
mod line;
mod tls;

pub(crate) use frames::{BINARY, PING, PONG, client_frame, server_frame, take_frame};
pub(crate) use line::{Line, SCRATCH_BYTES};
pub(crate) use tls::{client, server};
