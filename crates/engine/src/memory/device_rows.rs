//! What a device that was let in expects of the log, and this user's devices that came later.

use rusqlite::{Connection, OptionalExtension};
use securechat_ids::DeviceId;

use super::MemoryError;

/// Keeps what the log must say.
pub(crate) fn expect(conn: &Connection, value: &[u8]) -> Result<(), MemoryError> {
    conn.execute("INSERT INTO expected_log (value) VALUES (?)", [value])?;
    Ok(())
}

pub(crate) fn expected(conn: &Connection) -> Result<Option<Vec<u8>>, MemoryError> {
    Ok(conn.prepare_cached("SELECT value FROM expected_log")?.query_row([], |row| row.get(0)).optional()?)
}

/// The log says it.
pub(crate) fn expect_nothing(conn: &Connection) -> Result<(), MemoryError> {
    conn.execute("DELETE FROM expected_log", [])?;
    Ok(())
}

/// A device came, and its person is to be asked; unless it is known already.
pub(crate) fn notice(conn: &Connection, device: &DeviceId) -> Result<bool, MemoryError> {
    let inserted = conn
        .prepare_cached("INSERT OR IGNORE INTO later_devices (device_id, answered) VALUES (?, 0)")?
        .execute([device.as_bytes()])?;
    Ok(inserted > 0)
}

/// The person knows the device.
pub(crate) fn answer(conn: &Connection, device: &DeviceId) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT OR REPLACE INTO later_devices (device_id, answered) VALUES (?, 1)")?
        .execute([device.as_bytes()])?;
    Ok(())
}

/// Devices that wait for an answer.
pub(crate) fn unanswered(conn: &Connection) -> Result<Vec<DeviceId>, MemoryError> {
    let mut query = conn.prepare_cached("SELECT device_id FROM later_devices WHERE answered = 0")?;
    let rows = query.query_map([], |row| Ok(DeviceId::from_bytes(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
