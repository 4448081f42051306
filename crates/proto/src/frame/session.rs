//! A session begins: who greets whom, where everything stands, and what was refused (docs/protocol.md §4).

use bytes::Bytes;

use crate::{Code, Refusal};

/// Nothing to say beside the fact.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct Empty {}

/// Opens a session.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Hello {
    /// Protocol version the client speaks.
    #[prost(uint32, tag = "1")]
    pub version: u32,
    /// Session token from the HTTP API.
    #[prost(string, tag = "2")]
    pub token: String,
}

/// A refusal on the wire; see [`Refusal`].
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Refused {
    /// See [`Code::number`].
    #[prost(uint32, tag = "1")]
    pub code: u32,
    /// For people.
    #[prost(string, tag = "2")]
    pub message: String,
    /// Milliseconds to wait.
    #[prost(uint64, tag = "3")]
    pub retry_after_ms: u64,
    /// The room's epoch.
    #[prost(uint64, tag = "4")]
    pub epoch: u64,
    /// The room's newest seq.
    #[prost(uint64, tag = "5")]
    pub head_seq: u64,
    /// Leaves to remove.
    #[prost(uint32, repeated, tag = "6")]
    pub leaves: Vec<u32>,
}

/// Where the server stands, as seen by this device.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Ready {
    /// Who the server is.
    #[prost(bytes = "bytes", tag = "1")]
    pub server_id: Bytes,
    /// Which life of its memory this is.
    #[prost(bytes = "bytes", tag = "2")]
    pub generation: Bytes,
    /// Its clock.
    #[prost(uint64, tag = "3")]
    pub now_ms: u64,
    /// Size of the workspace log.
    #[prost(uint64, tag = "4")]
    pub log_size: u64,
    /// Key packages of this device left on the server, the last-resort one left aside.
    #[prost(uint32, tag = "5")]
    pub key_packages_left: u32,
    /// Whether a last-resort key package is there.
    #[prost(bool, tag = "6")]
    pub last_resort: bool,
    /// Newest inbox item; zero when empty.
    #[prost(uint64, tag = "7")]
    pub inbox_head: u64,
    /// Every room the user is in, and the team room.
    #[prost(message, repeated, tag = "8")]
    pub rooms: Vec<RoomHead>,
    /// The team's room `#general`; empty until the owner's first device made it.
    #[prost(bytes = "bytes", tag = "9")]
    pub team_room: Bytes,
    /// The user's role: `owner`, `admin` or `member`.
    #[prost(string, tag = "10")]
    pub role: String,
}

/// Where one room stands.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RoomHead {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
    /// Its epoch.
    #[prost(uint64, tag = "2")]
    pub epoch: u64,
    /// Seq of its newest event.
    #[prost(uint64, tag = "3")]
    pub head_seq: u64,
    /// Whether the user is in it.
    #[prost(bool, tag = "4")]
    pub user_is_member: bool,
    /// Whether this device has a leaf in it.
    #[prost(bool, tag = "5")]
    pub device_is_member: bool,
    /// Leaves that must be removed.
    #[prost(uint32, repeated, tag = "6")]
    pub must_remove: Vec<u32>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code.number(),
            message: refusal.message,
            retry_after_ms: refusal.retry_after_ms,
            epoch: refusal.epoch,
            head_seq: refusal.head_seq,
            leaves: refusal.leaves,
        }
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self {
            code: Code::from_number(refused.code),
            message: refused.message,
            retry_after_ms: refused.retry_after_ms,
            epoch: refused.epoch,
            head_seq: refused.head_seq,
            leaves: refused.leaves,
        }
    }
}
