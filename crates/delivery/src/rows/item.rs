//! A person's sealed items.

use bytes::Bytes;
use securechat_ids::UserId;

use crate::StoreError;

/// The newest of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemRow {
    /// Grows with every change of any item of the person.
    pub number: u64,
    /// 16 bytes that only the person's devices can tell the meaning of.
    pub name: [u8; 16],
    /// 1, 2, 3 …
    pub version: u64,
    /// Empty once taken away.
    pub sealed: Bytes,
}

/// Reads and writes items.
#[expect(clippy::missing_errors_doc, reason = "every method fails with the store, and only then")]
pub trait ItemRows {
    /// The version of a person's item; 0 when there is none.
    fn item_version(&mut self, user: &UserId, name: &[u8; 16]) -> Result<u64, StoreError>;
    /// Puts an item under a new number, in place of its last version.
    fn put_item(
        &mut self,
        user: &UserId,
        name: &[u8; 16],
        version: u64,
        sealed: &[u8],
    ) -> Result<(), StoreError>;
    /// A person's items after a number: at most `items_max`, and no more than fit `bytes_max`, but one at least.
    fn items(
        &mut self,
        user: &UserId,
        after: u64,
        items_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<ItemRow>, StoreError>;
    /// Forgets all items of a person, whose devices can open none of them any more.
    fn delete_items(&mut self, user: &UserId) -> Result<(), StoreError>;
    /// How many items a person has, and their bytes.
    fn count_items(&mut self, user: &UserId) -> Result<(u64, u64), StoreError>;
}
