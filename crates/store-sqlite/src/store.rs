//! The [`Store`] that the mind's jobs and queries go through.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use securechat_delivery::identity::{self, Identity};
use securechat_delivery::{Busy, Job, Rng, Store, StoreError, Tx};

use crate::checkpointer;
use crate::connection::{self, OpenError};
use crate::fatal::OnFatal;
use crate::readers::{READ_TIME_MAX, Readers};
use crate::tx::{SqliteTx, store_error};
use crate::writer::Writer;

/// How much may wait, read at once and be kept.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Jobs that may wait for the writer.
    pub queue: usize,
    /// Connections that read.
    pub readers: usize,
    /// Most pages (4 KiB each) of the file, as if the disk ended there; `None` for SQLite's own bound.
    pub pages_max: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self { queue: 4_096, readers: 4, pages_max: None }
    }
}

/// Time a query has of somebody who only looks: as long as it takes.
const LOOK_TIME_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Findings of SQLite's own check that are told.
const FINDINGS_MAX: usize = 20;

/// The server's memory. Dropped, it finishes what was queued and closes the file.
pub struct SqliteStore {
    path: PathBuf,
    readers: Readers,
    jobs: Option<SyncSender<Job>>,
    writer: Option<JoinHandle<()>>,
}

impl SqliteStore {
    /// Opens or makes the file and checks it. `rng` draws the server's identity at the first opening. `on_fatal` is
    /// called with the reason, once, when writing fails for anything but a full disk, or the file cannot be read: the process is to end there and
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
        let conn = connection::writer(path)?;
        let identity = found(&conn, rng)?;
        if let Some(pages) = options.pages_max {
            conn.execute_batch(&format!("PRAGMA max_page_count = {pages}"))?;
        }
        let on_fatal = OnFatal::new(on_fatal);
        let readers = Readers::open(path, options.readers, READ_TIME_MAX, on_fatal.clone())?;
        let checkpointer = checkpointer::start(path, on_fatal.clone())?;
        let (jobs, queue) = sync_channel(options.queue.max(1));
        let writer = Writer { conn, jobs: queue, checkpointer, on_fatal };
        let writer = std::thread::Builder::new().name("sqlite-writer".into()).spawn(move || writer.run())?;
        let store = Self { path: path.to_owned(), readers, jobs: Some(jobs), writer: Some(writer) };
        Ok((store, identity))
    }

    /// Opens a file to look at it, whether its server runs or not: nothing is checked first, nothing is brought up to date,
    /// every write is refused as [`Busy`], and a query has all the time that it needs.
    ///
    /// # Errors
    /// [`OpenError`], for a file of another release too.
    pub fn look(path: &Path) -> Result<Self, OpenError> {
        connection::check_schema(path)?;
        let on_fatal = OnFatal::new(|reason| tracing::error!(%reason, "the file cannot be read"));
        let readers = Readers::open(path, 1, LOOK_TIME_MAX, on_fatal)?;
        Ok(Self { path: path.to_owned(), readers, jobs: None, writer: None })
    }

    /// What SQLite's whole check of the file finds, a line each; nothing when all is well. Reads every page.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        self.readers.with(&mut |tx| {
            let sql = format!("PRAGMA integrity_check({FINDINGS_MAX})");
            found = tx.all(&sql, [], |row| row.get::<_, String>(0))?;
            Ok(())
        })?;
        found.retain(|line| line != "ok");
        Ok(found)
    }

    /// Writes a consistent copy of the file to `to`, which must not exist, beside all else that goes on. When this returns,
    /// the copy is on the disk.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn backup(&self, to: &Path) -> Result<(), OpenError> {
        if to.exists() {
            return Err(OpenError::File(std::io::ErrorKind::AlreadyExists.into()));
        }
        connection::make_private(to)?;
        // Not one of the readers, which answer people meanwhile; and `VACUUM INTO` is no query to `query_only`.
        let conn = connection::checkpointer(&self.path)?;
        conn.execute("VACUUM INTO ?", [to.to_string_lossy()])?;
        // SQLite does not sync what it vacuums into.
        std::fs::File::open(to)?.sync_all()?;
        if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

/// The server's identity, made now if the file is new.
fn found(conn: &Connection, rng: &mut dyn Rng) -> Result<Identity, OpenError> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let identity = identity::found(&mut SqliteTx::new(conn), rng)
        .map_err(|error| OpenError::Identity(error.to_string()))?;
    conn.execute_batch("COMMIT")?;
    Ok(identity)
}

impl Store for SqliteStore {
    fn write(&self, job: Job) -> Result<(), Busy> {
        self.jobs.as_ref().ok_or(Busy)?.try_send(job).map_err(|_| Busy)
    }

    fn read(&self, query: &mut dyn FnMut(&mut dyn Tx) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.readers.read(query)
    }

    fn forget(&self) -> Result<bool, StoreError> {
        connection::cut_log(&self.path).map_err(|error| store_error(&error))
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.jobs.take();
        // The last to hold the store may be one of the writer's own jobs, and nobody waits for themselves.
        let own = std::thread::current().id();
        if let Some(writer) = self.writer.take().filter(|writer| writer.thread().id() != own) {
            let _ = writer.join();
        }
    }
}
