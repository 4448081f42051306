//! Rooms, their rosters and the transcript of their present epoch.

use rusqlite::{Connection, OptionalExtension, Row};
use securechat_ids::{DeviceId, Epoch, RoomId, Seq, UserId};
use securechat_mls::{History, Kind, Leaf};

use super::MemoryError;

/// How far a room has come on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoomState {
    /// Known from the team's directory, not joined.
    Listed,
    /// A commit or Welcome that brings us in is awaited.
    Joining,
    /// In it.
    Joined,
    /// No longer in it.
    Gone,
    /// In it, but nothing more is taken in or sent: see its trouble.
    Halted,
}

#[derive(Clone, Debug)]
pub(crate) struct RoomRow {
    pub room: RoomId,
    pub state: RoomState,
    pub kind: Kind,
    pub history: History,
    pub name: String,
    pub topic: String,
    pub peer: Option<UserId>,
    pub epoch: Epoch,
    pub cursor: Seq,
    pub head: Seq,
    pub joined_at: Seq,
    pub read_to: Seq,
    pub epoch_began: Seq,
    pub tell_newcomer: Option<Seq>,
    pub trouble: Option<String>,
}

const COLUMNS: &str = "room_id, state, kind, history, name, topic, peer, epoch, cursor, head, joined_at, read_to, \
                       epoch_began, tell_newcomer, trouble";

impl RoomState {
    const ALL: [(Self, &str); 5] = [
        (Self::Listed, "listed"),
        (Self::Joining, "joining"),
        (Self::Joined, "joined"),
        (Self::Gone, "gone"),
        (Self::Halted, "halted"),
    ];

    fn text(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("gone", |(_, text)| text)
    }
}

fn kind_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Channel => "channel",
        Kind::Private => "private",
        Kind::Dm => "dm",
    }
}

fn history_text(history: History) -> &'static str {
    match history {
        History::Shared => "shared",
        History::SinceJoin => "since_join",
        History::None => "none",
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<RoomRow> {
    let state: String = row.get(1)?;
    let kind: String = row.get(2)?;
    let history: String = row.get(3)?;
    Ok(RoomRow {
        room: RoomId::from_bytes(row.get(0)?),
        state: RoomState::ALL
            .iter()
            .find(|(_, text)| *text == state)
            .map_or(RoomState::Gone, |(state, _)| *state),
        kind: match kind.as_str() {
            "private" => Kind::Private,
            "dm" => Kind::Dm,
            _ => Kind::Channel,
        },
        history: match history.as_str() {
            "shared" => History::Shared,
            "since_join" => History::SinceJoin,
            _ => History::None,
        },
        name: row.get(4)?,
        topic: row.get(5)?,
        peer: row.get::<_, Option<[u8; 16]>>(6)?.map(UserId::from_bytes),
        epoch: Epoch(row.get(7)?),
        cursor: Seq(row.get(8)?),
        head: Seq(row.get(9)?),
        joined_at: Seq(row.get(10)?),
        read_to: Seq(row.get(11)?),
        epoch_began: Seq(row.get(12)?),
        tell_newcomer: row.get::<_, Option<u64>>(13)?.map(Seq),
        trouble: row.get(14)?,
    })
}

impl RoomRow {
    /// A room that this device has just heard of.
    pub(crate) fn new(room: RoomId, state: RoomState, kind: Kind, history: History) -> Self {
        Self {
            room,
            state,
            kind,
            history,
            name: String::new(),
            topic: String::new(),
            peer: None,
            epoch: Epoch(0),
            cursor: Seq(0),
            head: Seq(0),
            joined_at: Seq(0),
            read_to: Seq(0),
            epoch_began: Seq(0),
            tell_newcomer: None,
            trouble: None,
        }
    }
}

pub(crate) fn read(conn: &Connection, room: &RoomId) -> Result<Option<RoomRow>, MemoryError> {
    Ok(conn
        .prepare_cached(&format!("SELECT {COLUMNS} FROM rooms WHERE room_id = ?"))?
        .query_row([room.as_bytes()], from_row)
        .optional()?)
}

pub(crate) fn all(conn: &Connection) -> Result<Vec<RoomRow>, MemoryError> {
    let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM rooms ORDER BY room_id"))?;
    let rows = query.query_map([], from_row)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Inserts or replaces a room.
pub(crate) fn write(conn: &Connection, row: &RoomRow) -> Result<(), MemoryError> {
    conn.prepare_cached(&format!(
        "INSERT OR REPLACE INTO rooms ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ))?
    .execute(rusqlite::params![
        row.room.as_bytes(),
        row.state.text(),
        kind_text(row.kind),
        history_text(row.history),
        row.name,
        row.topic,
        row.peer.map(|user| *user.as_bytes()),
        row.epoch.0,
        row.cursor.0,
        row.head.0,
        row.joined_at.0,
        row.read_to.0,
        row.epoch_began.0,
        row.tell_newcomer.map(|seq| seq.0),
        row.trouble,
    ])?;
    Ok(())
}

/// Replaces a room's roster.
pub(crate) fn write_members(conn: &Connection, room: &RoomId, leaves: &[Leaf]) -> Result<(), MemoryError> {
    conn.prepare_cached("DELETE FROM members WHERE room_id = ?")?.execute([room.as_bytes()])?;
    let mut insert =
        conn.prepare_cached("INSERT INTO members (room_id, leaf, user_id, device_id) VALUES (?, ?, ?, ?)")?;
    for leaf in leaves {
        insert.execute(rusqlite::params![
            room.as_bytes(),
            leaf.index,
            leaf.member.user_id.as_bytes(),
            leaf.member.device_id.as_bytes()
        ])?;
    }
    Ok(())
}

/// People in a room.
pub(crate) fn users(conn: &Connection, room: &RoomId) -> Result<Vec<UserId>, MemoryError> {
    let mut query =
        conn.prepare_cached("SELECT DISTINCT user_id FROM members WHERE room_id = ? ORDER BY user_id")?;
    let rows = query
        .query_map([room.as_bytes()], |row| Ok(UserId::from_bytes(row.get(0)?)))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Devices in a room with their leaf indices.
pub(crate) fn leaves(conn: &Connection, room: &RoomId) -> Result<Vec<(u32, UserId, DeviceId)>, MemoryError> {
    let mut query =
        conn.prepare_cached("SELECT leaf, user_id, device_id FROM members WHERE room_id = ? ORDER BY leaf")?;
    let rows = query
        .query_map([room.as_bytes()], |row| {
            Ok((row.get(0)?, UserId::from_bytes(row.get(1)?), DeviceId::from_bytes(row.get(2)?)))
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// How many devices a room has.
pub(crate) fn count_leaves(conn: &Connection, room: &RoomId) -> Result<usize, MemoryError> {
    Ok(conn
        .prepare_cached("SELECT count(*) FROM members WHERE room_id = ?")?
        .query_row([room.as_bytes()], |row| row.get(0))?)
}

/// Transcript hash after `seq`, if that is in the present epoch.
pub(crate) fn transcript(
    conn: &Connection,
    room: &RoomId,
    seq: Seq,
) -> Result<Option<[u8; 32]>, MemoryError> {
    Ok(conn
        .prepare_cached("SELECT hash FROM transcripts WHERE room_id = ? AND seq = ?")?
        .query_row(rusqlite::params![room.as_bytes(), seq.0], |row| row.get(0))
        .optional()?)
}

pub(crate) fn add_transcript(
    conn: &Connection,
    room: &RoomId,
    seq: Seq,
    hash: &[u8; 32],
) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT OR REPLACE INTO transcripts (room_id, seq, hash) VALUES (?, ?, ?)")?
        .execute(rusqlite::params![room.as_bytes(), seq.0, hash])?;
    Ok(())
}

/// Forgets a room's transcript: a new epoch begins its own.
pub(crate) fn clear_transcript(conn: &Connection, room: &RoomId) -> Result<(), MemoryError> {
    conn.prepare_cached("DELETE FROM transcripts WHERE room_id = ?")?.execute([room.as_bytes()])?;
    Ok(())
}

pub(crate) fn set_draft(conn: &Connection, room: &RoomId, text: &str) -> Result<(), MemoryError> {
    if text.is_empty() {
        conn.execute("DELETE FROM drafts WHERE room_id = ?", [room.as_bytes()])?;
    } else {
        conn.execute(
            "INSERT OR REPLACE INTO drafts (room_id, text) VALUES (?, ?)",
            rusqlite::params![room.as_bytes(), text],
        )?;
    }
    Ok(())
}

pub(crate) fn draft(conn: &Connection, room: &RoomId) -> Result<String, MemoryError> {
    let text = conn
        .query_row("SELECT text FROM drafts WHERE room_id = ?", [room.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(text.unwrap_or_default())
}
