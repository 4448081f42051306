//! Changes to rooms on their way out: the wish stays, the commit made of it is remade for each epoch.

use rusqlite::{Connection, OptionalExtension, Row};
use securechat_ids::{Epoch, MessageId, RoomId, UserId};
use securechat_mls::History;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::MemoryError;
use crate::cbor;

/// What is wanted of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Wish {
    /// That it exists; this device is its first leaf.
    Found {
        /// Whether it is the team's `#general`.
        team_room: bool,
    },
    /// That this device is in it, by external commit.
    Join,
    /// That these people are in it.
    Add(Vec<UserId>),
    /// That this person is not in it.
    Remove(UserId),
    /// That the leaves the server lists are not in it.
    RemoveListed,
    /// That this person is not in it: ourselves.
    Leave,
    /// That its policy is so.
    Policy(PolicyWish),
}

/// What is wanted of a policy. Never the whole policy: a commit that lost its race is made anew on what the winner left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PolicyWish {
    /// That this person is an admin.
    Admin(UserId),
    /// That this person is none.
    NoAdmin(UserId),
    /// That newcomers read back no further than this.
    History(History),
    /// That messages are kept for so many days; 0 is for ever.
    KeepDays(u32),
}

/// What was made of a wish for one epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Made {
    /// GroupInfo and tree of a new room.
    Founding(ByteBuf, ByteBuf),
    /// A commit and what goes with it.
    Commit(MadeCommit),
}

/// A commit and what goes with it, as `mls-member` made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MadeCommit {
    pub commit: ByteBuf,
    pub group_info: ByteBuf,
    /// Empty when nobody is added.
    pub welcome: ByteBuf,
    /// Key link; empty when none is due.
    pub link: ByteBuf,
}

#[derive(Clone, Debug)]
pub(crate) struct IntentRow {
    pub number: i64,
    pub room: RoomId,
    pub wish: Wish,
    pub message_id: MessageId,
    pub made: Option<(Epoch, Made)>,
}

impl IntentRow {
    /// Whether this is the commit that was made of the wish.
    pub(crate) fn is_made_as(&self, mls: &[u8]) -> bool {
        matches!(&self.made, Some((_, Made::Commit(made))) if made.commit.as_slice() == mls)
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Option<IntentRow>> {
    let Some(wish) = cbor::from_bytes(&row.get::<_, Vec<u8>>(2)?) else { return Ok(None) };
    let epoch: Option<u64> = row.get(4)?;
    let made = match row.get::<_, Option<Vec<u8>>>(5)? {
        Some(bytes) => cbor::from_bytes(&bytes).map(|made| (Epoch(epoch.unwrap_or(0)), made)),
        None => None,
    };
    Ok(Some(IntentRow {
        number: row.get(0)?,
        room: RoomId::from_bytes(row.get(1)?),
        wish,
        message_id: MessageId::from_bytes(row.get(3)?),
        made,
    }))
}

/// Adds a wish unless the same one is there.
pub(crate) fn insert(
    conn: &Connection,
    room: &RoomId,
    wish: &Wish,
    id: &MessageId,
) -> Result<(), MemoryError> {
    let bytes = cbor::to_bytes(wish);
    conn.execute(
        "INSERT INTO intents (room_id, wish, message_id) SELECT ?1, ?2, ?3
         WHERE NOT EXISTS (SELECT 1 FROM intents WHERE room_id = ?1 AND wish = ?2)",
        rusqlite::params![room.as_bytes(), bytes, id.as_bytes()],
    )?;
    Ok(())
}

/// Adds a wish before all others, unless the same one is there.
pub(crate) fn insert_first(
    conn: &Connection,
    room: &RoomId,
    wish: &Wish,
    id: &MessageId,
) -> Result<(), MemoryError> {
    let bytes = cbor::to_bytes(wish);
    conn.execute(
        "INSERT INTO intents (number, room_id, wish, message_id)
         SELECT (SELECT coalesce(min(number), 1) - 1 FROM intents), ?1, ?2, ?3
         WHERE NOT EXISTS (SELECT 1 FROM intents WHERE room_id = ?1 AND wish = ?2)",
        rusqlite::params![room.as_bytes(), bytes, id.as_bytes()],
    )?;
    Ok(())
}

/// Forgets what was made of a room's wishes: it was made in a state that is left behind.
pub(crate) fn clear_made(conn: &Connection, room: &RoomId) -> Result<(), MemoryError> {
    conn.execute("UPDATE intents SET epoch = NULL, made = NULL WHERE room_id = ?", [room.as_bytes()])?;
    Ok(())
}

/// Adds a wish behind all others, the same one among them: wishes that undo each other come true in the order they were made.
pub(crate) fn append(
    conn: &Connection,
    room: &RoomId,
    wish: &Wish,
    id: &MessageId,
) -> Result<(), MemoryError> {
    conn.execute(
        "INSERT INTO intents (room_id, wish, message_id) VALUES (?, ?, ?)",
        rusqlite::params![room.as_bytes(), cbor::to_bytes(wish), id.as_bytes()],
    )?;
    Ok(())
}

/// The next wish of a room.
pub(crate) fn next(conn: &Connection, room: &RoomId) -> Result<Option<IntentRow>, MemoryError> {
    conn.prepare_cached(
        "SELECT number, room_id, wish, message_id, epoch, made FROM intents WHERE room_id = ? ORDER BY number LIMIT 1",
    )?
    .query_row([room.as_bytes()], from_row)
    .optional()?
    .map(|row| row.ok_or(MemoryError::Corrupt("intents")))
    .transpose()
}

pub(crate) fn set_made(
    conn: &Connection,
    number: i64,
    made: Option<(Epoch, &Made)>,
) -> Result<(), MemoryError> {
    let (epoch, bytes) = match made {
        Some((epoch, made)) => (Some(epoch.0), Some(cbor::to_bytes(made))),
        None => (None, None),
    };
    conn.prepare_cached("UPDATE intents SET epoch = ?, made = ? WHERE number = ?")?
        .execute(rusqlite::params![epoch, bytes, number])?;
    Ok(())
}

pub(crate) fn delete(conn: &Connection, number: i64) -> Result<(), MemoryError> {
    conn.prepare_cached("DELETE FROM intents WHERE number = ?")?.execute([number])?;
    Ok(())
}

/// How many wishes wait.
pub(crate) fn count(conn: &Connection) -> Result<u64, MemoryError> {
    Ok(conn.query_row("SELECT count(*) FROM intents", [], |row| row.get(0))?)
}

/// How many wishes of one room wait.
pub(crate) fn count_in(conn: &Connection, room: &RoomId) -> Result<u64, MemoryError> {
    Ok(conn
        .query_row("SELECT count(*) FROM intents WHERE room_id = ?", [room.as_bytes()], |row| row.get(0))?)
}

/// Rooms that have a wish waiting.
pub(crate) fn rooms(conn: &Connection) -> Result<Vec<RoomId>, MemoryError> {
    let mut query = conn.prepare_cached("SELECT DISTINCT room_id FROM intents")?;
    let rows = query.query_map([], |row| Ok(RoomId::from_bytes(row.get(0)?)))?.collect::<Result<_, _>>()?;
    Ok(rows)
}
