//! The workspace log: signed chain links in order.

use securechat_ids::UserId;

use crate::StoreError;

/// A link at its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// 0, 1, 2 … in the log.
    pub position: u64,
    /// Whose chain.
    pub user: UserId,
    /// 0, 1, 2 … in that chain.
    pub seq: u64,
    /// The signed link.
    pub bytes: Vec<u8>,
    /// Root of the largest full subtree that this leaf completes (RFC 6962): from these every root is found.
    pub peak: [u8; 32],
}

/// Reads and grows the log. Links are never changed or deleted.
#[expect(clippy::missing_errors_doc, reason = "every method fails with the store, and only then")]
pub trait LinkRows {
    /// How many links there are.
    fn log_size(&mut self) -> Result<u64, StoreError>;
    /// Adds the link at position `log_size`.
    fn append_link(&mut self, link: &LinkRow) -> Result<(), StoreError>;
    /// Links from a position on, at most `limit`.
    fn links_from(&mut self, position: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError>;
    /// One user's links in order.
    fn chain_links(&mut self, user: &UserId) -> Result<Vec<Vec<u8>>, StoreError>;
    /// [`LinkRow::peak`] of one position.
    fn peak(&mut self, position: u64) -> Result<Option<[u8; 32]>, StoreError>;
}
