//! Archive keys, keys that are owed, and how far back each room has been read.

use rusqlite::{Connection, OptionalExtension};
use securechat_ids::{Epoch, RoomId, Seq};

use super::MemoryError;
use crate::archive::ArchiveKey;

/// Most keys kept for one epoch: its own, and what others told.
const KEYS_PER_EPOCH_MAX: usize = 4;

/// What is in the way of reading further back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Nothing: all of it is here.
    Beginning,
    /// The policy: before this user came.
    SinceJoin,
    /// The policy: nothing is kept.
    None,
    /// A key that nobody has said yet.
    Owed,
    /// What came before was deleted.
    Deleted,
}

impl Ended {
    const ALL: [(Self, &str); 5] = [
        (Self::Beginning, "beginning"),
        (Self::SinceJoin, "since_join"),
        (Self::None, "none"),
        (Self::Owed, "owed"),
        (Self::Deleted, "deleted"),
    ];

    fn text(self) -> &'static str {
        Self::ALL.iter().find(|(ended, _)| *ended == self).map_or("owed", |(_, text)| text)
    }
}

/// How far back a room has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HistoryRow {
    /// Everything from this seq on has been taken in.
    pub reached: Seq,
    /// Messages still to be read back.
    pub wanted: u64,
    pub ended: Option<Ended>,
    /// A part further back that was taken in before: its newest event, and how far back it goes.
    pub gap: Option<(Seq, Seq)>,
}

pub(crate) fn read(conn: &Connection, room: &RoomId) -> Result<Option<HistoryRow>, MemoryError> {
    let row = conn
        .prepare_cached("SELECT reached, wanted, ended, gap_to, gap_resume FROM history WHERE room_id = ?")?
        .query_row([room.as_bytes()], |row| {
            let ended: Option<String> = row.get(2)?;
            let gap_to: Option<u64> = row.get(3)?;
            let gap_resume: Option<u64> = row.get(4)?;
            Ok(HistoryRow {
                reached: Seq(row.get(0)?),
                wanted: row.get(1)?,
                ended: ended
                    .and_then(|text| Ended::ALL.iter().find(|(_, t)| *t == text).map(|(ended, _)| *ended)),
                gap: gap_to.zip(gap_resume).map(|(to, resume)| (Seq(to), Seq(resume))),
            })
        })
        .optional()?;
    Ok(row)
}

pub(crate) fn write(conn: &Connection, room: &RoomId, row: &HistoryRow) -> Result<(), MemoryError> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO history (room_id, reached, wanted, ended, gap_to, gap_resume)
         VALUES (?, ?, ?, ?, ?, ?)",
    )?
    .execute(rusqlite::params![
        room.as_bytes(),
        row.reached.0,
        row.wanted,
        row.ended.map(Ended::text),
        row.gap.map(|(to, _)| to.0),
        row.gap.map(|(_, resume)| resume.0),
    ])?;
    Ok(())
}

/// Keeps an epoch's key, unless it was deleted by the room's limit; whether it is new here.
pub(crate) fn add_key(
    conn: &Connection,
    room: &RoomId,
    epoch: Epoch,
    key: &ArchiveKey,
    own: bool,
) -> Result<bool, MemoryError> {
    if !own && keys(conn, room, epoch)?.len() >= KEYS_PER_EPOCH_MAX {
        return Ok(false);
    }
    let rows = conn
        .prepare_cached(
            "INSERT INTO archive_keys (room_id, epoch, key, own) SELECT ?1, ?2, ?3, ?4
             WHERE NOT EXISTS (SELECT 1 FROM limits WHERE room_id = ?1 AND keys_gone >= ?2)
             ON CONFLICT DO UPDATE SET own = 1 WHERE excluded.own = 1 AND own = 0",
        )?
        .execute(rusqlite::params![room.as_bytes(), epoch.0, key.as_bytes(), own])?;
    Ok(rows == 1)
}

/// An epoch's keys, this device's own first.
pub(crate) fn keys(conn: &Connection, room: &RoomId, epoch: Epoch) -> Result<Vec<ArchiveKey>, MemoryError> {
    let mut query = conn.prepare_cached(
        "SELECT key FROM archive_keys WHERE room_id = ? AND epoch = ? ORDER BY own DESC, key",
    )?;
    let keys = query
        .query_map(rusqlite::params![room.as_bytes(), epoch.0], |row| {
            Ok(ArchiveKey::from_bytes(row.get(0)?))
        })?
        .collect::<Result<_, _>>()?;
    Ok(keys)
}

/// The key that this device's own group had in an epoch.
pub(crate) fn own_key(
    conn: &Connection,
    room: &RoomId,
    epoch: Epoch,
) -> Result<Option<ArchiveKey>, MemoryError> {
    let key = conn
        .prepare_cached("SELECT key FROM archive_keys WHERE room_id = ? AND epoch = ? AND own = 1")?
        .query_row(rusqlite::params![room.as_bytes(), epoch.0], |row| Ok(ArchiveKey::from_bytes(row.get(0)?)))
        .optional()?;
    Ok(key)
}

pub(crate) fn owe(conn: &Connection, room: &RoomId, epoch: Epoch) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT OR IGNORE INTO owed_keys (room_id, epoch) VALUES (?, ?)")?
        .execute(rusqlite::params![room.as_bytes(), epoch.0])?;
    Ok(())
}

pub(crate) fn settle(conn: &Connection, room: &RoomId, epoch: Epoch) -> Result<(), MemoryError> {
    conn.prepare_cached("DELETE FROM owed_keys WHERE room_id = ? AND epoch = ?")?
        .execute(rusqlite::params![room.as_bytes(), epoch.0])?;
    Ok(())
}

pub(crate) fn owed(conn: &Connection, room: &RoomId) -> Result<Vec<Epoch>, MemoryError> {
    let mut query = conn.prepare_cached("SELECT epoch FROM owed_keys WHERE room_id = ? ORDER BY epoch")?;
    let epochs =
        query.query_map([room.as_bytes()], |row| Ok(Epoch(row.get(0)?)))?.collect::<Result<_, _>>()?;
    Ok(epochs)
}

/// Forgets what is owed in a room that this device is no longer in. Keys stay: they open what was said to it.
pub(crate) fn owe_nothing(conn: &Connection, room: &RoomId) -> Result<(), MemoryError> {
    conn.execute("DELETE FROM owed_keys WHERE room_id = ?", [room.as_bytes()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Connection {
        let conn = Connection::open_in_memory().expect("opens");
        super::super::prepare(&conn).expect("the schema");
        conn
    }

    #[test]
    fn ones_own_key_comes_first_and_told_ones_are_few() {
        let conn = memory();
        let (room, epoch) = (RoomId::from_bytes([1; 16]), Epoch(3));
        for n in 0..10 {
            add_key(&conn, &room, epoch, &ArchiveKey::from_bytes([n; 32]), false).expect("kept");
        }
        assert_eq!(keys(&conn, &room, epoch).expect("read").len(), KEYS_PER_EPOCH_MAX);
        assert!(own_key(&conn, &room, epoch).expect("read").is_none());
        for own in [ArchiveKey::from_bytes([99; 32]), ArchiveKey::from_bytes([2; 32])] {
            assert!(add_key(&conn, &room, epoch, &own, true).expect("kept"));
            assert!(own_key(&conn, &room, epoch).expect("read").is_some());
        }
        assert!(!add_key(&conn, &room, epoch, &ArchiveKey::from_bytes([2; 32]), false).expect("known"));
        assert_eq!(keys(&conn, &room, epoch).expect("read")[0].as_bytes(), &[2; 32]);
    }

    #[test]
    fn how_far_a_room_was_read_survives() {
        let conn = memory();
        let room = RoomId::from_bytes([1; 16]);
        for (_, text) in Ended::ALL {
            let ended = Ended::ALL.iter().find(|(_, t)| *t == text).map(|(ended, _)| *ended);
            let row = HistoryRow { reached: Seq(9), wanted: 5, ended, gap: Some((Seq(4), Seq(2))) };
            write(&conn, &room, &row).expect("written");
            assert_eq!(read(&conn, &room).expect("read"), Some(row));
        }
    }
}
