//! The client's shell: connection, reconnect, timers, drive loop; plain views and one handle for faces.

mod account;
mod address;
mod client;
mod doctor;
mod drive;
mod failure;
mod http;
mod people;
mod platform;
#[cfg(not(target_family = "wasm"))]
pub mod tunnel;

#[cfg(not(target_family = "wasm"))]
pub use account::log_out;
pub use account::{Joined, LogIn, end_session, log_in, look, pinned, register};
pub use address::{Address, AddressError, InviteLink, server_words};
pub use client::{Client, Listener, Target};
pub use drive::{Connection, Told};
pub use failure::{Failure, refusal};
pub use people::{DeviceView, InviteView};
pub use platform::{Home, HomeError};
#[cfg(not(target_family = "wasm"))]
pub use platform::{KeyPlace, KeyringTrouble, NewKey};
pub use securechat_engine::account::check_strength;
pub use securechat_engine::clean::clean_text;
pub use securechat_engine::view;
pub use securechat_engine::{Check as Looked, Finding, Health, Hold, NewRoom, News, Repair};
pub use securechat_ids as ids;
pub use securechat_proto::http::{
    Certificate, Check, Device as AccountDevice, Limit, Overview, RefusalCount, Report, ReportRoom, Role,
    ServerInfo, Storage, User,
};
pub use securechat_proto::limits;
