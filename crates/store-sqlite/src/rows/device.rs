//! Devices.

use rusqlite::{Row, params};
use securechat_delivery::StoreError;
use securechat_delivery::rows::{DeviceRow, DeviceRows};
use securechat_ids::{DeviceId, UnixMillis, UserId};

use crate::tx::{SqliteTx, int, uint};

fn device(row: &Row<'_>) -> rusqlite::Result<DeviceRow> {
    Ok(DeviceRow {
        device: DeviceId::from_bytes(row.get(0)?),
        user: UserId::from_bytes(row.get(1)?),
        key: row.get(2)?,
        active: row.get(3)?,
        sealed_name: row.get(4)?,
        added: UnixMillis(uint(row, 5)?),
        seen: UnixMillis(uint(row, 6)?),
    })
}

impl DeviceRows for SqliteTx<'_> {
    fn insert_device(&mut self, device: &DeviceRow) -> Result<bool, StoreError> {
        self.changed(
            "INSERT INTO devices (device_id, user_id, key, active, sealed_name, added_ms, seen_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![
                device.device.as_bytes(),
                device.user.as_bytes(),
                device.key,
                device.active,
                device.sealed_name,
                int(device.added.0),
                int(device.seen.0),
            ],
        )
    }

    fn device(&mut self, id: &DeviceId) -> Result<Option<DeviceRow>, StoreError> {
        self.one(
            "SELECT device_id, user_id, key, active, sealed_name, added_ms, seen_ms FROM devices
             WHERE device_id = ?",
            [id.as_bytes()],
            device,
        )
    }

    fn active_devices(&mut self, user: &UserId) -> Result<Vec<DeviceRow>, StoreError> {
        self.all(
            "SELECT device_id, user_id, key, active, sealed_name, added_ms, seen_ms FROM devices
             WHERE user_id = ? AND active = 1 ORDER BY added_ms, device_id",
            [user.as_bytes()],
            device,
        )
    }

    fn set_device_name(
        &mut self,
        user: &UserId,
        device: &DeviceId,
        sealed_name: &[u8],
    ) -> Result<bool, StoreError> {
        self.changed(
            "UPDATE devices SET sealed_name = ? WHERE device_id = ? AND user_id = ? AND active = 1",
            (sealed_name, device.as_bytes(), user.as_bytes()),
        )
    }

    fn set_device_inactive(&mut self, device: &DeviceId) -> Result<(), StoreError> {
        self.execute("UPDATE devices SET active = 0 WHERE device_id = ?", [device.as_bytes()])?;
        Ok(())
    }

    fn set_seen(&mut self, device: &DeviceId, now: UnixMillis) -> Result<(), StoreError> {
        self.execute("UPDATE devices SET seen_ms = ? WHERE device_id = ?", (int(now.0), device.as_bytes()))?;
        Ok(())
    }
}
