//! The only crate that holds MLS secrets: groups, key packages, stage → accept or discard.
//!
//! Every act writes through the `rusqlite::Connection` it is given, inside whatever transaction the caller holds. After
//! a rollback, groups in memory are ahead of the store and must be loaded again.

mod device_key;
mod error;
mod group;
mod joining;
mod key_package;
mod profiled;
mod provider;
mod storage;

pub use device_key::DeviceKey;
pub use error::MemberError;
pub use group::{Change, Founding, Group, Received, StagedIn, StagedOut};
pub use joining::Joining;
pub use key_package::new_key_package;
pub use provider::Provider;
pub use storage::{SCHEMA, StorageError, Table};
