//! The server's shell: HTTPS, sessions, TLS identity, limits, fan-out.

mod accept;
pub mod admin;
mod app;
#[cfg(debug_assertions)]
mod broken;
mod chance;
mod clock;
pub mod config;
mod folder;
mod http;
mod in_force;
mod keys;
mod links;
mod listen;
mod live;
mod passwords;
mod peers;
mod stall;
mod start;
mod sweep;
mod tally;
mod tls;
#[cfg(test)]
mod trial;
mod vitals;

pub use config::{Config, ConfigError};
pub use folder::FolderError;
pub use http::{Web, WebBundle, WebFile, secure};
pub use keys::KeyFileError;
pub use listen::ListenError;
pub use start::{Handle, StartError, Started, start};
pub use tls::IdentityError;
