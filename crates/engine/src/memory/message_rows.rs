//! Messages as they are kept to be read and searched.

use rusqlite::{Connection, OptionalExtension, Row};
use securechat_ids::{DeviceId, MessageId, RoomId, Seq, UnixMillis, UserId};

use super::MemoryError;

#[derive(Clone, Debug)]
pub(crate) struct MessageRow {
    pub room: RoomId,
    pub message_id: MessageId,
    pub device: DeviceId,
    pub user: UserId,
    pub seq: Option<Seq>,
    pub time: UnixMillis,
    pub kind: String,
    pub text: String,
    /// From an export, and not checked by this device.
    pub imported: bool,
    /// The content as it came; of an unreadable line, the name of its reason.
    pub content: Vec<u8>,
    /// Why it waits or failed: `(failed, has ciphertext)` of its outbox row, if it is there.
    pub outbox: Option<(Option<String>, bool)>,
}

pub(crate) struct NewMessage<'a> {
    pub room: &'a RoomId,
    pub message_id: &'a MessageId,
    pub device: &'a DeviceId,
    pub user: &'a UserId,
    pub seq: Option<Seq>,
    pub time: UnixMillis,
    pub kind: &'a str,
    pub text: &'a str,
    pub content: &'a [u8],
}

const SELECT: &str = "SELECT m.room_id, m.message_id, m.device_id, m.user_id, m.seq, m.time_ms, m.kind, m.text, \
                      o.number, o.failed, o.mls IS NOT NULL, m.imported, m.content \
                      FROM messages m LEFT JOIN outbox o ON o.room_id = m.room_id AND o.message_id = m.message_id \
                      AND m.seq IS NULL ";

/// Kinds that people see; the others carry names and are kept only to recognise their echo.
const SHOWN: &str = "m.kind NOT IN ('meta', 'directory', 'profile', 'keys')";

fn from_row(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    let waiting: Option<i64> = row.get(8)?;
    Ok(MessageRow {
        room: RoomId::from_bytes(row.get(0)?),
        message_id: MessageId::from_bytes(row.get(1)?),
        device: DeviceId::from_bytes(row.get(2)?),
        user: UserId::from_bytes(row.get(3)?),
        seq: row.get::<_, Option<u64>>(4)?.map(Seq),
        time: UnixMillis(row.get(5)?),
        kind: row.get(6)?,
        text: row.get(7)?,
        imported: row.get(11)?,
        content: row.get(12)?,
        outbox: match waiting {
            Some(_) => Some((row.get(9)?, row.get(10)?)),
            None => None,
        },
    })
}

/// Keeps a message; one that is there already (same room, device and id) stays as it is.
pub(crate) fn insert(conn: &Connection, new: &NewMessage<'_>) -> Result<bool, MemoryError> {
    let rows = conn
        .prepare_cached(
            "INSERT OR IGNORE INTO messages (room_id, message_id, device_id, user_id, seq, time_ms, kind, text, content)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(rusqlite::params![
            new.room.as_bytes(),
            new.message_id.as_bytes(),
            new.device.as_bytes(),
            new.user.as_bytes(),
            new.seq.map(|seq| seq.0),
            new.time.0,
            new.kind,
            new.text,
            new.content,
        ])?;
    Ok(rows == 1)
}

/// Gives this device's own message its place; `false` if it is not known here.
pub(crate) fn place(
    conn: &Connection,
    room: &RoomId,
    device: &DeviceId,
    id: &MessageId,
    seq: Seq,
    time: UnixMillis,
) -> Result<bool, MemoryError> {
    let rows = conn
        .prepare_cached(
            "UPDATE messages SET seq = ?, time_ms = ? WHERE room_id = ? AND device_id = ? AND message_id = ?",
        )?
        .execute(rusqlite::params![seq.0, time.0, room.as_bytes(), device.as_bytes(), id.as_bytes()])?;
    Ok(rows == 1)
}

/// Takes this device's own message back from the place that the server said it has.
pub(crate) fn unplace(
    conn: &Connection,
    room: &RoomId,
    device: &DeviceId,
    id: &MessageId,
) -> Result<(), MemoryError> {
    conn.execute(
        "UPDATE messages SET seq = NULL WHERE room_id = ? AND device_id = ? AND message_id = ?",
        rusqlite::params![room.as_bytes(), device.as_bytes(), id.as_bytes()],
    )?;
    Ok(())
}

pub(crate) fn delete(
    conn: &Connection,
    room: &RoomId,
    device: &DeviceId,
    id: &MessageId,
) -> Result<(), MemoryError> {
    conn.execute(
        "DELETE FROM messages WHERE room_id = ? AND device_id = ? AND message_id = ?",
        rusqlite::params![room.as_bytes(), device.as_bytes(), id.as_bytes()],
    )?;
    Ok(())
}

/// Keeps a message of an export, unless it is there already (same room, device and id).
pub(crate) fn insert_imported(conn: &Connection, new: &NewMessage<'_>) -> Result<bool, MemoryError> {
    let is_new = insert(conn, new)?;
    if is_new {
        conn.prepare_cached(
            "UPDATE messages SET imported = 1 WHERE room_id = ? AND device_id = ? AND message_id = ?",
        )?
        .execute(rusqlite::params![
            new.room.as_bytes(),
            new.device.as_bytes(),
            new.message_id.as_bytes()
        ])?;
    }
    Ok(is_new)
}

/// Makes room for a message that can be read now, in place of what cannot, or was only imported.
pub(crate) fn delete_unreadable(
    conn: &Connection,
    room: &RoomId,
    device: &DeviceId,
    id: &MessageId,
) -> Result<(), MemoryError> {
    conn.prepare_cached(
        "DELETE FROM messages WHERE room_id = ? AND device_id = ? AND message_id = ?
         AND (kind = 'unreadable' OR imported = 1)",
    )?
    .execute(rusqlite::params![room.as_bytes(), device.as_bytes(), id.as_bytes()])?;
    Ok(())
}

/// The first place after `after` at which something stands that did not open and may open from the archive.
pub(crate) fn first_unopened(
    conn: &Connection,
    room: &RoomId,
    after: Seq,
) -> Result<Option<Seq>, MemoryError> {
    let seq: Option<u64> = conn.query_row(
        "SELECT min(seq) FROM messages WHERE room_id = ? AND seq > ? AND kind = 'unreadable'
         AND content IN (CAST('undecryptable' AS BLOB), CAST('out_of_window' AS BLOB), CAST('own_lost' AS BLOB))",
        rusqlite::params![room.as_bytes(), after.0],
        |row| row.get(0),
    )?;
    Ok(seq.map(Seq))
}

fn collect(
    conn: &Connection,
    tail: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<MessageRow>, MemoryError> {
    let mut query = conn.prepare_cached(&format!("{SELECT}{tail}"))?;
    let rows = query.query_map(values, from_row)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The newest `limit` placed messages before `before` (all if `None`), oldest first.
pub(crate) fn page(
    conn: &Connection,
    room: &RoomId,
    before: Option<Seq>,
    limit: usize,
) -> Result<Vec<MessageRow>, MemoryError> {
    let before = before.map_or(i64::MAX, |seq| i64::try_from(seq.0).unwrap_or(i64::MAX));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = collect(
        conn,
        &format!("WHERE m.room_id = ? AND m.seq < ? AND {SHOWN} ORDER BY m.seq DESC LIMIT ?"),
        &[room.as_bytes(), &before, &limit],
    )?;
    rows.reverse();
    Ok(rows)
}

/// Placed messages after `after`, oldest first.
pub(crate) fn after(
    conn: &Connection,
    room: &RoomId,
    after: Seq,
    limit: usize,
) -> Result<Vec<MessageRow>, MemoryError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    collect(
        conn,
        &format!("WHERE m.room_id = ? AND m.seq > ? AND {SHOWN} ORDER BY m.seq LIMIT ?"),
        &[room.as_bytes(), &after.0, &limit],
    )
}

/// Messages that wait or failed, in order of writing.
pub(crate) fn waiting(conn: &Connection, room: &RoomId) -> Result<Vec<MessageRow>, MemoryError> {
    collect(
        conn,
        &format!("WHERE m.room_id = ? AND m.seq IS NULL AND {SHOWN} ORDER BY m.number"),
        &[room.as_bytes()],
    )
}

/// One message of this device.
pub(crate) fn by_id(
    conn: &Connection,
    room: &RoomId,
    device: &DeviceId,
    id: &MessageId,
) -> Result<Option<MessageRow>, MemoryError> {
    let rows = collect(
        conn,
        "WHERE m.room_id = ? AND m.device_id = ? AND m.message_id = ?",
        &[room.as_bytes(), device.as_bytes(), id.as_bytes()],
    )?;
    Ok(rows.into_iter().next())
}

/// Whether a message has its place after `after` and not after `to`: of somebody else's device, or of this person.
pub(crate) fn is_between(
    conn: &Connection,
    room: &RoomId,
    (after, to): (Seq, Seq),
    of: &Between<'_>,
) -> Result<bool, MemoryError> {
    let (condition, id) = match of {
        Between::OtherDevice(device) => ("device_id <> ?", device.as_bytes()),
        Between::User(user) => ("user_id = ?", user.as_bytes()),
    };
    let sql = format!("SELECT 1 FROM messages WHERE room_id = ? AND seq > ? AND seq <= ? AND {condition}");
    Ok(conn.prepare_cached(&sql)?.exists(rusqlite::params![room.as_bytes(), after.0, to.0, id])?)
}

/// Whose messages [`is_between`] looks for.
pub(crate) enum Between<'a> {
    OtherDevice(&'a DeviceId),
    User(&'a UserId),
}

/// Seq of the newest message sent no later than `time`.
pub(crate) fn seq_at(conn: &Connection, room: &RoomId, time: UnixMillis) -> Result<Seq, MemoryError> {
    let seq: Option<u64> = conn.query_row(
        "SELECT max(seq) FROM messages WHERE room_id = ? AND time_ms < ?",
        rusqlite::params![room.as_bytes(), time.0],
        |row| row.get(0),
    )?;
    Ok(Seq(seq.unwrap_or(0)))
}

/// Deletes at most `limit` placed messages older than `before`; how many, and the place of the newest of them. What is
/// still on its way stays.
pub(crate) fn delete_before(
    conn: &Connection,
    room: &RoomId,
    before: UnixMillis,
    limit: usize,
) -> Result<(usize, Seq), MemoryError> {
    let mut query = conn.prepare_cached(
        "DELETE FROM messages WHERE number IN (
           SELECT m.number FROM messages m WHERE m.room_id = ?1 AND m.time_ms < ?2 AND m.seq IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.room_id = m.room_id AND o.message_id = m.message_id)
           ORDER BY m.time_ms LIMIT ?3)
         RETURNING seq",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let seqs = query
        .query_map(rusqlite::params![room.as_bytes(), before.0, limit], |row| row.get::<_, u64>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    Ok((seqs.len(), Seq(seqs.into_iter().max().unwrap_or(0))))
}

/// The line before a place, if it stands for deleted messages.
pub(crate) fn deleted_line_before(
    conn: &Connection,
    room: &RoomId,
    seq: Seq,
) -> Result<Option<(DeviceId, MessageId)>, MemoryError> {
    let row = conn
        .prepare_cached(
            "SELECT device_id, message_id, kind FROM messages WHERE room_id = ? AND seq < ?
             ORDER BY seq DESC LIMIT 1",
        )?
        .query_row(rusqlite::params![room.as_bytes(), seq.0], |row| {
            let line = (DeviceId::from_bytes(row.get(0)?), MessageId::from_bytes(row.get(1)?));
            Ok((line, row.get::<_, String>(2)?))
        })
        .optional()?;
    Ok(row.filter(|(_, kind)| kind == "deleted").map(|(line, _)| line))
}

/// How many messages of others came after `read_to`, and the time of the newest message.
pub(crate) fn unread(
    conn: &Connection,
    room: &RoomId,
    read_to: Seq,
    me: &UserId,
) -> Result<(u64, Option<UnixMillis>), MemoryError> {
    let unread = conn
        .prepare_cached(
            "SELECT count(*) FROM messages WHERE room_id = ? AND seq > ? AND user_id <> ? AND kind NOT IN ('members', 'deleted')",
        )?
        .query_row(rusqlite::params![room.as_bytes(), read_to.0, me.as_bytes()], |row| row.get(0))?;
    let newest: Option<u64> = conn
        .prepare_cached(
            "SELECT time_ms FROM messages WHERE room_id = ? AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1",
        )?
        .query_row([room.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok((unread, newest.map(UnixMillis)))
}

/// Messages of a room (of all, if `None`) whose text has all the words, newest first.
pub(crate) fn search(
    conn: &Connection,
    room: Option<&RoomId>,
    words: &str,
    limit: usize,
) -> Result<Vec<MessageRow>, MemoryError> {
    let room = room.map(RoomId::as_bytes);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    // Each word quoted: nothing typed is FTS5 syntax. The last one may be a beginning.
    let mut terms: Vec<String> =
        words.split_whitespace().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
    let Some(last) = terms.last_mut() else { return Ok(Vec::new()) };
    last.push('*');
    collect(
        conn,
        "WHERE m.number IN (SELECT rowid FROM messages_text WHERE messages_text MATCH ?1) AND m.kind = 'text'
         AND (?2 IS NULL OR m.room_id = ?2) ORDER BY m.time_ms DESC, m.number DESC LIMIT ?3",
        &[&terms.join(" "), &room, &limit],
    )
}
