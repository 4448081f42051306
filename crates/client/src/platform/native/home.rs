//! A client's folder: one device of one person, owned by one process at a time, encrypted at rest.

mod key;
mod keyring;
#[cfg(target_os = "linux")]
mod secret_service;
mod system;

use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use rusqlite::Connection;
use rustix::fs::{FlockOperation, flock};
use zeroize::Zeroizing;

pub use self::key::{KeyPlace, NewKey};
pub use self::keyring::KeyringTrouble;
use self::keyring::{DeviceKey, Keyring};
use super::Os;

const DATABASE: &str = "device.db";
const LOCK: &str = "lock";

/// A folder that this process owns until it is dropped.
pub struct Home {
    dir: PathBuf,
    new_key: NewKey,
    keyring: Box<dyn Keyring>,
    _lock: File,
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
    #[error(
        "the database in {0} does not open with its key; one of the two was replaced, put it back from a backup"
    )]
    Key(PathBuf),
    /// There is a database and nothing says where its key is.
    #[error(
        "the key of {0} is gone; put its device.key or device.keyring back, or log out there and log in again"
    )]
    KeyGone(PathBuf),
    /// The key is in a keyring that does not give it out now.
    #[error("the key of {dir} is in your keyring, but {trouble}")]
    Keyring {
        /// Which home.
        dir: PathBuf,
        /// Why, and what to do.
        trouble: KeyringTrouble,
    },
    /// The keyring is open and does not have the key.
    #[error(
        "the key of {dir} is not in this keyring (entry 'SecureChat device key {name}'); open the keyring it was kept in, \
         or log out there and log in again"
    )]
    EntryGone {
        /// Which home.
        dir: PathBuf,
        /// The entry's name.
        name: String,
    },
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
        let keyring = system::of_this_system();
        Ok(Self { dir: dir.to_owned(), new_key: NewKey::File, keyring, _lock: lock })
    }

    /// Says where the key may go if there is none yet; without this, into a file.
    #[must_use]
    pub fn with_new_key(self, new_key: NewKey) -> Self {
        Self { new_key, ..self }
    }

    /// The home as a person names it.
    pub(crate) fn place(&self) -> String {
        format!("{} (another folder is given with --home)", self.dir.display())
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where the database's key is, once there is one.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn key_place(&self) -> Result<Option<KeyPlace>, HomeError> {
        key::place(&self.dir)
    }

    /// Whether there is a database.
    pub fn is_taken(&self) -> bool {
        self.dir.join(DATABASE).exists()
    }

    /// Makes the encrypted database, and its key if there is none yet.
    pub(crate) fn create_database(&self) -> Result<Connection, HomeError> {
        let key = match (self.key_place()?, self.is_taken()) {
            (Some(place), _) => key::read(&self.dir, &place, self.keyring.as_ref())?,
            (None, false) => key::make(&self.dir, self.new_key, self.keyring.as_ref(), &mut Os)?,
            (None, true) => return Err(HomeError::KeyGone(self.dir.clone())),
        };
        self.unlock(&key)
    }

    /// Opens the encrypted database. Never makes a key: a database that has lost its own is not helped by another.
    pub(crate) fn open_database(&self) -> Result<Connection, HomeError> {
        let place = self.key_place()?.ok_or_else(|| HomeError::KeyGone(self.dir.clone()))?;
        self.unlock(&key::read(&self.dir, &place, self.keyring.as_ref())?)
    }

    fn unlock(&self, key: &DeviceKey) -> Result<Connection, HomeError> {
        let path = self.dir.join(DATABASE);
        let failed = |error| HomeError::Database { path: self.dir.clone(), error };
        private_file(&path).map_err(|error| HomeError::Io { path: path.clone(), error })?;
        let conn = Connection::open(&path).map_err(failed)?;
        let hex = Zeroizing::new(HEXLOWER.encode(key.as_ref()));
        let pragma = Zeroizing::new(format!("PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'{}'\"", *hex));
        conn.execute_batch(&pragma).map_err(failed)?;
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
            .map_err(|_| HomeError::Key(self.dir.clone()))?;
        Ok(conn)
    }

    /// Deletes the key first, then everything it opened: what is left of the database can be read by nobody.
    pub(crate) fn wipe(&self) -> Result<(), HomeError> {
        key::forget(&self.dir, self.keyring.as_ref())?;
        for name in [DATABASE, "device.db-wal", "device.db-shm"] {
            remove(&self.dir.join(name))?;
        }
        Ok(())
    }
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> Result<(), HomeError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(HomeError::Io { path: path.to_owned(), error })
        }
        Ok(()) | Err(_) => Ok(()),
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
        let conn = home.create_database().expect("opens");
        conn.execute_batch("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('canary-7f3a')").expect("writes");
        drop(conn);
        let bytes = fs::read(dir.path().join(DATABASE)).expect("a file");
        assert!(!bytes.windows(11).any(|window| window == b"canary-7f3a"));
        assert!(!bytes.starts_with(b"SQLite format 3"));
        fs::write(dir.path().join("device.key"), [7; 32]).expect("writes");
        assert!(matches!(home.open_database(), Err(HomeError::Key(_))));
    }

    #[test]
    fn key_and_database_are_for_their_owner_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let home = Home::own(dir.path()).expect("free");
        drop(home.create_database().expect("opens"));
        for name in ["device.key", DATABASE] {
            let mode = fs::metadata(dir.path().join(name)).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
