//! What it takes to come into a room: groups, trees, key packages and Welcomes (docs/protocol.md §6, §9).

use bytes::Bytes;

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
