//! The workspace log (docs/protocol.md §5).

use bytes::Bytes;

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
