//! Moves the write-ahead log into the file, beside the writer and never in its way.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use securechat_delivery::StoreError;

use crate::OpenError;
use crate::connection;
use crate::fatal::OnFatal;
use crate::tx::store_error;

/// Between two checkpoints: each syncs the disk, which the writer wants for itself.
const PAUSE: Duration = Duration::from_millis(250);
/// Length of log at which the writer lends a hand: while it writes without end, a checkpoint from beside never reaches
/// the log's end, and the log is never begun anew. Well above what an emptied log may keep.
const LOG_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// The writer's side; ends the thread when dropped.
pub(crate) struct Checkpointer {
    wake: Option<SyncSender<()>>,
    quit: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    log: PathBuf,
}

impl Checkpointer {
    /// Something was written.
    pub(crate) fn written(&self) {
        if let Some(wake) = &self.wake {
            // A nudge that waits already is as good.
            let _ = wake.try_send(());
        }
    }

    /// Moves all of the log from the writer's own connection, if it has grown too long; its next write begins it anew.
    pub(crate) fn shorten(&self, writer: &Connection) -> Result<(), StoreError> {
        let long = self.log.metadata().is_ok_and(|file| file.len() > LOG_BYTES_MAX);
        if long { checkpoint(writer) } else { Ok(()) }
    }
}

/// Starts the thread.
pub(crate) fn start(path: &Path, on_fatal: OnFatal) -> Result<Checkpointer, OpenError> {
    let conn = connection::checkpointer(path)?;
    let (wake, woken) = sync_channel(1);
    let (quit, quitted) = sync_channel(1);
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let thread = std::thread::Builder::new()
        .name("sqlite-checkpointer".into())
        .spawn(move || run(&conn, &woken, &quitted, &on_fatal))?;
    Ok(Checkpointer { wake: Some(wake), quit: Some(quit), thread: Some(thread), log: log.into() })
}

fn run(conn: &Connection, woken: &Receiver<()>, quitted: &Receiver<()>, on_fatal: &OnFatal) {
    while woken.recv().is_ok() {
        match checkpoint(conn) {
            Ok(()) => {}
            Err(StoreError::Full) => {
                tracing::warn!("the disk is full: the write-ahead log stays where it is");
            }
            Err(StoreError::Broken(reason)) => return on_fatal.call(&reason),
            Err(late @ StoreError::Late) => return on_fatal.call(&late.to_string()),
        }
        match quitted.recv_timeout(PAUSE) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Moves what can be moved without anybody waiting.
fn checkpoint(conn: &Connection) -> Result<(), StoreError> {
    conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).map_err(|error| store_error(&error))
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wake.take();
        self.quit.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
