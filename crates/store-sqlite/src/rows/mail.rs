//! Key packages and inboxes.

use rusqlite::params;
use securechat_delivery::StoreError;
use securechat_delivery::rows::{InboxRow, KeyPackageRow, MailRows, PackageUse};
use securechat_ids::{DeviceId, Epoch, RoomId, Seq, UnixMillis};

use super::text;
use crate::tx::{SqliteTx, int, uint};

impl MailRows for SqliteTx<'_> {
    fn insert_key_package(&mut self, package: &KeyPackageRow) -> Result<bool, StoreError> {
        self.changed(
            "INSERT INTO key_packages (reference, device_id, usage, not_after_ms, package) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO NOTHING",
            params![
                package.reference,
                package.device.as_bytes(),
                text::usage_text(package.usage),
                int(package.not_after.0),
                package.package,
            ],
        )
    }

    fn key_package(
        &mut self,
        device: &DeviceId,
        usage: PackageUse,
        now: UnixMillis,
    ) -> Result<Option<KeyPackageRow>, StoreError> {
        self.one(
            "SELECT reference, device_id, usage, not_after_ms, package FROM key_packages
             WHERE device_id = ? AND usage = ? AND not_after_ms >= ? ORDER BY number LIMIT 1",
            (device.as_bytes(), text::usage_text(usage), int(now.0)),
            |row| {
                Ok(KeyPackageRow {
                    reference: row.get(0)?,
                    device: DeviceId::from_bytes(row.get(1)?),
                    usage: text::usage(row, 2)?,
                    not_after: UnixMillis(uint(row, 3)?),
                    package: row.get(4)?,
                })
            },
        )
    }

    fn count_key_packages(
        &mut self,
        device: &DeviceId,
        usage: PackageUse,
        now: UnixMillis,
    ) -> Result<u64, StoreError> {
        self.number(
            "SELECT count(*) FROM key_packages WHERE device_id = ? AND usage = ? AND not_after_ms >= ?",
            (device.as_bytes(), text::usage_text(usage), int(now.0)),
        )
    }

    fn spend_key_package(&mut self, reference: &[u8]) -> Result<(), StoreError> {
        self.execute(
            "UPDATE key_packages SET usage = 'spent', package = x'' WHERE reference = ?",
            [reference],
        )?;
        Ok(())
    }

    fn package_device(&mut self, reference: &[u8]) -> Result<Option<DeviceId>, StoreError> {
        self.one("SELECT device_id FROM key_packages WHERE reference = ?", [reference], |row| {
            Ok(DeviceId::from_bytes(row.get(0)?))
        })
    }

    fn purge_key_packages(&mut self, device: &DeviceId, now: UnixMillis) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM key_packages WHERE device_id = ? AND not_after_ms < ?",
            (device.as_bytes(), int(now.0)),
        )?;
        Ok(())
    }

    fn delete_key_packages(&mut self, device: &DeviceId) -> Result<(), StoreError> {
        self.execute("DELETE FROM key_packages WHERE device_id = ?", [device.as_bytes()])?;
        Ok(())
    }

    fn insert_inbox(
        &mut self,
        device: &DeviceId,
        room: &RoomId,
        epoch: Epoch,
        seq: Seq,
        welcome: &[u8],
    ) -> Result<u64, StoreError> {
        let number = self.one(
            "INSERT INTO inbox (device_id, room_id, epoch, seq, welcome) VALUES (?, ?, ?, ?, ?) RETURNING number",
            params![device.as_bytes(), room.as_bytes(), int(epoch.0), int(seq.0), welcome],
            |row| uint(row, 0),
        )?;
        number.ok_or_else(|| StoreError::Broken("an inserted row has no number".into()))
    }

    fn inbox(
        &mut self,
        device: &DeviceId,
        after: u64,
        items_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<InboxRow>, StoreError> {
        let (mut bytes, mut items) = (0, 0);
        self.some(
            "SELECT number, room_id, epoch, seq, welcome FROM inbox
             WHERE device_id = ? AND number > ? ORDER BY number LIMIT ?",
            (device.as_bytes(), int(after), int(items_max as u64)),
            |row| {
                Ok(InboxRow {
                    number: uint(row, 0)?,
                    room: RoomId::from_bytes(row.get(1)?),
                    epoch: Epoch(uint(row, 2)?),
                    seq: Seq(uint(row, 3)?),
                    welcome: row.get::<_, Vec<u8>>(4)?.into(),
                })
            },
            |item| {
                bytes += item.welcome.len();
                items += 1;
                items == 1 || bytes <= bytes_max
            },
        )
    }

    fn inbox_head(&mut self, device: &DeviceId) -> Result<u64, StoreError> {
        self.number("SELECT coalesce(max(number), 0) FROM inbox WHERE device_id = ?", [device.as_bytes()])
    }

    fn delete_inbox(&mut self, device: &DeviceId, up_to: u64) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM inbox WHERE device_id = ? AND number <= ?",
            (device.as_bytes(), int(up_to)),
        )?;
        Ok(())
    }

    fn trim_inbox(&mut self, device: &DeviceId, keep: usize) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM inbox WHERE device_id = ?1 AND number <= (
                 SELECT number FROM inbox WHERE device_id = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
            (device.as_bytes(), int(keep as u64)),
        )?;
        Ok(())
    }
}
