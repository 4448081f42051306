//! `[connections]`: how many there may be.

use serde::{Deserialize, Serialize};

/// Bounds of connections. Over them a connection is closed at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Connections {
    /// All together.
    pub max: usize,
    /// From one address (IPv6: one /64). Loopback is free of it, for proxies and tunnels come from there.
    pub per_address_max: usize,
}

impl Default for Connections {
    fn default() -> Self {
        Self { max: 18_000, per_address_max: 1_000 }
    }
}

impl Connections {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.max == 0 || self.per_address_max == 0 {
            return Err("connections.max and connections.per_address_max are at least 1".into());
        }
        Ok(())
    }
}
