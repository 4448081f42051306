//! A room's events: said, changed, fetched, left (docs/protocol.md §4.1, §4.2).

use bytes::Bytes;

/// Appends a message at an epoch.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Publish {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
    /// Epoch the message was encrypted in.
    #[prost(uint64, tag = "2")]
    pub base_epoch: u64,
    /// Idempotency key.
    #[prost(bytes = "bytes", tag = "3")]
    pub message_id: Bytes,
    /// MLS PrivateMessage.
    #[prost(bytes = "bytes", tag = "4")]
    pub mls: Bytes,
    /// Sealed content envelope; empty in rooms without history.
    #[prost(bytes = "bytes", tag = "5")]
    pub body: Bytes,
}

/// A message's place.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct Published {
    /// Its seq.
    #[prost(uint64, tag = "1")]
    pub seq: u64,
    /// When the server took it.
    #[prost(uint64, tag = "2")]
    pub time_ms: u64,
}

/// Appends a commit, from a member or by a newcomer (external commit).
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Commit {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
    /// Epoch the commit ends.
    #[prost(uint64, tag = "2")]
    pub base_epoch: u64,
    /// Idempotency key.
    #[prost(bytes = "bytes", tag = "3")]
    pub message_id: Bytes,
    /// MLS PublicMessage with the commit.
    #[prost(bytes = "bytes", tag = "4")]
    pub commit: Bytes,
    /// GroupInfo of the new epoch, without the tree, with external_pub.
    #[prost(bytes = "bytes", tag = "5")]
    pub group_info: Bytes,
    /// Welcome for the added devices; empty when there is none.
    #[prost(bytes = "bytes", tag = "6")]
    pub welcome: Bytes,
    /// Key link (docs/protocol.md §8.1); empty when there is none. It becomes the body of the commit's event.
    #[prost(bytes = "bytes", tag = "7")]
    pub link: Bytes,
}

/// A commit's place.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct Committed {
    /// Its seq.
    #[prost(uint64, tag = "1")]
    pub seq: u64,
    /// When the server took it.
    #[prost(uint64, tag = "2")]
    pub time_ms: u64,
    /// The epoch it began.
    #[prost(uint64, tag = "3")]
    pub epoch: u64,
}

/// Makes a room of one leaf, the asking device's.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct CreateRoom {
    /// The room; equal to the MLS group id.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
    /// GroupInfo of epoch 0.
    #[prost(bytes = "bytes", tag = "2")]
    pub group_info: Bytes,
    /// Ratchet tree of epoch 0.
    #[prost(bytes = "bytes", tag = "3")]
    pub tree: Bytes,
    /// Whether this is the team's `#general`: owner only, once.
    #[prost(bool, tag = "4")]
    pub team_room: bool,
}

/// Reads a room's log.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Fetch {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
    /// First seq wanted.
    #[prost(uint64, tag = "2")]
    pub from_seq: u64,
    /// Most events wanted; at most [`crate::limits::FETCH_EVENTS_MAX`].
    #[prost(uint32, tag = "3")]
    pub limit: u32,
    /// When not 0: the newest events before this seq are wanted, and `from_seq` is not looked at.
    #[prost(uint64, tag = "4")]
    pub before_seq: u64,
}

/// A page of a room's log.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Events {
    /// In order of seq, without gaps: from the first wanted, or up to the last.
    #[prost(message, repeated, tag = "1")]
    pub events: Vec<Event>,
    /// Seq of the room's newest event.
    #[prost(uint64, tag = "2")]
    pub head_seq: u64,
}

/// One event of a room.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Event {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
    /// Its place.
    #[prost(uint64, tag = "2")]
    pub seq: u64,
    /// Message or commit: see [`EventKind`].
    #[prost(enumeration = "EventKind", tag = "3")]
    pub kind: i32,
    /// Epoch it was made in.
    #[prost(uint64, tag = "4")]
    pub epoch: u64,
    /// Device that sent it.
    #[prost(bytes = "bytes", tag = "5")]
    pub device: Bytes,
    /// Its idempotency key.
    #[prost(bytes = "bytes", tag = "6")]
    pub message_id: Bytes,
    /// When the server took it.
    #[prost(uint64, tag = "7")]
    pub time_ms: u64,
    /// PrivateMessage of a message, PublicMessage of a commit.
    #[prost(bytes = "bytes", tag = "8")]
    pub mls: Bytes,
    /// Sealed content envelope of a message.
    #[prost(bytes = "bytes", tag = "9")]
    pub body: Bytes,
}

/// Kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum EventKind {
    /// Not set, or of a newer version.
    Unknown = 0,
    /// An application message.
    Message = 1,
    /// A commit.
    Commit = 2,
    /// A message that was deleted by its room's limit: `mls` and `body` are the SHA-256 hashes of what was there.
    Deleted = 3,
}

/// Leaves a room.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Leave {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
}

/// Leaves of a room are to be removed.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct MustRemove {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
    /// All leaves due.
    #[prost(uint32, repeated, tag = "2")]
    pub leaves: Vec<u32>,
}

/// The room is closed to this device.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct RoomGone {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
}
