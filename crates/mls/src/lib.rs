//! Our MLS profile (suite, credential, policy extension) and the public validation of commits; holds no private key.

mod credential;
mod dm;
mod facts;
pub(crate) mod framing;
mod key_package;
mod peek;
mod policy;
pub mod profile;
mod public_room;
mod public_store;
mod rules;
mod welcome;

pub use credential::{Leaf, Member};
pub use dm::{dm_room, is_dm_room};
pub use facts::{read_facts, read_leaves, read_policy};
pub use key_package::{CheckedKeyPackage, check_key_package};
pub use peek::{PeekedMessage, is_external_commit, peek_private_message};
pub use policy::{History, Join, Kind, Policy, PolicyError};
pub use public_room::{Invalid, PublicRoom, StagedCommit};
pub use rules::{Added, Author, Facts, Removable, Violation, judge, judge_taking_up};
pub use welcome::{WelcomePart, split_welcome};
