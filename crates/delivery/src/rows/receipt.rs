//! Receipts: one of each device in each room.

use bytes::Bytes;
use securechat_ids::{DeviceId, Epoch, RoomId, UserId};

use super::RoomKey;
use crate::StoreError;

/// The newest receipt of a device in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptRow {
    /// Whose.
    pub device: DeviceId,
    /// Epoch whose key sealed it.
    pub epoch: Epoch,
    /// For the room's members.
    pub sealed: Bytes,
}

/// Reads and writes receipts.
#[expect(clippy::missing_errors_doc, reason = "every method fails with the store, and only then")]
pub trait ReceiptRows {
    /// Puts a device's receipt in place of its last one.
    fn put_receipt(
        &mut self,
        key: RoomKey,
        device: &DeviceId,
        epoch: Epoch,
        sealed: &[u8],
    ) -> Result<(), StoreError>;
    /// Those of a room, by device.
    fn receipts(&mut self, key: RoomKey) -> Result<Vec<ReceiptRow>, StoreError>;
    /// Those of a person's devices, by room and device.
    fn receipts_of(&mut self, user: &UserId) -> Result<Vec<(RoomId, ReceiptRow)>, StoreError>;
    /// Forgets a device's receipt.
    fn delete_receipt(&mut self, key: RoomKey, device: &DeviceId) -> Result<(), StoreError>;
}
