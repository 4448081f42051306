//! What a person has set on this device: names and values that only faces understand.

use rusqlite::{Connection, OptionalExtension};

use super::MemoryError;

/// Every setting.
pub(crate) fn all(conn: &Connection) -> Result<Vec<(String, String)>, MemoryError> {
    let mut statement = conn.prepare_cached("SELECT name, value FROM settings ORDER BY name")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One setting.
pub(crate) fn read(conn: &Connection, name: &str) -> Result<Option<String>, MemoryError> {
    let mut statement = conn.prepare_cached("SELECT value FROM settings WHERE name = ?")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

/// Sets one, or forgets it.
pub(crate) fn set(conn: &Connection, name: &str, value: Option<&str>) -> Result<(), MemoryError> {
    match value {
        Some(value) => conn
            .prepare_cached("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)")?
            .execute([name, value])?,
        None => conn.prepare_cached("DELETE FROM settings WHERE name = ?")?.execute([name])?,
    };
    Ok(())
}
