//! Why rooms are stopped, when this device last came back into them, and which room goes on in which.

use rusqlite::{Connection, OptionalExtension};
use securechat_ids::{RoomId, Seq, UnixMillis};

use super::MemoryError;

/// Why a room is stopped. What leads on depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    /// MLS does not take a commit, or this device's state does not load.
    Desync,
    /// The server left out events, or sent what is none.
    LeftOut,
    /// The server is behind what it has shown.
    RolledBack,
    /// A commit breaks the rules, or a device is not on its owner's chain.
    People,
}

impl Halt {
    const ALL: [(Self, &str); 4] = [
        (Self::Desync, "desync"),
        (Self::LeftOut, "left_out"),
        (Self::RolledBack, "rolled_back"),
        (Self::People, "people"),
    ];

    fn text(self) -> &'static str {
        Self::ALL.iter().find(|(halt, _)| *halt == self).map_or("people", |(_, text)| text)
    }
}

/// What is known of a room's stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RepairRow {
    /// Why it is stopped, while it is.
    pub halt: Option<Halt>,
    /// When this device last left its state behind to come back.
    pub came_back: Option<UnixMillis>,
    /// Where it stood when a person had it tried again.
    pub retried: Option<Seq>,
    /// A person lets it come back into an earlier epoch.
    pub earlier: bool,
}

pub(crate) fn read(conn: &Connection, room: &RoomId) -> Result<RepairRow, MemoryError> {
    let row = conn
        .prepare_cached("SELECT halt, came_back_ms, retried, earlier FROM repairs WHERE room_id = ?")?
        .query_row([room.as_bytes()], |row| {
            let halt: Option<String> = row.get(0)?;
            Ok(RepairRow {
                halt: halt.and_then(|text| Halt::ALL.iter().find(|(_, t)| *t == text).map(|(halt, _)| *halt)),
                came_back: row.get::<_, Option<u64>>(1)?.map(UnixMillis),
                retried: row.get::<_, Option<u64>>(2)?.map(Seq),
                earlier: row.get(3)?,
            })
        })
        .optional()?;
    Ok(row.unwrap_or_default())
}

pub(crate) fn write(conn: &Connection, room: &RoomId, row: &RepairRow) -> Result<(), MemoryError> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO repairs (room_id, halt, came_back_ms, retried, earlier) VALUES (?, ?, ?, ?, ?)",
    )?
    .execute(rusqlite::params![
        room.as_bytes(),
        row.halt.map(Halt::text),
        row.came_back.map(|at| at.0),
        row.retried.map(|seq| seq.0),
        row.earlier,
    ])?;
    Ok(())
}

/// Remembers that a room goes on in another one. What is known already stays.
pub(crate) fn set_successor(conn: &Connection, room: &RoomId, successor: &RoomId) -> Result<(), MemoryError> {
    conn.execute(
        "INSERT OR IGNORE INTO successors (room_id, successor) VALUES (?, ?)",
        [room.as_bytes(), successor.as_bytes()],
    )?;
    Ok(())
}

/// Where a room goes on.
pub(crate) fn successor(conn: &Connection, room: &RoomId) -> Result<Option<RoomId>, MemoryError> {
    let found = conn
        .prepare_cached("SELECT successor FROM successors WHERE room_id = ?")?
        .query_row([room.as_bytes()], |row| Ok(RoomId::from_bytes(row.get(0)?)))
        .optional()?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_a_room_stopped_survives() {
        let conn = Connection::open_in_memory().expect("opens");
        super::super::prepare(&conn).expect("the schema");
        let (room, next) = (RoomId::from_bytes([1; 16]), RoomId::from_bytes([2; 16]));
        assert_eq!(read(&conn, &room).expect("read"), RepairRow::default());
        for (halt, _) in Halt::ALL {
            let row = RepairRow {
                halt: Some(halt),
                came_back: Some(UnixMillis(5)),
                retried: Some(Seq(3)),
                earlier: true,
            };
            write(&conn, &room, &row).expect("written");
            assert_eq!(read(&conn, &room).expect("read"), row);
        }
        set_successor(&conn, &room, &next).expect("written");
        set_successor(&conn, &room, &room).expect("left alone");
        assert_eq!(successor(&conn, &room).expect("read"), Some(next));
    }
}
