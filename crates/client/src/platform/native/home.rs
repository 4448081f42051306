//! A client's folder: one device of one person, owned by one process at a time, encrypted at rest.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use rusqlite::Connection;
use rustix::fs::{FlockOperation, flock};
use securechat_engine::Chance as _;
use zeroize::Zeroizing;

use super::Os;

const DATABASE: &str = "device.db";
const KEY: &str = "device.key";
const LOCK: &str = "lock";

/// A folder that this process owns until it is dropped.
pub struct Home {
    dir: PathBuf,
    _lock: File,
}

/// Where the key of a home's database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// A file beside the database that only its owner reads (mode 600).
    File(PathBuf),
}

/// Why a home cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The folder or a file in it.
    #[error("cannot use {path}: {error}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Another process owns it.
    #[error(
        "another securechat uses {0} already (a terminal app or a `tail --follow`?); close it, or give this one its own \
         folder with --home"
    )]
    InUse(PathBuf),
    /// The key does not open the database.
    #[error("the database in {0} does not open with the key beside it")]
    Key(PathBuf),
    /// SQLite.
    #[error("the database in {path} failed: {error}")]
    Database {
        /// Where.
        path: PathBuf,
        /// Why.
        error: rusqlite::Error,
    },
}

impl Home {
    /// Takes a folder for this process, making it if it is not there.
    ///
    /// # Errors
    /// [`HomeError::InUse`] while another process has it, [`HomeError::Io`].
    pub fn own(dir: &Path) -> Result<Self, HomeError> {
        let io = |error| HomeError::Io { path: dir.to_owned(), error };
        fs::create_dir_all(dir).map_err(io)?;
        fs::set_permissions(dir, Permissions::from_mode(0o700)).map_err(io)?;
        let lock = private_file(&dir.join(LOCK)).map_err(io)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| HomeError::InUse(dir.to_owned()))?;
        Ok(Self { dir: dir.to_owned(), _lock: lock })
    }

    /// The home as a person names it.
    pub(crate) fn place(&self) -> String {
        format!("{} (another folder is given with --home)", self.dir.display())
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where the database's key is.
    pub fn key_place(&self) -> KeyPlace {
        KeyPlace::File(self.dir.join(KEY))
    }

    /// Whether there is a database.
    pub fn is_taken(&self) -> bool {
        self.dir.join(DATABASE).exists()
    }

    /// Opens the encrypted database, making key and file if they are not there.
    pub(crate) fn open_database(&self) -> Result<Connection, HomeError> {
        let path = self.dir.join(DATABASE);
        let failed = |error| HomeError::Database { path: self.dir.clone(), error };
        let key = self.key()?;
        let io = |error| HomeError::Io { path: path.clone(), error };
        private_file(&path).map_err(io)?;
        let conn = Connection::open(&path).map_err(failed)?;
        let hex = Zeroizing::new(HEXLOWER.encode(key.as_ref()));
        let pragma = Zeroizing::new(format!("PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'{}'\"", *hex));
        conn.execute_batch(&pragma).map_err(failed)?;
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
            .map_err(|_| HomeError::Key(self.dir.clone()))?;
        Ok(conn)
    }

    fn key(&self) -> Result<Zeroizing<[u8; 32]>, HomeError> {
        let path = self.dir.join(KEY);
        let io = |error| HomeError::Io { path: path.clone(), error };
        let mut key = Zeroizing::new([0; 32]);
        if path.exists() {
            File::open(&path).and_then(|mut file| file.read_exact(key.as_mut())).map_err(io)?;
            return Ok(key);
        }
        Os.fill(key.as_mut());
        // Whole or not at all: a half-written key would lock the database for ever.
        let fresh = path.with_extension("new");
        let mut file = private_file(&fresh).map_err(io)?;
        file.write_all(key.as_ref()).and_then(|()| file.sync_all()).map_err(io)?;
        fs::rename(&fresh, &path).map_err(io)?;
        File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(io)?;
        Ok(key)
    }

    /// Deletes the key first, then everything it opened: what is left of the database can be read by nobody.
    pub(crate) fn wipe(&self) -> Result<(), HomeError> {
        for name in [KEY, DATABASE, "device.db-wal", "device.db-shm"] {
            let path = self.dir.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(HomeError::Io { path, error });
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

fn private_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_owns_a_home_at_a_time() {
        let dir = tempfile::tempdir().expect("a folder");
        let first = Home::own(dir.path()).expect("free");
        assert!(matches!(Home::own(dir.path()), Err(HomeError::InUse(_))));
        drop(first);
        assert!(Home::own(dir.path()).is_ok());
    }

    #[test]
    fn nothing_in_the_file_is_readable_and_another_key_opens_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let home = Home::own(dir.path()).expect("free");
        let conn = home.open_database().expect("opens");
        conn.execute_batch("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('canary-7f3a')").expect("writes");
        drop(conn);
        let bytes = fs::read(dir.path().join(DATABASE)).expect("a file");
        assert!(!bytes.windows(11).any(|window| window == b"canary-7f3a"));
        assert!(!bytes.starts_with(b"SQLite format 3"));
        fs::write(dir.path().join(KEY), [7; 32]).expect("writes");
        assert!(matches!(home.open_database(), Err(HomeError::Key(_))));
    }

    #[test]
    fn key_and_database_are_for_their_owner_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let home = Home::own(dir.path()).expect("free");
        drop(home.open_database().expect("opens"));
        for name in [KEY, DATABASE] {
            let mode = fs::metadata(dir.path().join(name)).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
