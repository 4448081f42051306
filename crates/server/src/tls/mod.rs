//! The server's TLS identity: made at first start, renewed by itself, or read from own files.

mod authority;
mod identity;
mod leaf;
mod names;
mod own;
mod pin;

pub use identity::{Identity, IdentityError};
pub(crate) use names::{Names, primary_addresses};
