//! The server's shell: HTTPS, sessions, TLS identity, limits, fan-out.

mod accept;
mod app;
mod chance;
mod clock;
pub mod config;
mod folder;
mod http;
mod keys;
mod live;
mod passwords;
mod peers;
mod tls;
