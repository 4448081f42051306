//! What the server's database holds, read without the server; and what a killed device's does.

use std::path::Path;

use anyhow::{Context as _, Result};
use data_encoding::HEXLOWER;
use rusqlite::{Connection, OpenFlags};
use securechat_checker::{Event, RowKind};

/// The kind of event that brings a room into its next epoch.
const COMMIT: i64 = 2;

/// Every room's log, as the judge wants it.
pub(crate) fn log(data: &Path) -> Result<Vec<Event>> {
    let conn = open(&data.join("securechat.db"))?;
    let mut rows = conn.prepare(
        "SELECT r.room_id, e.place & 0xffffffff, e.epoch, e.kind, e.device_id, e.message_id
         FROM events e JOIN rooms r ON r.number = e.place >> 32 ORDER BY e.place",
    )?;
    let rows = rows.query_map([], |row| {
        Ok(Event::LogRow {
            room: hex(&row.get::<_, [u8; 16]>(0)?),
            seq: row.get(1)?,
            epoch: row.get(2)?,
            kind: if row.get::<_, i64>(3)? == COMMIT { RowKind::Commit } else { RowKind::Message },
            device: hex(&row.get::<_, [u8; 16]>(4)?),
            id: hex(&row.get::<_, [u8; 16]>(5)?),
            welcomes: Vec::new(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A ciphertext under its message and epoch.
pub(crate) struct Sealed {
    pub(crate) message_id: String,
    pub(crate) epoch: u64,
    pub(crate) bytes: Vec<u8>,
}

/// The ciphertexts that the server has of a device.
pub(crate) fn published(data: &Path, device: &str) -> Result<Vec<Sealed>> {
    let conn = open(&data.join("securechat.db"))?;
    let mut rows =
        conn.prepare("SELECT message_id, epoch, mls FROM events WHERE device_id = ? AND kind = 1")?;
    let device = HEXLOWER.decode(device.as_bytes())?;
    let rows = rows.query_map([device], sealed)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The ciphertexts that a device keeps to send them. `home` is a copy: to look is to let SQLite mend it.
pub(crate) fn outbox(home: &Path) -> Result<Vec<Sealed>> {
    let conn = unlock(home)?;
    let mut rows = conn.prepare("SELECT message_id, epoch, mls FROM outbox WHERE mls IS NOT NULL")?;
    let rows = rows.query_map([], sealed)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes from a device what it has sealed, for a control.
pub(crate) fn forget_sealed(home: &Path) -> Result<()> {
    Ok(unlock(home)?.execute_batch("UPDATE outbox SET epoch = NULL, mls = NULL, body = NULL")?)
}

fn unlock(home: &Path) -> Result<Connection> {
    let key = std::fs::read(home.join("device.key")).context("the device's key")?;
    let conn = Connection::open_with_flags(home.join("device.db"), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.execute_batch(&format!("PRAGMA key = \"x'{}'\"", HEXLOWER.encode(&key)))?;
    Ok(conn)
}

fn sealed(row: &rusqlite::Row<'_>) -> rusqlite::Result<Sealed> {
    Ok(Sealed { message_id: hex(&row.get::<_, [u8; 16]>(0)?), epoch: row.get(1)?, bytes: row.get(2)? })
}

/// What SQLite's whole check says of the server's file; `ok` if all is well.
pub(crate) fn integrity(data: &Path) -> Result<String> {
    let conn = open(&data.join("securechat.db"))?;
    Ok(conn.query_row("PRAGMA integrity_check", [], |row| row.get(0))?)
}

/// With the write-ahead log, whether the server runs or not.
fn open(path: &Path) -> Result<Connection> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .with_context(|| format!("cannot open {}", path.display()))?;
    conn.busy_timeout(std::time::Duration::from_secs(10))?;
    conn.execute_batch("PRAGMA query_only = ON")?;
    Ok(conn)
}

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}
