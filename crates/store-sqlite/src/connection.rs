//! Opens connections, and refuses a SQLite or a file that would not keep what was acknowledged.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::migrations;

/// Older ones may reset the write-ahead log under a reader.
const SQLITE_VERSION_MIN: i32 = 3_051_003;
/// The writer is alone; waiting at all means that another process holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Statements a connection keeps prepared: more than there are.
const STATEMENTS: usize = 160;
/// Room that an emptied write-ahead log may keep.
const WAL_BYTES_KEPT: u64 = 64 * 1024 * 1024;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite fails.
    #[error("the database cannot be opened: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file or its folder cannot be made or protected.
    #[error("the database file cannot be made: {0}")]
    File(#[from] std::io::Error),
    /// SQLite is too old.
    #[error("SQLite {0} is too old to be trusted with messages; 3.51.3 is needed")]
    Old(String),
    /// A setting did not take.
    #[error("SQLite keeps {setting} at '{value}', which could lose acknowledged messages")]
    Setting {
        /// Which.
        setting: &'static str,
        /// What it is.
        value: String,
    },
    /// The file is damaged.
    #[error("the database is damaged ({0}); restore a backup")]
    Damaged(String),
    /// Written by a newer release.
    #[error("the database was written by a newer SecureChat (schema {0}); update this program")]
    Newer(usize),
    /// Written by an older release, and not to be changed by merely looking at it.
    #[error(
        "the database was written by an older SecureChat (schema {0}); a start of the server brings it up to date"
    )]
    Older(usize),
    /// The identity cannot be read or made.
    #[error("the server's identity cannot be kept: {0}")]
    Identity(String),
}

/// The one connection that writes: makes the file, checks it, brings the schema up to date.
pub(crate) fn writer(path: &Path) -> Result<Connection, OpenError> {
    check_version(rusqlite::version_number())?;
    make_private(path)?;
    let conn = open(path)?;
    set(&conn, "journal_mode", "WAL", "wal")?;
    // 2 is FULL: the log is synced at every commit.
    set(&conn, "synchronous", "FULL", "2")?;
    #[cfg(debug_assertions)]
    if crate::broken::syncs_seldom() {
        set(&conn, "synchronous", "NORMAL", "1")?;
    }
    // Checkpoints have a thread of their own.
    set(&conn, "wal_autocheckpoint", "0", "0")?;
    set(&conn, "journal_size_limit", &WAL_BYTES_KEPT.to_string(), &WAL_BYTES_KEPT.to_string())?;
    conn.execute_batch(
        // Deleted bytes are overwritten: a room's limit is a promise.
        "PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; PRAGMA cache_size = -65536;
         PRAGMA secure_delete = ON",
    )?;
    let verdict: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(OpenError::Damaged(verdict));
    }
    migrations::run(&conn)?;
    Ok(conn)
}

/// Refuses a file whose tables are not those of this release, without changing it.
pub(crate) fn check_schema(path: &Path) -> Result<(), OpenError> {
    check_version(rusqlite::version_number())?;
    migrations::check(&reader(path)?)
}

/// A connection that reads only.
pub(crate) fn reader(path: &Path) -> Result<Connection, OpenError> {
    let conn = open(path)?;
    set(&conn, "query_only", "ON", "1")?;
    conn.execute_batch("PRAGMA cache_size = -8192")?;
    Ok(conn)
}

/// Moves all of the write-ahead log into the file and cuts it off; `false` while somebody is in the way.
pub(crate) fn cut_log(path: &Path) -> Result<bool, rusqlite::Error> {
    let conn = open(path)?;
    conn.execute_batch("PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON")?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i64>(0)? == 0))
}

/// A connection that moves the write-ahead log into the file.
pub(crate) fn checkpointer(path: &Path) -> Result<Connection, OpenError> {
    let conn = open(path)?;
    set(&conn, "synchronous", "FULL", "2")?;
    conn.execute_batch("PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON")?;
    Ok(conn)
}

fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // Memory-mapped files turn I/O errors into signals; temporary ones would land on another disk.
    conn.execute_batch(
        "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON",
    )?;
    Ok(conn)
}

fn check_version(number: i32) -> Result<(), OpenError> {
    if number < SQLITE_VERSION_MIN {
        let text = format!("{}.{}.{}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000);
        return Err(OpenError::Old(text));
    }
    Ok(())
}

/// Sets a setting and reads it back: SQLite ignores what it cannot do.
fn set(conn: &Connection, setting: &'static str, value: &str, expected: &str) -> Result<(), OpenError> {
    conn.execute_batch(&format!("PRAGMA {setting} = {value}"))?;
    let is: rusqlite::types::Value = conn.query_row(&format!("PRAGMA {setting}"), [], |row| row.get(0))?;
    let is = match is {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        other @ (rusqlite::types::Value::Null
        | rusqlite::types::Value::Real(_)
        | rusqlite::types::Value::Blob(_)) => format!("{other:?}"),
    };
    if is == expected { Ok(()) } else { Err(OpenError::Setting { setting, value: is }) }
}

/// Makes the folder (700) and the file (600) before SQLite does; its other files take after it.
#[cfg(unix)]
pub(crate) fn make_private(path: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};

    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    Ok(())
}

/// Makes the folder and the file before SQLite does; the user's profile folder is private by itself.
#[cfg(not(unix))]
pub(crate) fn make_private(path: &Path) -> Result<(), OpenError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_sqlite_is_refused() {
        assert!(matches!(check_version(3_051_002), Err(OpenError::Old(text)) if text == "3.51.2"));
        assert!(check_version(SQLITE_VERSION_MIN).is_ok());
    }

    #[test]
    fn a_setting_that_does_not_take_is_noticed() {
        let conn = Connection::open_in_memory().expect("opens");
        let refused = set(&conn, "journal_mode", "WAL", "wal");
        assert!(matches!(refused, Err(OpenError::Setting { setting: "journal_mode", .. })), "{refused:?}");
    }
}
