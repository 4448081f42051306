//! The engine behind the page: a module for a dedicated worker that is asked in JSON and tells in JSON.

#[cfg(target_family = "wasm")]
mod desk;
pub mod faces;
#[cfg(target_family = "wasm")]
mod keys;
#[cfg(target_family = "wasm")]
mod page;
pub mod strength;
pub mod words;
