//! Stories: what happens to people, devices and rooms, told over a real SQLite file.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod accounts;
mod checking;
mod devices;
mod joining;
mod mail;
mod people;
mod phone;
mod registering;
mod removing;
mod talking;
mod world;
