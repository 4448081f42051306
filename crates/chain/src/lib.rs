//! Who a person's devices are: signed chains, one per user, gathered in one append-only log (docs/protocol.md §5).
//!
//! Everybody in a team holds all chains and checks each link, so a server that slips in a device is seen.
//! Nothing here signs: a signing function is handed in.

mod chain;
mod link;
mod log;
mod registry;

pub use chain::{Chain, ChainDevice, ChainError};
pub use link::{Link, LinkError, LinkHash, Op, PublicKey, SignedLink, device_possession};
pub use log::{Frontier, leaf_hash};
pub use registry::{Registry, RegistryError};
