//! Configuration: defaults, and over them one optional TOML file. A file here for each section.

mod connections;
mod file;
mod listen;
mod passwords;
mod storage;
mod tls;

pub use connections::Connections;
pub use file::ConfigError;
pub use listen::Listen;
pub use passwords::Passwords;
pub use storage::Storage;
pub use tls::Tls;

use std::path::PathBuf;

use securechat_delivery::Limits;
use securechat_delivery::fairness::Rates;
use serde::{Deserialize, Serialize};

/// Everything a server can be told. Without a file all of it has defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of the database, the keys and the TLS identity; default `$XDG_DATA_HOME/securechat`.
    pub data: Option<PathBuf>,
    /// Where to listen, and what the machine is called.
    pub listen: Listen,
    /// Certificate and key of one's own.
    pub tls: Tls,
    /// How many connections there may be.
    pub connections: Connections,
    /// How passwords are hashed.
    pub passwords: Passwords,
    /// How much may be kept.
    pub storage: Storage,
    /// Bounds of accounts, rooms and sizes.
    pub limits: Limits,
    /// How fast may be sent.
    pub rates: Rates,
}
