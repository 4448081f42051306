//! Rooms: where they stand, their log, their leaves, their people.

use bytes::Bytes;
use securechat_ids::{DeviceId, Epoch, MessageId, RoomId, Seq, UnixMillis, UserId};
use securechat_proto::frame::EventKind;

use crate::StoreError;

/// The store's own short name of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoomKey(pub i64);

/// Where a room stands: all that publishing needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRow {
    /// Short name.
    pub key: RoomKey,
    /// The room.
    pub room: RoomId,
    /// Its epoch.
    pub epoch: Epoch,
    /// Seq of its newest event; 0 when there is none.
    pub head: Seq,
    /// Whether everybody of the team may join.
    pub open: bool,
    /// How many leaves are due to be removed.
    pub due: u32,
}

/// A room's MLS group at its epoch, as far as it is public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// What commits are checked against.
    pub public: Vec<u8>,
    /// GroupInfo, for those who join by commit.
    pub group_info: Vec<u8>,
}

/// An event of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Its place.
    pub seq: Seq,
    /// Message or commit.
    pub kind: EventKind,
    /// Epoch it was made in.
    pub epoch: Epoch,
    /// Device that sent it.
    pub device: DeviceId,
    /// Its idempotency key.
    pub message_id: MessageId,
    /// When the server took it.
    pub time: UnixMillis,
    /// PrivateMessage or PublicMessage.
    pub mls: Bytes,
    /// Sealed content envelope of a message, key link of a commit; either may be empty.
    pub body: Bytes,
}

/// Where an event that was sent again has its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its seq.
    pub seq: Seq,
    /// Message or commit.
    pub kind: EventKind,
    /// Epoch it was made in.
    pub epoch: Epoch,
    /// When the server took it.
    pub time: UnixMillis,
}

/// A leaf of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeafRow {
    /// Its index.
    pub index: u32,
    /// Whose.
    pub user: UserId,
    /// Which device's.
    pub device: DeviceId,
}

/// Whether a person is in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoomStay {
    /// In it.
    Member,
    /// Left it; the leaves are still to be removed.
    Left,
}

/// What a person sent to a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomTraffic {
    /// Events.
    pub events: u64,
    /// Their sealed bytes.
    pub bytes: u64,
}

/// Reads and writes rooms.
#[expect(clippy::missing_errors_doc, reason = "every method fails with the store, and only then")]
pub trait RoomRows {
    /// Makes a room at epoch 0 without events; `None`, and nothing is written, when its id is taken.
    fn insert_room(&mut self, room: &RoomId, open: bool) -> Result<Option<RoomKey>, StoreError>;
    /// Where a room stands.
    fn room(&mut self, room: &RoomId) -> Result<Option<RoomRow>, StoreError>;
    /// Where every room stands, the oldest first.
    fn rooms(&mut self) -> Result<Vec<RoomRow>, StoreError>;
    /// Where each room of a person stands, and how they are in it, by room.
    fn rooms_of(&mut self, user: &UserId) -> Result<Vec<(RoomRow, RoomStay, UnixMillis)>, StoreError>;
    /// How many rooms a person is in.
    fn count_rooms_of(&mut self, user: &UserId) -> Result<u64, StoreError>;
    /// How many rooms somebody is in.
    fn count_rooms(&mut self) -> Result<u64, StoreError>;
    /// Moves a room to an epoch.
    fn set_epoch(&mut self, key: RoomKey, epoch: Epoch, open: bool) -> Result<(), StoreError>;

    /// The room's MLS group.
    fn group(&mut self, key: RoomKey) -> Result<Option<GroupRow>, StoreError>;
    /// Replaces it.
    fn set_group(&mut self, key: RoomKey, public: &[u8], group_info: &[u8]) -> Result<(), StoreError>;

    /// The place of an event sent before.
    fn place(
        &mut self,
        key: RoomKey,
        device: &DeviceId,
        message: &MessageId,
    ) -> Result<Option<Place>, StoreError>;
    /// Adds the event at the seq after the head, and makes it the head.
    fn append_event(&mut self, key: RoomKey, event: &EventRow) -> Result<(), StoreError>;
    /// Events from a seq on: at most `events_max`, and no more than fit `bytes_max`, but one at least.
    fn events(
        &mut self,
        key: RoomKey,
        from: Seq,
        events_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<EventRow>, StoreError>;
    /// The newest events before a seq, oldest of them first: at most `events_max`, and no more than fit `bytes_max`, but
    /// one at least.
    fn events_before(
        &mut self,
        key: RoomKey,
        before: Seq,
        events_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<EventRow>, StoreError>;
    /// Sets how many days a room's messages are kept; 0 is for ever.
    fn set_keep_days(&mut self, key: RoomKey, days: u32) -> Result<(), StoreError>;
    /// A room whose oldest event that was not swept is due by its limit: how far it was swept, and the moment before which
    /// events are due.
    fn next_due(&mut self, now: UnixMillis) -> Result<Option<(RoomKey, Seq, UnixMillis)>, StoreError>;
    /// Puts other bytes in place of an event's `mls` and `body`; its place stays. `deleted`: they are hashes, and the
    /// event is read as [`EventKind::Deleted`].
    fn replace_event(
        &mut self,
        key: RoomKey,
        seq: Seq,
        bytes: (&[u8], &[u8]),
        deleted: bool,
    ) -> Result<(), StoreError>;
    /// Everything up to a seq has been swept.
    fn set_swept(&mut self, key: RoomKey, seq: Seq) -> Result<(), StoreError>;
    /// What a person's devices sent to a room.
    fn traffic(&mut self, key: RoomKey, user: &UserId) -> Result<RoomTraffic, StoreError>;

    /// All leaves by index.
    fn leaves(&mut self, key: RoomKey) -> Result<Vec<LeafRow>, StoreError>;
    /// A device's leaf, and whether it is due to be removed.
    fn leaf_of(&mut self, key: RoomKey, device: &DeviceId) -> Result<Option<(LeafRow, bool)>, StoreError>;
    /// Takes away and adds leaves.
    fn change_leaves(&mut self, key: RoomKey, gone: &[LeafRow], come: &[LeafRow]) -> Result<(), StoreError>;
    /// Rooms where a device has a leaf.
    fn rooms_with_device(&mut self, device: &DeviceId) -> Result<Vec<(RoomKey, RoomId)>, StoreError>;
    /// Finds anew which leaves are due to be removed (their person left or was deactivated, or their device was revoked)
    /// and which devices are told of events; keeps both.
    fn refresh_due(&mut self, key: RoomKey) -> Result<Vec<u32>, StoreError>;
    /// Leaves due to be removed, as last found.
    fn due(&mut self, key: RoomKey) -> Result<Vec<u32>, StoreError>;
    /// Devices told of events, as last found.
    fn audience(&mut self, key: RoomKey) -> Result<Vec<DeviceId>, StoreError>;

    /// How a person is in a room, and since when.
    fn stay(&mut self, key: RoomKey, user: &UserId) -> Result<Option<(RoomStay, UnixMillis)>, StoreError>;
    /// Sets how a person is in a room; `since` is kept if they were in it before.
    fn set_stay(
        &mut self,
        key: RoomKey,
        user: &UserId,
        stay: RoomStay,
        since: UnixMillis,
    ) -> Result<(), StoreError>;
    /// Forgets a person in a room.
    fn delete_stay(&mut self, key: RoomKey, user: &UserId) -> Result<(), StoreError>;

    /// Keeps a tree for those whom a Welcome invites to its epoch.
    fn insert_tree(
        &mut self,
        key: RoomKey,
        epoch: Epoch,
        tree: &[u8],
        expires: UnixMillis,
    ) -> Result<(), StoreError>;
    /// A tree kept so.
    fn tree(&mut self, key: RoomKey, epoch: Epoch) -> Result<Option<Vec<u8>>, StoreError>;
    /// Forgets trees that ended before `now`.
    fn purge_trees(&mut self, now: UnixMillis) -> Result<(), StoreError>;
}
