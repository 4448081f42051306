//! Frames of the WebSocket at `/ws`: one protobuf message per binary frame (docs/protocol.md §4).
//!
//! The schema is these `prost` derives; golden bytes in the tests pin it. Identifiers are 16 raw bytes, times Unix
//! milliseconds.

mod parts;

use bytes::Bytes;
use prost::Message as _;

use crate::{Code, Refusal, limits};

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

/// Puts a sealed item in place of its last version (docs/protocol.md §2.1).
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct PutItem {
    /// 16 bytes.
    #[prost(bytes = "bytes", tag = "1")]
    pub name: Bytes,
    /// One more than the last version's; 1 for a new item.
    #[prost(uint64, tag = "2")]
    pub version: u64,
    /// At most [`limits::ITEM_BYTES_MAX`]; empty to take it away.
    #[prost(bytes = "bytes", tag = "3")]
    pub sealed: Bytes,
}

/// Reads this user's items.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct FetchItems {
    /// Number of the last one known; 0 for all.
    #[prost(uint64, tag = "1")]
    pub after: u64,
}

/// A page of a user's items; an empty one is the last.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Items {
    /// By number.
    #[prost(message, repeated, tag = "1")]
    pub items: Vec<Item>,
}

/// The newest version of an item.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Item {
    /// Grows with every change of any item of the user.
    #[prost(uint64, tag = "1")]
    pub number: u64,
    /// 16 bytes.
    #[prost(bytes = "bytes", tag = "2")]
    pub name: Bytes,
    /// 1, 2, 3 …
    #[prost(uint64, tag = "3")]
    pub version: u64,
    /// Empty once taken away.
    #[prost(bytes = "bytes", tag = "4")]
    pub sealed: Bytes,
}

/// Puts this device's receipt for a room in place of its last one (docs/protocol.md §8.3).
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct PutReceipt {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
    /// Epoch whose key sealed it.
    #[prost(uint64, tag = "2")]
    pub epoch: u64,
    /// At most [`limits::RECEIPT_BYTES_MAX`].
    #[prost(bytes = "bytes", tag = "3")]
    pub sealed: Bytes,
}

/// Reads the receipts of a room.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct FetchReceipts {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
}

/// The newest receipt of each device of a room that has put one.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Receipts {
    /// By device.
    #[prost(message, repeated, tag = "1")]
    pub receipts: Vec<Receipt>,
}

/// A device's receipt.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Receipt {
    /// Whose.
    #[prost(bytes = "bytes", tag = "1")]
    pub device: Bytes,
    /// Epoch whose key sealed it.
    #[prost(uint64, tag = "2")]
    pub epoch: u64,
    /// For the room's members.
    #[prost(bytes = "bytes", tag = "3")]
    pub sealed: Bytes,
}

/// A receipt that was put just now.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct RoomReceipt {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
    /// Whose.
    #[prost(bytes = "bytes", tag = "2")]
    pub device: Bytes,
    /// Epoch whose key sealed it.
    #[prost(uint64, tag = "3")]
    pub epoch: u64,
    /// For the room's members.
    #[prost(bytes = "bytes", tag = "4")]
    pub sealed: Bytes,
}

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
    /// Most events wanted; at most [`limits::FETCH_EVENTS_MAX`].
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

/// Asks for GroupInfo and tree of the current epoch.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct GetGroup {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
}

/// What an external commit needs.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Group {
    /// The room's epoch.
    #[prost(uint64, tag = "1")]
    pub epoch: u64,
    /// Seq of its newest event.
    #[prost(uint64, tag = "2")]
    pub head_seq: u64,
    /// GroupInfo without the tree.
    #[prost(bytes = "bytes", tag = "3")]
    pub group_info: Bytes,
    /// Ratchet tree.
    #[prost(bytes = "bytes", tag = "4")]
    pub tree: Bytes,
}

/// Asks for the tree of an epoch that issued a Welcome.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct GetTree {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
    /// The epoch.
    #[prost(uint64, tag = "2")]
    pub epoch: u64,
}

/// A ratchet tree.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Tree {
    /// RatchetTree (RFC 9420 §12.4.3.3).
    #[prost(bytes = "bytes", tag = "1")]
    pub tree: Bytes,
}

/// Takes one key package of each active device of these users.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct ClaimKeyPackages {
    /// The users.
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub users: Vec<Bytes>,
}

/// The taken key packages.
#[derive(Clone, PartialEq, prost::Message)]
pub struct KeyPackages {
    /// One for each device that had any.
    #[prost(message, repeated, tag = "1")]
    pub packages: Vec<ClaimedKeyPackage>,
}

/// One taken key package.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct ClaimedKeyPackage {
    /// Whose device.
    #[prost(bytes = "bytes", tag = "1")]
    pub user: Bytes,
    /// Which device.
    #[prost(bytes = "bytes", tag = "2")]
    pub device: Bytes,
    /// MLS KeyPackage.
    #[prost(bytes = "bytes", tag = "3")]
    pub key_package: Bytes,
}

/// Leaves key packages; a last-resort one replaces the former.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct PutKeyPackages {
    /// For one use each.
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub packages: Vec<Bytes>,
    /// Used when the others are gone; empty to keep the present one.
    #[prost(bytes = "bytes", tag = "2")]
    pub last_resort: Bytes,
}

/// How many key packages the server holds now.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct KeyPackagesLeft {
    /// The last-resort one left aside.
    #[prost(uint32, tag = "1")]
    pub left: u32,
}

/// Reads the device's inbox.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct FetchInbox {
    /// Items after this one.
    #[prost(uint64, tag = "1")]
    pub after: u64,
}

/// A page of the device's inbox.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Inbox {
    /// In order.
    #[prost(message, repeated, tag = "1")]
    pub items: Vec<InboxItem>,
}

/// A Welcome waiting for a device.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct InboxItem {
    /// Its place in the inbox.
    #[prost(uint64, tag = "1")]
    pub number: u64,
    /// The room it leads to.
    #[prost(bytes = "bytes", tag = "2")]
    pub room: Bytes,
    /// The epoch it leads to.
    #[prost(uint64, tag = "3")]
    pub epoch: u64,
    /// Seq of the commit that made it.
    #[prost(uint64, tag = "4")]
    pub seq: u64,
    /// MLS Welcome with one entry.
    #[prost(bytes = "bytes", tag = "5")]
    pub welcome: Bytes,
}

/// Deletes inbox items up to and with this one.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct AckInbox {
    /// The last one handled.
    #[prost(uint64, tag = "1")]
    pub up_to: u64,
}

/// Reads the workspace log.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct FetchLog {
    /// Links already known.
    #[prost(uint64, tag = "1")]
    pub from: u64,
}

/// A page of the workspace log.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Log {
    /// Signed links in log order, from the first wanted.
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub links: Vec<Bytes>,
    /// Size of the log.
    #[prost(uint64, tag = "2")]
    pub size: u64,
    /// RFC 6962 root over the first `from + links.len()` leaves.
    #[prost(bytes = "bytes", tag = "3")]
    pub root: Bytes,
}

/// The workspace log has grown.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct LogGrew {
    /// Its size.
    #[prost(uint64, tag = "1")]
    pub size: u64,
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

#[cfg(test)]
mod tests;
