//! Items: what a user's devices keep for each other at the server, sealed (docs/protocol.md §2.1).

use bytes::Bytes;

/// Puts a sealed item in place of its last version (docs/protocol.md §2.1).
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct PutItem {
    /// 16 bytes.
    #[prost(bytes = "bytes", tag = "1")]
    pub name: Bytes,
    /// One more than the last version's; 1 for a new item.
    #[prost(uint64, tag = "2")]
    pub version: u64,
    /// At most [`crate::limits::ITEM_BYTES_MAX`]; empty to take it away.
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
