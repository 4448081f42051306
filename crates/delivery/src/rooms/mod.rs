//! Rooms: one log each, one gate in front of it.

mod access;
mod commit;
mod create;
mod leave;
mod publish;
mod read;
mod receipts;
mod sweep;
mod welcome;

pub use commit::commit;
pub use create::create;
pub use leave::leave;
pub use publish::publish;
pub use read::{fetch, group, tree};
pub use receipts::{put_receipt, receipts};
pub use sweep::sweep;
