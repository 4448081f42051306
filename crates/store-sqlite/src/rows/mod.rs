//! The mind's rows in SQL, a file per kind.

mod account;
mod device;
mod entry;
mod event;
mod invite;
mod item;
mod link;
mod mail;
mod meta;
mod receipt;
mod room;
mod text;
