//! Opens a device's database: settings that make a commit final, and the schema.

use rusqlite::Connection;

/// Version of the schema below.
const SCHEMA_VERSION: i64 = 1;

/// Why a device's database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// SQLite fails.
    #[error("this device's database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Written by a newer release.
    #[error("this device's database was written by a newer SecureChat (version {0}); update this program")]
    Newer(i64),
    /// A row that this program did not write.
    #[error("this device's database holds something unreadable in {0}")]
    Corrupt(&'static str),
}

/// Makes a connection durable and its schema current. The key, if the file is encrypted, has been set before.
///
/// # Errors
/// [`MemoryError`]; a wrong key shows as `Sqlite` ("file is not a database").
pub fn prepare(conn: &Connection) -> Result<(), MemoryError> {
    // A commit that returned is on the disk, and nothing of a deleted secret stays in the file. (The browser has no WAL
    // and keeps a rollback journal, which is as durable.)
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;",
    )?;
    let version: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        SCHEMA_VERSION => Ok(()),
        0 => {
            conn.execute_batch("BEGIN IMMEDIATE")?;
            conn.execute_batch(include_str!("schema.sql"))?;
            conn.execute_batch(securechat_mls_member::SCHEMA)?;
            conn.execute_batch(&format!("PRAGMA user_version = {SCHEMA_VERSION}; COMMIT"))?;
            Ok(())
        }
        newer => Err(MemoryError::Newer(newer)),
    }
}
