//! Receipts of rooms' devices.

use rusqlite::{Row, params};
use securechat_delivery::StoreError;
use securechat_delivery::rows::{ReceiptRow, ReceiptRows, RoomKey};
use securechat_ids::{DeviceId, Epoch, RoomId, UserId};

use crate::tx::{SqliteTx, int, uint};

fn from_row(row: &Row<'_>) -> rusqlite::Result<ReceiptRow> {
    Ok(ReceiptRow {
        device: DeviceId::from_bytes(row.get(0)?),
        epoch: Epoch(uint(row, 1)?),
        sealed: row.get::<_, Vec<u8>>(2)?.into(),
    })
}

impl ReceiptRows for SqliteTx<'_> {
    fn put_receipt(
        &mut self,
        key: RoomKey,
        device: &DeviceId,
        epoch: Epoch,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR REPLACE INTO receipts (room, device_id, epoch, sealed) VALUES (?, ?, ?, ?)",
            params![key.0, device.as_bytes(), int(epoch.0), sealed],
        )?;
        Ok(())
    }

    fn receipts(&mut self, key: RoomKey) -> Result<Vec<ReceiptRow>, StoreError> {
        self.all(
            "SELECT device_id, epoch, sealed FROM receipts WHERE room = ? ORDER BY device_id",
            [key.0],
            from_row,
        )
    }

    fn receipts_of(&mut self, user: &UserId) -> Result<Vec<(RoomId, ReceiptRow)>, StoreError> {
        self.all(
            "SELECT p.device_id, p.epoch, p.sealed, r.room_id
             FROM stays s JOIN leaves l ON l.room = s.room AND l.user_id = s.user_id
             JOIN receipts p ON p.room = l.room AND p.device_id = l.device_id
             JOIN rooms r ON r.number = l.room
             WHERE s.user_id = ? ORDER BY r.room_id, p.device_id",
            [user.as_bytes()],
            |row| Ok((RoomId::from_bytes(row.get(3)?), from_row(row)?)),
        )
    }

    fn delete_receipt(&mut self, key: RoomKey, device: &DeviceId) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM receipts WHERE room = ? AND device_id = ?",
            params![key.0, device.as_bytes()],
        )?;
        Ok(())
    }
}
