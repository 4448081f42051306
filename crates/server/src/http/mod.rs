//! The JSON API: a router over endpoints, one group in each file.

mod bearer;
mod body;
mod devices;
mod guard;
mod health;
mod invites;
mod linking;
mod login;
mod openapi;
mod overview;
mod pages;
mod password;
mod people;
mod prelogin;
mod problem;
mod recover;
mod register;
mod report;
mod reset;
mod router;
mod server_info;
mod session;
mod vault;
mod web;

pub use guard::secure;
pub(crate) use problem::Problem;
pub(crate) use router::router;
pub use web::{Web, WebBundle, WebFile};
