//! Messages on their way out, each until the log shows it.

use rusqlite::{Connection, OptionalExtension, Row};
use securechat_ids::{Epoch, MessageId, RoomId, Seq, UnixMillis};

use super::MemoryError;

#[derive(Clone, Debug)]
pub(crate) struct OutboxRow {
    pub number: i64,
    pub message_id: MessageId,
    pub content: Vec<u8>,
    /// Ciphertext for the epoch it was made in.
    pub sealed: Option<(Epoch, Vec<u8>, Vec<u8>)>,
}

/// What may still go out. A row that the server has acknowledged stays until the log shows its message. This device's id is
/// asked for by itself: joined in, it had SQLite go through all messages of the room for each that waits.
const WAITS: &str = "failed IS NULL AND NOT EXISTS (SELECT 1 FROM messages m \
                     WHERE m.room_id = outbox.room_id AND m.message_id = outbox.message_id \
                     AND m.device_id = (SELECT device_id FROM account) AND m.seq IS NOT NULL)";

/// What the server has said to have.
const ACKNOWLEDGED: &str = "SELECT o.number, o.message_id, m.seq FROM outbox o JOIN messages m \
                            ON m.room_id = o.room_id AND m.message_id = o.message_id \
                            AND m.device_id = (SELECT device_id FROM account) AND m.seq IS NOT NULL \
                            WHERE o.room_id = ? ORDER BY o.number";

fn next_sql() -> String {
    format!(
        "SELECT number, message_id, content, epoch, mls, body FROM outbox
         WHERE room_id = ? AND {WAITS} ORDER BY number LIMIT 1"
    )
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
    Ok(conn.prepare_cached(&next_sql())?.query_row([room.as_bytes()], from_row).optional()?)
}

/// Messages of a room that may still go out and have not left yet.
pub(crate) fn never_sealed(conn: &Connection, room: &RoomId) -> Result<Vec<(i64, MessageId)>, MemoryError> {
    let mut query = conn.prepare_cached(&format!(
        "SELECT number, message_id FROM outbox WHERE room_id = ? AND epoch IS NULL AND {WAITS} ORDER BY number"
    ))?;
    let row = |row: &Row<'_>| Ok((row.get(0)?, MessageId::from_bytes(row.get(1)?)));
    let rows = query.query_map([room.as_bytes()], row)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The row of a message, if it has not come back in the log yet.
pub(crate) fn find(
    conn: &Connection,
    room: &RoomId,
    id: &MessageId,
) -> Result<Option<OutboxRow>, MemoryError> {
    Ok(conn
        .prepare_cached(
            "SELECT number, message_id, content, epoch, mls, body FROM outbox WHERE room_id = ? AND message_id = ?",
        )?
        .query_row([room.as_bytes(), id.as_bytes()], from_row)
        .optional()?)
}

/// Messages that the server has acknowledged and the log has not shown yet, with the places it gave them.
pub(crate) fn acknowledged(
    conn: &Connection,
    room: &RoomId,
) -> Result<Vec<(i64, MessageId, Seq)>, MemoryError> {
    let mut query = conn.prepare_cached(ACKNOWLEDGED)?;
    let row = |row: &Row<'_>| Ok((row.get(0)?, MessageId::from_bytes(row.get(1)?), Seq(row.get(2)?)));
    let rows = query.query_map([room.as_bytes()], row)?.collect::<Result<_, _>>()?;
    Ok(rows)
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
    Ok(conn.query_row(&format!("SELECT count(*) FROM outbox WHERE {WAITS}"), [], |row| row.get(0))?)
}

/// When each message that is not in the log was written, and whether it failed.
pub(crate) fn standing(conn: &Connection) -> Result<Vec<(UnixMillis, bool)>, MemoryError> {
    let mut query = conn.prepare(
        "SELECT m.time_ms, o.failed IS NOT NULL FROM outbox o JOIN messages m
         ON m.room_id = o.room_id AND m.message_id = o.message_id AND m.seq IS NULL",
    )?;
    let rows =
        query.query_map([], |row| Ok((UnixMillis(row.get(0)?), row.get(1)?)))?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Rooms that have something waiting.
pub(crate) fn rooms(conn: &Connection) -> Result<Vec<RoomId>, MemoryError> {
    let mut query = conn.prepare_cached(&format!("SELECT DISTINCT room_id FROM outbox WHERE {WAITS}"))?;
    let rows = query.query_map([], |row| Ok(RoomId::from_bytes(row.get(0)?)))?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Takes archive keys that are on their way out of a room's outbox.
pub(crate) fn forget_keys(conn: &Connection, room: &RoomId) -> Result<(), MemoryError> {
    conn.execute(
        "DELETE FROM outbox WHERE room_id = ?1 AND message_id IN
         (SELECT message_id FROM messages WHERE room_id = ?1 AND kind = 'keys' AND seq IS NULL)",
        [room.as_bytes()],
    )?;
    conn.execute(
        "DELETE FROM messages WHERE room_id = ? AND kind = 'keys' AND seq IS NULL",
        [room.as_bytes()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A room has thousands of messages for each that waits: one is found by its id, and never by going through them.
    #[test]
    fn what_waits_is_looked_up_and_not_looked_for() {
        let conn = Connection::open_in_memory().expect("opens");
        crate::prepare(&conn).expect("a memory");
        let count = format!("SELECT count(*) FROM outbox WHERE {WAITS}");
        for sql in [next_sql().as_str(), ACKNOWLEDGED, &count] {
            let mut explained = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("SQL");
            let parameters = vec![[7_u8; 16]; explained.parameter_count()];
            let lines: Vec<String> = explained
                .query_map(rusqlite::params_from_iter(parameters), |row| row.get(3))
                .and_then(Iterator::collect)
                .expect("a plan");
            let of_messages: Vec<&String> = lines.iter().filter(|line| line.contains(" m ")).collect();
            let by_id = |line: &&String| line.contains("(room_id=? AND device_id=? AND message_id=?)");
            assert!(!of_messages.is_empty() && of_messages.iter().all(by_id), "{sql}: {lines:?}");
        }
    }
}
