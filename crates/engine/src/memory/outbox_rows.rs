//! Messages on their way out.

use rusqlite::{Connection, OptionalExtension, Row};
use securechat_ids::{Epoch, MessageId, RoomId};

use super::MemoryError;

#[derive(Clone, Debug)]
pub(crate) struct OutboxRow {
    pub number: i64,
    pub message_id: MessageId,
    pub content: Vec<u8>,
    /// Ciphertext for the epoch it was made in.
    pub sealed: Option<(Epoch, Vec<u8>, Vec<u8>)>,
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    let epoch: Option<u64> = row.get(3)?;
    Ok(OutboxRow {
        number: row.get(0)?,
        message_id: MessageId::from_bytes(row.get(1)?),
        content: row.get(2)?,
        sealed: match epoch {
            Some(epoch) => Some((Epoch(epoch), row.get(4)?, row.get(5)?)),
            None => None,
        },
    })
}

pub(crate) fn insert(
    conn: &Connection,
    room: &RoomId,
    id: &MessageId,
    content: &[u8],
) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT INTO outbox (room_id, message_id, content) VALUES (?, ?, ?)")?
        .execute(rusqlite::params![room.as_bytes(), id.as_bytes(), content])?;
    Ok(())
}

/// The next message of a room that may go out.
pub(crate) fn next(conn: &Connection, room: &RoomId) -> Result<Option<OutboxRow>, MemoryError> {
    Ok(conn
        .prepare_cached(
            "SELECT number, message_id, content, epoch, mls, body FROM outbox
             WHERE room_id = ? AND failed IS NULL ORDER BY number LIMIT 1",
        )?
        .query_row([room.as_bytes()], from_row)
        .optional()?)
}

pub(crate) fn set_sealed(
    conn: &Connection,
    number: i64,
    epoch: Epoch,
    mls: &[u8],
    body: &[u8],
) -> Result<(), MemoryError> {
    conn.prepare_cached("UPDATE outbox SET epoch = ?, mls = ?, body = ? WHERE number = ?")?
        .execute(rusqlite::params![epoch.0, mls, body, number])?;
    Ok(())
}

pub(crate) fn set_failed(conn: &Connection, number: i64, why: &str) -> Result<(), MemoryError> {
    conn.execute(
        "UPDATE outbox SET failed = ?, epoch = NULL, mls = NULL, body = NULL WHERE number = ?",
        rusqlite::params![why, number],
    )?;
    Ok(())
}

/// Lets a failed message go out again.
pub(crate) fn retry(conn: &Connection, room: &RoomId, id: &MessageId) -> Result<(), MemoryError> {
    conn.execute(
        "UPDATE outbox SET failed = NULL WHERE room_id = ? AND message_id = ?",
        rusqlite::params![room.as_bytes(), id.as_bytes()],
    )?;
    Ok(())
}

pub(crate) fn delete(conn: &Connection, room: &RoomId, id: &MessageId) -> Result<bool, MemoryError> {
    let rows = conn
        .prepare_cached("DELETE FROM outbox WHERE room_id = ? AND message_id = ?")?
        .execute(rusqlite::params![room.as_bytes(), id.as_bytes()])?;
    Ok(rows > 0)
}

/// How many messages wait, failed ones left aside.
pub(crate) fn count(conn: &Connection) -> Result<u64, MemoryError> {
    Ok(conn.query_row("SELECT count(*) FROM outbox WHERE failed IS NULL", [], |row| row.get(0))?)
}

/// Rooms that have something waiting.
pub(crate) fn rooms(conn: &Connection) -> Result<Vec<RoomId>, MemoryError> {
    let mut query = conn.prepare_cached("SELECT DISTINCT room_id FROM outbox WHERE failed IS NULL")?;
    let rows = query.query_map([], |row| Ok(RoomId::from_bytes(row.get(0)?)))?.collect::<Result<_, _>>()?;
    Ok(rows)
}
