//! Opening: modes of the files, settings, identity, damage.

use std::os::unix::fs::PermissionsExt as _;

use rusqlite::Connection;
use securechat_delivery::{Busy, Job, Store as _, identity};
use securechat_store_sqlite::{OpenError, SqliteStore};

use crate::seed::{Seed, open, read, write};

#[test]
fn nobody_else_reads_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (store, _) = open(&data.join("server.db"), 1).unwrap();
    write(&store, |tx| identity::restored(tx, &mut Seed(5))).unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let files: Vec<_> = data.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn the_identity_outlives_a_restart_and_a_restore_changes_its_generation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.db");
    let (store, first) = open(&path, 1).unwrap();
    drop(store);
    let (store, second) = open(&path, 2).unwrap();
    assert_eq!(first, second);
    let renewed = write(&store, |tx| identity::restored(tx, &mut Seed(5))).unwrap();
    drop(store);
    let (store, third) = open(&path, 3).unwrap();
    assert_eq!(third.server_id, first.server_id);
    assert_eq!(third.generation, renewed);
    assert_ne!(third.generation, first.generation);
    assert_eq!(read(&store, |tx| Ok(identity::read(tx)?)).unwrap(), third);
}

#[test]
fn the_log_is_written_ahead_by_a_sound_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.db");
    let (_store, _) = open(&path, 1).unwrap();
    let other = Connection::open(&path).unwrap();
    let mode: String = other.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    assert!(rusqlite::version_number() >= 3_051_003);
}

#[test]
fn a_damaged_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.db");
    drop(open(&path, 1).unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    // A page in the middle, whichever table's.
    let middle = bytes.len() / 4096 / 2 * 4096;
    bytes[middle..middle + 2048].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let refused = open(&path, 1).err().unwrap();
    assert!(matches!(refused, OpenError::Damaged(_) | OpenError::Sqlite(_)), "{refused:?}");
}

#[test]
fn a_backup_is_a_whole_server() {
    let folder = tempfile::tempdir().unwrap();
    let (store, identity) = open(&folder.path().join("server.db"), 1).unwrap();
    let copy = folder.path().join("backup").join("copy.db");
    store.backup(&copy).unwrap();
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(store.backup(&copy).is_err(), "nothing is overwritten");
    assert_eq!(open(&copy, 9).unwrap().1, identity);
}

#[test]
fn whoever_looks_reads_beside_the_server_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.db");
    let (store, identity) = open(&path, 1).unwrap();
    let look = SqliteStore::look(&path).unwrap();
    assert_eq!(read(&look, |tx| Ok(identity::read(tx)?)).unwrap(), identity);
    assert_eq!(look.integrity().unwrap(), Vec::<String>::new());
    let refused = look.write(Job { run: Box::new(|_| Ok(())), done: Box::new(|_| {}) });
    assert_eq!(refused, Err(Busy));
    let copy = folder.path().join("copy.db");
    look.backup(&copy).unwrap();
    let before = std::fs::read(&copy).unwrap();
    let of_copy = SqliteStore::look(&copy).unwrap();
    assert_eq!(read(&of_copy, |tx| Ok(identity::read(tx)?)).unwrap(), identity);
    assert_eq!(of_copy.integrity().unwrap(), Vec::<String>::new());
    drop((store, look, of_copy));
    assert_eq!(std::fs::read(&copy).unwrap(), before, "not a byte");
    assert!(!folder.path().join("copy.db-wal").exists());
}

#[test]
fn a_row_that_its_index_does_not_know_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.db");
    drop(open(&path, 1).unwrap());
    // The index is of other columns than it says: what a start's quick look at the file does not see.
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "INSERT INTO items (user_id, name, version, sealed) VALUES (zeroblob(16), zeroblob(16), 7, x'01');
             PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = 'CREATE INDEX items_of_user ON items (user_id, version)'
             WHERE name = 'items_of_user'",
        )
        .unwrap();
    let found = SqliteStore::look(&path).unwrap().integrity().unwrap();
    assert!(found.iter().any(|line| line.contains("items_of_user")), "{found:?}");
}
