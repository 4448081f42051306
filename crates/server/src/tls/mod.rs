//! The server's TLS identity: made at first start, renewed by itself, or read from own files.

mod authority;
mod certified;
mod fault;
mod identity;
mod leaf;
mod names;
mod own;
mod pin;

pub(crate) use authority::look;
pub use fault::IdentityError;
pub(crate) use identity::Identity;
pub(crate) use names::{Names, primary_addresses};
