//! Where this user's sealed items stand on this device, and the keys they hold.

use rusqlite::{Connection, OptionalExtension};
use securechat_ids::{Epoch, RoomId};

use super::MemoryError;

/// Where an item stands: its version as last known, and whether this device has something newer for it.
pub(crate) fn write(
    conn: &Connection,
    kind: &str,
    subject: &[u8],
    version: u64,
    due: bool,
) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT OR REPLACE INTO items (kind, subject, version, due) VALUES (?, ?, ?, ?)")?
        .execute(rusqlite::params![kind, subject, version, due])?;
    Ok(())
}

/// This device has something newer for an item.
pub(crate) fn set_due(conn: &Connection, kind: &str, subject: &[u8]) -> Result<(), MemoryError> {
    conn.prepare_cached(
        "INSERT INTO items (kind, subject, version, due) VALUES (?, ?, 0, 1)
         ON CONFLICT DO UPDATE SET due = 1",
    )?
    .execute(rusqlite::params![kind, subject])?;
    Ok(())
}

/// An item that is to be put next, those that the server has none of first: kind, subject, version as last known.
pub(crate) fn next_due(conn: &Connection) -> Result<Option<(String, Vec<u8>, u64)>, MemoryError> {
    let row = conn
        .prepare_cached(
            "SELECT kind, subject, version FROM items WHERE due = 1 ORDER BY version > 0, kind, subject LIMIT 1",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    Ok(row)
}

/// Nothing of what was put counts any more: all of it is to be put anew.
pub(crate) fn begin_anew(conn: &Connection) -> Result<(), MemoryError> {
    conn.execute_batch("UPDATE items SET version = 0, due = 1; DELETE FROM items_seen")?;
    Ok(())
}

/// Number of the newest item taken in.
pub(crate) fn seen(conn: &Connection) -> Result<u64, MemoryError> {
    let number = conn.query_row("SELECT number FROM items_seen", [], |row| row.get(0)).optional()?;
    Ok(number.unwrap_or(0))
}

pub(crate) fn set_seen(conn: &Connection, number: u64) -> Result<(), MemoryError> {
    conn.execute("INSERT OR REPLACE INTO items_seen (id, number) VALUES (1, ?)", [number])?;
    Ok(())
}

/// Remembers that no link leads back to an epoch.
pub(crate) fn hold(conn: &Connection, room: &RoomId, epoch: Epoch) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT OR IGNORE INTO held_keys (room_id, epoch) VALUES (?, ?)")?
        .execute(rusqlite::params![room.as_bytes(), epoch.0])?;
    Ok(())
}

pub(crate) fn held(conn: &Connection, room: &RoomId) -> Result<Vec<Epoch>, MemoryError> {
    let mut query = conn.prepare_cached("SELECT epoch FROM held_keys WHERE room_id = ? ORDER BY epoch")?;
    let epochs =
        query.query_map([room.as_bytes()], |row| Ok(Epoch(row.get(0)?)))?.collect::<Result<_, _>>()?;
    Ok(epochs)
}

/// Keeps what another device of this user calls a room.
pub(crate) fn set_name(conn: &Connection, room: &RoomId, name: &str, topic: &str) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT OR REPLACE INTO handed_names (room_id, name, topic) VALUES (?, ?, ?)")?
        .execute(rusqlite::params![room.as_bytes(), name, topic])?;
    Ok(())
}

/// Name and topic of a room, as another device of this user has them.
pub(crate) fn name(conn: &Connection, room: &RoomId) -> Result<Option<(String, String)>, MemoryError> {
    let row = conn
        .prepare_cached("SELECT name, topic FROM handed_names WHERE room_id = ?")?
        .query_row([room.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(row)
}
