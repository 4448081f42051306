//! Receipts (docs/protocol.md §8.3).

use bytes::Bytes;

/// Puts this device's receipt for a room in place of its last one (docs/protocol.md §8.3).
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct PutReceipt {
    /// The room.
    #[prost(bytes = "bytes", tag = "1")]
    pub room: Bytes,
    /// Epoch whose key sealed it.
    #[prost(uint64, tag = "2")]
    pub epoch: u64,
    /// At most [`crate::limits::RECEIPT_BYTES_MAX`].
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
