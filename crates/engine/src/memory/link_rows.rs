//! The replicated workspace log and the pinned roots.

use rusqlite::{Connection, OptionalExtension};
use securechat_chain::Registry;
use securechat_ids::UserId;

use super::MemoryError;

/// Rebuilds the registry from links that were checked when they came in.
pub(crate) fn load(conn: &Connection) -> Result<Registry, MemoryError> {
    let mut registry = Registry::default();
    let known: u64 = conn.query_row("SELECT count(*) FROM log_roots", [], |row| row.get(0))?;
    let mut query = conn.prepare("SELECT link FROM links ORDER BY position")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        registry.restore(&row.get::<_, Vec<u8>>(0)?).map_err(|_| MemoryError::Corrupt("links"))?;
        // A memory of before version 4 has none yet.
        if registry.size() > known {
            add_root(conn, registry.size(), &registry.root())?;
        }
    }
    Ok(registry)
}

/// Remembers the log's root at a size.
pub(crate) fn add_root(conn: &Connection, size: u64, root: &[u8; 32]) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT OR IGNORE INTO log_roots (size, root) VALUES (?, ?)")?
        .execute(rusqlite::params![size, root])?;
    Ok(())
}

/// The log's root at a size that it has had.
pub(crate) fn root_at(conn: &Connection, size: u64) -> Result<Option<[u8; 32]>, MemoryError> {
    if size == 0 {
        return Ok(Some(Registry::default().root()));
    }
    Ok(conn
        .prepare_cached("SELECT root FROM log_roots WHERE size = ?")?
        .query_row([size], |row| row.get(0))
        .optional()?)
}

/// Every link, in order, as it was signed.
pub(crate) fn all(conn: &Connection) -> Result<Vec<Vec<u8>>, MemoryError> {
    let mut query = conn.prepare("SELECT link FROM links ORDER BY position")?;
    let links = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(links)
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
