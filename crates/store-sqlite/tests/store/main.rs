//! The SQLite store as the mind and the operating system see it.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod conformance;
mod crash;
mod full;
mod opening;
mod seed;
