//! Moves the write-ahead log into the file, beside the writer and never in its way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use securechat_delivery::StoreError;

use crate::tx::store_error;
use crate::writer::OnFatal;

/// Between two checkpoints: each syncs the disk, which the writer wants for itself.
const PAUSE: Duration = Duration::from_millis(250);
/// Pages (4 KiB each) of log at which the writer lends a hand: while it writes without end, a checkpoint from beside
/// never reaches the log's end, and the log is never reused.
const LOG_PAGES_MAX: i64 = 16_384;

/// The writer's side.
pub(crate) struct Nudge {
    wake: SyncSender<()>,
    long: Arc<AtomicBool>,
}

/// The thread's handle; ends it when dropped.
pub(crate) struct Checkpointer {
    quit: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Nudge {
    /// Something was written.
    pub(crate) fn written(&self) {
        // A nudge that waits already is as good.
        let _ = self.wake.try_send(());
    }

    /// Shortens the log from the writer's own connection, if it has grown too long.
    pub(crate) fn shorten(&self, writer: &Connection) -> Result<(), StoreError> {
        if self.long.load(Ordering::Relaxed) {
            let pages = checkpoint(writer)?;
            self.long.store(pages > LOG_PAGES_MAX, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Starts the thread.
pub(crate) fn start(conn: Connection, on_fatal: OnFatal) -> std::io::Result<(Nudge, Checkpointer)> {
    let (wake, woken) = sync_channel(1);
    let (quit, quitted) = sync_channel(1);
    let long = Arc::new(AtomicBool::new(false));
    let nudge = Nudge { wake, long: Arc::clone(&long) };
    let thread = std::thread::Builder::new()
        .name("sqlite-checkpointer".into())
        .spawn(move || run(&conn, &woken, &quitted, &long, &on_fatal))?;
    Ok((nudge, Checkpointer { quit: Some(quit), thread: Some(thread) }))
}

fn run(
    conn: &Connection,
    woken: &Receiver<()>,
    quitted: &Receiver<()>,
    long: &AtomicBool,
    on_fatal: &OnFatal,
) {
    while woken.recv().is_ok() {
        match checkpoint(conn) {
            Ok(pages) => {
                if pages > LOG_PAGES_MAX {
                    long.store(true, Ordering::Relaxed);
                }
            }
            Err(StoreError::Full) => {
                tracing::warn!("the disk is full: the write-ahead log stays where it is");
            }
            Err(StoreError::Broken(reason)) => return on_fatal.call(&reason),
        }
        match quitted.recv_timeout(PAUSE) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Moves what can be moved; answers with the log's remaining pages.
fn checkpoint(conn: &Connection) -> Result<i64, StoreError> {
    let (log, moved): (i64, i64) = conn
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get(1)?, row.get(2)?)))
        .map_err(|error| store_error(&error))?;
    Ok(if moved >= log { 0 } else { log })
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.quit.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
