//! Opens a device's database: settings that make a commit final, and the schema.

use rusqlite::Connection;

/// Version of a memory that has every step below.
const SCHEMA_VERSION: i64 = 9;
/// What leads from each version to the next.
const STEPS: [&[&str]; 9] = [
    &[include_str!("schema.sql"), securechat_mls_member::SCHEMA],
    &[include_str!("schema_2.sql")],
    &[include_str!("schema_3.sql")],
    &[include_str!("schema_4.sql")],
    &[include_str!("schema_5.sql")],
    &[include_str!("schema_6.sql")],
    &[include_str!("schema_7.sql")],
    &[include_str!("schema_8.sql")],
    &[include_str!("schema_9.sql")],
];

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
    if version == SCHEMA_VERSION {
        return Ok(());
    }
    let done = usize::try_from(version).map_err(|_| MemoryError::Corrupt("user_version"))?;
    let steps = STEPS.get(done..).ok_or(MemoryError::Newer(version))?;
    conn.execute_batch("BEGIN IMMEDIATE")?;
    for sql in steps.iter().copied().flatten() {
        conn.execute_batch(sql)?;
    }
    conn.execute_batch(&format!("PRAGMA user_version = {SCHEMA_VERSION}; COMMIT"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_of_the_first_version_is_led_to_this_one_and_a_newer_one_is_left_alone() {
        let conn = Connection::open_in_memory().expect("opens");
        for sql in STEPS[0] {
            conn.execute_batch(sql).expect("version 1");
        }
        conn.execute_batch("PRAGMA user_version = 1").expect("version 1");
        prepare(&conn).expect("is led on");
        conn.execute_batch("INSERT INTO settings VALUES ('theme', 'dark')").expect("version 2");
        prepare(&conn).expect("is left as it is");
        let newer = SCHEMA_VERSION + 1;
        conn.execute_batch(&format!("PRAGMA user_version = {newer}")).expect("newer");
        assert!(matches!(prepare(&conn), Err(MemoryError::Newer(version)) if version == newer));
    }
}
