//! Our MLS profile (suite, credential, policy extension) and the public validation of commits; holds no private key.

mod credential;
mod dm;
mod key_package;
mod peek;
mod policy;
mod public_room;
mod rules;
pub mod profile;
mod welcome;

pub use dm::dm_room;
pub use credential::{Leaf, Member};
pub use key_package::{CheckedKeyPackage, check_key_package};
pub use peek::{PeekedMessage, peek_private_message};
pub use policy::{History, Join, Kind, Policy, PolicyError};
pub use public_room::{Invalid, PublicRoom, StagedCommit};
pub use rules::{Added, Author, Facts, Removable, Violation, judge};
pub use welcome::split_welcome;
