//! The server's TLS identity: made at first start, renewed by itself, or read from own files.

mod authority;
mod identity;
mod leaf;
mod names;
mod own;
mod pin;

pub(crate) use identity::Identity;
pub use identity::IdentityError;
pub(crate) use names::{Names, primary_addresses};
