//! The SQLite store as the mind and the operating system see it.

mod conformance;
mod crash;
mod full;
mod opening;
mod seed;
