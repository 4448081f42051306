//! Opens the file, and is the [`Store`] that the mind's jobs and queries go through.

use std::path::Path;

use securechat_delivery::identity::Identity;
use securechat_delivery::{Busy, Job, Rng, Store, StoreError, Tx};

/// How much may wait and read at once.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Jobs that may wait for the writer.
    pub queue: usize,
    /// Connections that read.
    pub readers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { queue: 4_096, readers: 4 }
    }
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite fails.
    #[error("the database cannot be opened: {0}")]
    Sqlite(String),
}

/// The server's memory. Dropped, it finishes what was queued and closes the file.
pub struct SqliteStore {}

impl SqliteStore {
    /// Opens or makes the file and checks it. `rng` draws the server's identity at the first opening. `on_fatal` is
    /// called with the reason, once, when writing fails for anything but a full disk: the process is to end there and
    /// then, for nothing queued is answered any more.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        path: &Path,
        options: Options,
        rng: &mut dyn Rng,
        on_fatal: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<(Self, Identity), OpenError> {
        let _ = (path, options, rng, on_fatal);
        unimplemented!()
    }

    /// Writes a consistent copy of the file to `to`, which must not exist, beside all else that goes on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let _ = to;
        unimplemented!()
    }
}

impl Store for SqliteStore {
    fn write(&self, job: Job) -> Result<(), Busy> {
        let _ = job;
        unimplemented!()
    }

    fn read(&self, query: &mut dyn FnMut(&mut dyn Tx) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let _ = query;
        unimplemented!()
    }
}
