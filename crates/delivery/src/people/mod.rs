//! The team: its owner, invites, roles, deactivation, and what the server knows of a person.

mod invites;
mod overview;
mod owner;
mod report;
mod reset_codes;
mod roles;

pub use invites::{create_invite, invites, revoke_invite};
pub use overview::{Counts, overview};
pub(crate) use owner::{forget_owner_code, is_owner_code};
pub use owner::{needs_owner, owner_code};
pub use report::report;
pub use reset_codes::reset_code;
pub(crate) use roles::role_now;
pub use roles::{deactivate, set_role, users};
