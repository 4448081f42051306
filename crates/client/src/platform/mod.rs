//! What differs between a native program and a browser tab, with equal names on both sides: clock, randomness, timers, the
//! task that owns the engine, the home of its database, and the two ways to a server.

mod gather;
#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod web;

#[cfg(not(target_family = "wasm"))]
pub use native::home::{Home, HomeError, KeyPlace, KeyringTrouble, NewKey};
#[cfg(target_family = "wasm")]
pub use web::home::{Home, HomeError};

#[cfg(not(target_family = "wasm"))]
pub(crate) use native::socket::open as open_stream;
#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{
    Os, Running, http::learn_pin, http::request, now, run_engine, sleep_until, socket::Socket,
    socket::open_socket,
};
#[cfg(target_family = "wasm")]
pub(crate) use web::{
    Os, Running, http::learn_pin, http::request, now, run_engine, sleep_until, socket::Socket,
    socket::open_socket,
};

/// A request to the JSON API.
pub(crate) struct Request<'a> {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Below the server's address.
    pub path: &'a str,
    /// Session or ticket.
    pub token: Option<&'a str>,
    /// JSON; empty for `GET`.
    pub body: bytes::Bytes,
}

/// What a server answered.
pub(crate) struct Answer {
    /// HTTP status.
    pub status: u16,
    /// At most [`ANSWER_BYTES_MAX`].
    pub body: bytes::Bytes,
}

/// Most bytes read of an answer.
pub(crate) const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What came over the WebSocket.
pub(crate) enum Heard {
    /// Frames, all that were there.
    Frames(Vec<bytes::Bytes>),
    /// The end, and why.
    Closed(String),
}
