//! The client's shell: connection, reconnect, timers, drive loop; plain views and one handle for faces.

mod account;
mod address;
mod client;
mod doctor;
mod drive;
#[cfg(not(target_family = "wasm"))]
pub mod export;
mod failure;
mod history;
mod http;
mod linking;
mod people;
mod platform;
mod recovery;
mod relay;
mod trust;
#[cfg(not(target_family = "wasm"))]
pub mod tunnel;

#[cfg(not(target_family = "wasm"))]
pub use account::log_out;
pub use account::{Joined, LogIn, end_session, log_in, look, pinned, register};
pub use address::{Address, AddressError, InviteLink, server_words};
pub use client::{Client, Listener, Target};
pub use drive::{Connection, Told};
pub use failure::{Failure, refusal};
pub use linking::{Admission, NewDevice, Offer, Welcome};
pub use people::{AddedByView, DeviceView, InviteView};
pub use platform::{Home, HomeError};
#[cfg(not(target_family = "wasm"))]
pub use platform::{KeyPlace, KeyringTrouble, NewKey};
pub use recovery::{
    BeginAnew, ComeBack, ResetLink, begin_anew, check_recovery_key, new_recovery_key, recover,
};
pub use securechat_engine::account::check_strength;
pub use securechat_engine::clean::clean_text;
pub use securechat_engine::evidence;
pub use securechat_engine::view;
pub use securechat_engine::{Check as Looked, Finding, Health, Hold, NewRoom, News, Repair};
pub use securechat_ids as ids;
pub use securechat_proto::http::{
    Certificate, Check, Device as AccountDevice, Limit, Overview, RefusalCount, Report, ReportReceipt,
    ReportRoom, ReportSession, Role, ServerInfo, Storage, User,
};
pub use securechat_proto::limits;
pub use trust::Comparison;
