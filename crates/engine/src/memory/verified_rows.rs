//! People whom this person has compared.

use rusqlite::{Connection, OptionalExtension};
use securechat_ids::{UnixMillis, UserId};

use super::MemoryError;

/// A mark: the root compared, or none any more, and when.
pub(crate) type Mark = (Option<[u8; 32]>, UnixMillis);

pub(crate) fn read(conn: &Connection, user: &UserId) -> Result<Option<Mark>, MemoryError> {
    Ok(conn
        .prepare_cached("SELECT root, time_ms FROM verified WHERE user_id = ?")?
        .query_row([user.as_bytes()], |row| {
            let root: Vec<u8> = row.get(0)?;
            Ok((root.try_into().ok(), UnixMillis(row.get(1)?)))
        })
        .optional()?)
}

/// Sets a mark, unless a later one is there; whether it was set.
pub(crate) fn set(conn: &Connection, user: &UserId, (root, time): Mark) -> Result<bool, MemoryError> {
    let root = root.map(Vec::from).unwrap_or_default();
    let rows = conn
        .prepare_cached(
            "INSERT INTO verified (user_id, root, time_ms) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET root = ?2, time_ms = ?3 WHERE time_ms < ?3",
        )?
        .execute(rusqlite::params![user.as_bytes(), root, time.0])?;
    Ok(rows == 1)
}
