//! `[listen]`: where, and under which names.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// Where the server listens, and what the machine is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Addresses with port; none means port 8765 on all of IPv4, and of IPv6 where there is any.
    pub addresses: Vec<SocketAddr>,
    /// Further names and IP addresses that clients reach this machine by, for the certificate made at first start.
    pub names: Vec<String>,
    /// Name or IP address that invite links carry; default the machine's first address on its network.
    pub public_host: Option<String>,
}
