//! The newest receipt of each device in a room.

use rusqlite::{Connection, OptionalExtension, Row};
use securechat_ids::{DeviceId, Epoch, RoomId, Seq};

use super::MemoryError;

#[derive(Clone, Debug)]
pub(crate) struct ReceiptRow {
    pub device: DeviceId,
    pub epoch: Epoch,
    /// 0: not told.
    pub seq: Seq,
    /// As it was signed; empty for this device's own.
    pub receipt: Vec<u8>,
    /// Whether its transcript has been compared.
    pub compared: bool,
}

const COLUMNS: &str = "device_id, epoch, seq, receipt, compared";

fn from_row(row: &Row<'_>) -> rusqlite::Result<ReceiptRow> {
    Ok(ReceiptRow {
        device: DeviceId::from_bytes(row.get(0)?),
        epoch: Epoch(row.get(1)?),
        seq: Seq(row.get(2)?),
        receipt: row.get(3)?,
        compared: row.get(4)?,
    })
}

pub(crate) fn read(
    conn: &Connection,
    room: &RoomId,
    device: &DeviceId,
) -> Result<Option<ReceiptRow>, MemoryError> {
    Ok(conn
        .prepare_cached(&format!("SELECT {COLUMNS} FROM receipts WHERE room_id = ? AND device_id = ?"))?
        .query_row(rusqlite::params![room.as_bytes(), device.as_bytes()], from_row)
        .optional()?)
}

pub(crate) fn all(conn: &Connection, room: &RoomId) -> Result<Vec<ReceiptRow>, MemoryError> {
    let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM receipts WHERE room_id = ?"))?;
    let rows = query.query_map([room.as_bytes()], from_row)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Those whose transcript can be compared once this device has come to `cursor`.
pub(crate) fn waiting(conn: &Connection, room: &RoomId, cursor: Seq) -> Result<Vec<ReceiptRow>, MemoryError> {
    let mut query = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM receipts WHERE room_id = ? AND compared = 0 AND seq <= ?"
    ))?;
    let rows =
        query.query_map(rusqlite::params![room.as_bytes(), cursor.0], from_row)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Keeps a receipt in place of the device's last one.
pub(crate) fn write(conn: &Connection, room: &RoomId, row: &ReceiptRow) -> Result<(), MemoryError> {
    conn.prepare_cached(&format!(
        "INSERT OR REPLACE INTO receipts (room_id, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
    ))?
    .execute(rusqlite::params![
        room.as_bytes(),
        row.device.as_bytes(),
        row.epoch.0,
        row.seq.0,
        row.receipt,
        row.compared
    ])?;
    Ok(())
}
