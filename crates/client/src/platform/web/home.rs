//! A client's home in a browser: one encrypted SQLite file in the origin's private file system, owned by one worker.

use data_encoding::HEXLOWER;
use rsqlite_vfs::VfsFilesManager as _;
use rusqlite::Connection;
use sqlite_wasm_rs::WasmOsCallback;
use sqlite_wasm_vfs::sahpool::{OpfsSAHPoolCfgBuilder, OpfsSAHPoolUtil, install};
use zeroize::Zeroizing;

const FOLDER: &str = ".securechat";
const DATABASE: &str = "device.db";

/// The home of this origin, owned until the worker ends.
pub struct Home {
    key: Zeroizing<[u8; 32]>,
    pool: OpfsSAHPoolUtil,
}

/// Why a home cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The browser keeps no files for this page, or another tab has them.
    #[error(
        "this browser does not let SecureChat keep its files ({0}); a private window or a blocked site setting does that"
    )]
    Files(String),
    /// The key does not open the database.
    #[error("the database in this browser does not open with the key beside it")]
    Key,
    /// SQLite.
    #[error("the database in this browser failed: {0}")]
    Database(rusqlite::Error),
}

impl Home {
    /// Takes the origin's files for this worker. Two workers at once are kept apart by whoever calls (a Web Lock); the
    /// browser itself refuses the second.
    ///
    /// # Errors
    /// [`HomeError::Files`].
    pub async fn own(key: [u8; 32]) -> Result<Self, HomeError> {
        let place = OpfsSAHPoolCfgBuilder::new().directory(FOLDER).build();
        let pool = install::<WasmOsCallback>(&place, true).await;
        let pool = pool.map_err(|error| HomeError::Files(error.to_string()))?;
        Ok(Self { key: Zeroizing::new(key), pool })
    }

    /// The home as a person names it.
    pub(crate) fn place(&self) -> String {
        "this browser".into()
    }

    /// Whether there is a database.
    pub fn is_taken(&self) -> bool {
        self.pool.contains(DATABASE).unwrap_or(true)
    }

    /// Makes the encrypted database. Its key was made with the home, by the worker.
    pub(crate) fn create_database(&self) -> Result<Connection, HomeError> {
        self.open_database()
    }

    /// Opens the encrypted database.
    pub(crate) fn open_database(&self) -> Result<Connection, HomeError> {
        let conn = Connection::open(DATABASE).map_err(HomeError::Database)?;
        let hex = Zeroizing::new(HEXLOWER.encode(self.key.as_ref()));
        let pragma = Zeroizing::new(format!("PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'{}'\"", *hex));
        conn.execute_batch(&pragma).map_err(HomeError::Database)?;
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(|_| HomeError::Key)?;
        Ok(conn)
    }

    /// The same files under another key, for who comes next. Nothing may be in them.
    #[must_use]
    pub fn with_key(self, key: [u8; 32]) -> Self {
        Self { key: Zeroizing::new(key), pool: self.pool }
    }

    /// Deletes everything. The key is destroyed before by whoever keeps it: what a crash then leaves can be read by nobody.
    ///
    /// # Errors
    /// [`HomeError::Files`].
    pub fn wipe(&self) -> Result<(), HomeError> {
        self.pool.clear().map_err(|error| HomeError::Files(error.to_string()))
    }
}
