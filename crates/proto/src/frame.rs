//! Frames of the WebSocket at `/ws`: one protobuf message per binary frame (docs/protocol.md §4).
//!
//! The schema is these `prost` derives; golden bytes in the tests pin it. Identifiers are 16 raw bytes, times Unix
//! milliseconds.

mod group;
mod log;
mod own;
mod parts;
mod receipt;
mod room;
mod session;

use bytes::Bytes;
use prost::Message as _;

use crate::limits;

pub use group::*;
pub use log::*;
pub use own::*;
pub use receipt::*;
pub use room::*;
pub use session::*;

/// What a client sends: a request under an id that its answer repeats.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ClientFrame {
    /// Chosen by the client, unique among its open requests.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// The request.
    #[prost(oneof = "Request", tags = "2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19")]
    pub request: Option<Request>,
}

/// Everything a client may ask for over the WebSocket.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Request {
    /// First frame of a session.
    #[prost(message, tag = "2")]
    Hello(Hello),
    /// Append a message to a room.
    #[prost(message, tag = "3")]
    Publish(Publish),
    /// Append a commit to a room.
    #[prost(message, tag = "4")]
    Commit(Commit),
    /// Make a room of one leaf.
    #[prost(message, tag = "5")]
    CreateRoom(CreateRoom),
    /// Read a room's log.
    #[prost(message, tag = "6")]
    Fetch(Fetch),
    /// Read what is needed to join a room by external commit.
    #[prost(message, tag = "7")]
    GetGroup(GetGroup),
    /// Read the ratchet tree of an epoch that a Welcome names.
    #[prost(message, tag = "8")]
    GetTree(GetTree),
    /// Take key packages of other users' devices.
    #[prost(message, tag = "9")]
    ClaimKeyPackages(ClaimKeyPackages),
    /// Leave key packages for others to take.
    #[prost(message, tag = "10")]
    PutKeyPackages(PutKeyPackages),
    /// Read Welcomes addressed to this device.
    #[prost(message, tag = "11")]
    FetchInbox(FetchInbox),
    /// Delete inbox items up to one.
    #[prost(message, tag = "12")]
    AckInbox(AckInbox),
    /// Read the workspace log of chain links.
    #[prost(message, tag = "13")]
    FetchLog(FetchLog),
    /// Leave a room; its members are told to remove the leaves.
    #[prost(message, tag = "14")]
    Leave(Leave),
    /// Ask for a sign of life.
    #[prost(message, tag = "15")]
    Ping(Empty),
    /// Put a sealed item of this user.
    #[prost(message, tag = "16")]
    PutItem(PutItem),
    /// Read this user's sealed items.
    #[prost(message, tag = "17")]
    FetchItems(FetchItems),
    /// Put this device's sealed receipt for a room.
    #[prost(message, tag = "18")]
    PutReceipt(PutReceipt),
    /// Read a room's sealed receipts.
    #[prost(message, tag = "19")]
    FetchReceipts(FetchReceipts),
}

/// What a server sends: an answer, a refusal, or news nobody asked for.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ServerFrame {
    /// Id of the request this answers; zero for news.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// The answer or the news.
    #[prost(
        oneof = "Answer",
        tags = "2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24"
    )]
    pub answer: Option<Answer>,
}

/// Everything a server may say over the WebSocket.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Answer {
    /// The request was refused.
    #[prost(message, tag = "2")]
    Refused(Refused),
    /// To `Hello`.
    #[prost(message, tag = "3")]
    Ready(Ready),
    /// To `Publish`: durable.
    #[prost(message, tag = "4")]
    Published(Published),
    /// To `Commit`: durable, and the room is at this epoch now.
    #[prost(message, tag = "5")]
    Committed(Committed),
    /// To `CreateRoom`, `AckInbox`, `Leave`, `Ping`, `PutItem`, `PutReceipt`.
    #[prost(message, tag = "6")]
    Done(Empty),
    /// To `Fetch`.
    #[prost(message, tag = "7")]
    Events(Events),
    /// To `GetGroup`.
    #[prost(message, tag = "8")]
    Group(Group),
    /// To `GetTree`.
    #[prost(message, tag = "9")]
    Tree(Tree),
    /// To `ClaimKeyPackages`.
    #[prost(message, tag = "10")]
    KeyPackages(KeyPackages),
    /// To `PutKeyPackages`.
    #[prost(message, tag = "11")]
    KeyPackagesLeft(KeyPackagesLeft),
    /// To `FetchInbox`.
    #[prost(message, tag = "12")]
    Inbox(Inbox),
    /// To `FetchLog`.
    #[prost(message, tag = "13")]
    Log(Log),
    /// News: an event of a room this device is in.
    #[prost(message, tag = "14")]
    Event(Event),
    /// News: this session was too slow and missed some; say `Hello` again on it and fetch from the cursors.
    #[prost(message, tag = "15")]
    Resync(Empty),
    /// News: the workspace log has grown to this size.
    #[prost(message, tag = "16")]
    LogGrew(LogGrew),
    /// News: the device's inbox has grown.
    #[prost(message, tag = "17")]
    InboxGrew(Empty),
    /// News: leaves of a room are to be removed.
    #[prost(message, tag = "18")]
    MustRemove(MustRemove),
    /// News: this device or its user is no longer in the room.
    #[prost(message, tag = "19")]
    RoomGone(RoomGone),
    /// News: the server ends the session; the reason is a code.
    #[prost(message, tag = "20")]
    Bye(Refused),
    /// To `FetchItems`.
    #[prost(message, tag = "21")]
    Items(Items),
    /// News: another device of this user changed an item.
    #[prost(message, tag = "22")]
    ItemsGrew(Empty),
    /// To `FetchReceipts`.
    #[prost(message, tag = "23")]
    Receipts(Receipts),
    /// News: a device of a room put its receipt.
    #[prost(message, tag = "24")]
    Receipt(RoomReceipt),
}

/// Why bytes are not a frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Longer than [`limits::FRAME_BYTES_MAX`].
    #[error("the frame is longer than {} bytes", limits::FRAME_BYTES_MAX)]
    TooLong,
    /// Has more parts than [`limits::FRAME_PARTS_MAX`].
    #[error("the frame has more than {} parts", limits::FRAME_PARTS_MAX)]
    TooManyParts,
    /// Not protobuf of this schema.
    #[error("the frame is malformed")]
    Malformed,
}

impl ClientFrame {
    /// A request under `id`.
    pub fn new(id: u64, request: Request) -> Self {
        Self { id, request: Some(request) }
    }

    /// Reads a client's frame.
    ///
    /// # Errors
    /// [`FrameError`] for bytes over a limit or not of this schema.
    pub fn parse(bytes: Bytes) -> Result<Self, FrameError> {
        parse(bytes)
    }

    /// The bytes of this frame.
    pub fn to_bytes(&self) -> Bytes {
        self.encode_to_vec().into()
    }
}

impl ServerFrame {
    /// The answer to request `id`; news have id zero.
    pub fn new(id: u64, answer: Answer) -> Self {
        Self { id, answer: Some(answer) }
    }

    /// News that nobody asked for.
    pub fn news(answer: Answer) -> Self {
        Self::new(0, answer)
    }

    /// Reads a server's frame.
    ///
    /// # Errors
    /// [`FrameError`] for bytes over the limit or not of this schema.
    pub fn parse(bytes: Bytes) -> Result<Self, FrameError> {
        parse(bytes)
    }

    /// The bytes of this frame.
    pub fn to_bytes(&self) -> Bytes {
        self.encode_to_vec().into()
    }
}

fn parse<M: prost::Message + Default>(bytes: Bytes) -> Result<M, FrameError> {
    if bytes.len() > limits::FRAME_BYTES_MAX {
        return Err(FrameError::TooLong);
    }
    if parts::count(&bytes).ok_or(FrameError::Malformed)? > limits::FRAME_PARTS_MAX {
        return Err(FrameError::TooManyParts);
    }
    M::decode(bytes).map_err(|_| FrameError::Malformed)
}

#[cfg(test)]
mod tests;
