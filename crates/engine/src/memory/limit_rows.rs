//! How long each room's messages are kept, and when its epochs ended.

use rusqlite::{Connection, OptionalExtension};
use securechat_ids::{Epoch, RoomId, UnixMillis};

use super::MemoryError;

/// A room's limit on this device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LimitRow {
    /// Days that this device keeps messages; 0 is for ever.
    pub keep_days: u32,
    /// Days that the server keeps them; 0 is for ever.
    pub server_days: u32,
    /// Newest epoch whose archive key was deleted, with all before.
    pub keys_gone: Option<Epoch>,
    /// Time of the newest message that the server deleted and no limit so far explains.
    pub unexplained: Option<UnixMillis>,
}

/// A room's limit; none is for ever.
pub(crate) fn read(conn: &Connection, room: &RoomId) -> Result<LimitRow, MemoryError> {
    let row = conn
        .prepare_cached(
            "SELECT keep_days, server_days, keys_gone, unexplained_ms FROM limits WHERE room_id = ?",
        )?
        .query_row([room.as_bytes()], |row| {
            Ok(LimitRow {
                keep_days: row.get(0)?,
                server_days: row.get(1)?,
                keys_gone: row.get::<_, Option<u64>>(2)?.map(Epoch),
                unexplained: row.get::<_, Option<u64>>(3)?.map(UnixMillis),
            })
        })
        .optional()?;
    Ok(row.unwrap_or_default())
}

pub(crate) fn write(conn: &Connection, room: &RoomId, row: &LimitRow) -> Result<(), MemoryError> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO limits (room_id, keep_days, server_days, keys_gone, unexplained_ms)
         VALUES (?, ?, ?, ?, ?)",
    )?
    .execute(rusqlite::params![
        room.as_bytes(),
        row.keep_days,
        row.server_days,
        row.keys_gone.map(|epoch| epoch.0),
        row.unexplained.map(|time| time.0),
    ])?;
    Ok(())
}

/// Rooms whose messages are not kept for ever, and for how many days they are.
pub(crate) fn limited(conn: &Connection) -> Result<Vec<(RoomId, u32)>, MemoryError> {
    let mut query =
        conn.prepare_cached("SELECT room_id, keep_days FROM limits WHERE keep_days > 0 ORDER BY room_id")?;
    let rows = query
        .query_map([], |row| Ok((RoomId::from_bytes(row.get(0)?), row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Remembers when an epoch ended.
pub(crate) fn epoch_ended(
    conn: &Connection,
    room: &RoomId,
    epoch: Epoch,
    at: UnixMillis,
) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT OR IGNORE INTO epoch_ends (room_id, epoch, ended_ms) VALUES (?, ?, ?)")?
        .execute(rusqlite::params![room.as_bytes(), epoch.0, at.0])?;
    Ok(())
}

/// The newest epoch that ended before a moment.
pub(crate) fn newest_ended(
    conn: &Connection,
    room: &RoomId,
    before: UnixMillis,
) -> Result<Option<Epoch>, MemoryError> {
    let epoch: Option<u64> = conn
        .prepare_cached("SELECT max(epoch) FROM epoch_ends WHERE room_id = ? AND ended_ms < ?")?
        .query_row(rusqlite::params![room.as_bytes(), before.0], |row| row.get(0))?;
    Ok(epoch.map(Epoch))
}

/// Deletes every archive key of an epoch and of those before it; how many this device's own devices hand each other.
pub(crate) fn delete_keys(conn: &Connection, room: &RoomId, to: Epoch) -> Result<usize, MemoryError> {
    for table in ["archive_keys", "owed_keys", "epoch_ends"] {
        conn.prepare_cached(&format!("DELETE FROM {table} WHERE room_id = ? AND epoch <= ?"))?
            .execute(rusqlite::params![room.as_bytes(), to.0])?;
    }
    let held = conn
        .prepare_cached("DELETE FROM held_keys WHERE room_id = ? AND epoch <= ?")?
        .execute(rusqlite::params![room.as_bytes(), to.0])?;
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::super::{history_rows, prepare};
    use super::*;
    use crate::archive::ArchiveKey;

    #[test]
    fn a_deleted_key_does_not_come_back() {
        let conn = Connection::open_in_memory().expect("opens");
        prepare(&conn).expect("the schema");
        let room = RoomId::from_bytes([1; 16]);
        let key = ArchiveKey::from_bytes([7; 32]);
        for epoch in 1..=3 {
            history_rows::add_key(&conn, &room, Epoch(epoch), &key, true).expect("kept");
        }
        for (epoch, at) in [(1, 10), (2, 20)] {
            epoch_ended(&conn, &room, Epoch(epoch), UnixMillis(at)).expect("kept");
        }
        assert_eq!(newest_ended(&conn, &room, UnixMillis(10)).expect("read"), None);
        assert_eq!(newest_ended(&conn, &room, UnixMillis(11)).expect("read"), Some(Epoch(1)));
        delete_keys(&conn, &room, Epoch(2)).expect("deleted");
        let gone = LimitRow { keep_days: 7, server_days: 7, keys_gone: Some(Epoch(2)), unexplained: None };
        write(&conn, &room, &gone).expect("written");
        assert_eq!(read(&conn, &room).expect("read"), gone);
        let add = |epoch| history_rows::add_key(&conn, &room, Epoch(epoch), &key, false).expect("decided");
        assert_eq!([add(1), add(2), add(4)], [false, false, true]);
        assert!(history_rows::keys(&conn, &room, Epoch(2)).expect("read").is_empty());
        assert_eq!(history_rows::keys(&conn, &room, Epoch(3)).expect("read").len(), 1);
    }
}
