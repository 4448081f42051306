//! The replicated workspace log and the pinned roots.

use rusqlite::{Connection, OptionalExtension};
use securechat_chain::Registry;
use securechat_ids::UserId;

use super::MemoryError;

/// Rebuilds the registry from links that were checked when they came in.
pub(crate) fn load(conn: &Connection) -> Result<Registry, MemoryError> {
    let mut registry = Registry::default();
    let mut query = conn.prepare("SELECT link FROM links ORDER BY position")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        registry.restore(&row.get::<_, Vec<u8>>(0)?).map_err(|_| MemoryError::Corrupt("links"))?;
    }
    Ok(registry)
}

pub(crate) fn insert(conn: &Connection, position: u64, link: &[u8]) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT INTO links (position, link) VALUES (?, ?)")?
        .execute(rusqlite::params![position, link])?;
    Ok(())
}

/// The root this user had when first seen.
pub(crate) fn pin(conn: &Connection, user: &UserId) -> Result<Option<[u8; 16]>, MemoryError> {
    Ok(conn
        .prepare_cached("SELECT root16 FROM pins WHERE user_id = ?")?
        .query_row([user.as_bytes()], |row| row.get(0))
        .optional()?)
}

pub(crate) fn set_pin(conn: &Connection, user: &UserId, root16: &[u8; 16]) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT OR REPLACE INTO pins (user_id, root16) VALUES (?, ?)")?
        .execute(rusqlite::params![user.as_bytes(), root16])?;
    Ok(())
}
