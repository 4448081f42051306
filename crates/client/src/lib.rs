//! The client's shell: connection, reconnect, timers, drive loop; plain views and one handle for faces.

mod account;
mod address;
mod client;
mod drive;
mod failure;
mod home;
mod http;
mod people;
mod platform;
mod socket;
mod tls;

pub use account::{Joined, LogIn, log_in, log_out, register};
pub use address::{Address, AddressError, InviteLink, server_words};
pub use client::{Client, Listener, Target};
pub use drive::{Connection, Told};
pub use failure::{Failure, refusal};
pub use home::{Home, HomeError, KeyPlace, KeyringTrouble, NewKey};
pub use people::{DeviceView, InviteView};
pub use securechat_engine::view;
pub use securechat_engine::{Hold, NewRoom, News};
pub use securechat_ids as ids;
pub use securechat_proto::http::{Report, Role, ServerInfo, User};
pub use securechat_proto::limits;
