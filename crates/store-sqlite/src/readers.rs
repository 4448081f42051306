//! A few connections that read, lent out one query at a time.

use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use securechat_delivery::{StoreError, Tx};

use crate::OpenError;
use crate::connection;
use crate::deadline::Deadline;
use crate::fatal::OnFatal;
use crate::tx::{SqliteTx, store_error};

/// Time a query has. While it reads, nothing written since it began can be moved out of the write-ahead log for good.
pub(crate) const READ_TIME_MAX: Duration = Duration::from_secs(5);
/// Steps of SQLite's machine between two looks at the clock: well under a millisecond.
const STEPS: i32 = 1_000;

pub(crate) struct Readers {
    free: Mutex<Vec<Connection>>,
    returned: Condvar,
    time_max: Duration,
    on_fatal: OnFatal,
}

/// A connection that goes back when dropped, even by a panic.
struct Lent<'a> {
    readers: &'a Readers,
    conn: Option<Connection>,
}

impl Readers {
    pub(crate) fn open(
        path: &Path,
        count: usize,
        time_max: Duration,
        on_fatal: OnFatal,
    ) -> Result<Self, OpenError> {
        let free = (0..count.max(1)).map(|_| connection::reader(path)).collect::<Result<_, _>>()?;
        Ok(Self { free: Mutex::new(free), returned: Condvar::new(), time_max, on_fatal })
    }

    /// Runs a query on one snapshot, waiting for a connection if all are lent out.
    pub(crate) fn read(
        &self,
        query: &mut dyn FnMut(&mut dyn Tx) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.with(&mut |tx| query(tx))
    }

    /// [`Readers::read`], with the statements themselves at hand.
    pub(crate) fn with(
        &self,
        query: &mut dyn FnMut(&mut SqliteTx<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut lent = self.lend();
        let Some(conn) = &mut lent.conn else { return Err(StoreError::Broken("no reader".into())) };
        conn.execute_batch("BEGIN").map_err(|error| store_error(&error))?;
        let deadline = Deadline::after(self.time_max);
        conn.progress_handler(STEPS, Some(move || deadline.passed())).map_err(|error| store_error(&error))?;
        let mut tx = SqliteTx::until(conn, deadline);
        let result = query(&mut tx);
        let damaged = tx.damaged();
        match tx.failure() {
            Some(failure) => {
                // Whoever reads next could be told that something is not there.
                if let (true, StoreError::Broken(reason)) = (damaged, &failure) {
                    self.on_fatal.call(reason);
                }
                Err(failure)
            }
            None => result,
        }
    }

    fn lend(&self) -> Lent<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(conn) = free.pop() {
                return Lent { readers: self, conn: Some(conn) };
            }
            free = self.returned.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(mut conn) = self.conn.take() {
            // The end of a query has all the time that it needs.
            if let Err(error) = conn.progress_handler(0, None::<fn() -> bool>) {
                tracing::error!(%error, "a reader keeps its deadline");
            }
            // A snapshot held on would keep the write-ahead log from being reused.
            if !conn.is_autocommit()
                && let Err(error) = conn.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "a reader cannot end its snapshot");
            }
            self.readers.free.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
            self.readers.returned.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rusqlite::Connection;
    use securechat_delivery::rows::MetaKey;

    use super::*;

    const SHORT: Duration = Duration::from_millis(50);
    const ENDLESS: &str =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    fn new_file() -> (tempfile::TempDir, PathBuf, Connection) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("server.db");
        let writer = connection::writer(&path).expect("opens");
        (folder, path, writer)
    }

    /// How many frames the write-ahead log has, and how many of them are in the file.
    fn checkpoint(conn: &Connection) -> (i64, i64) {
        let numbers = |row: &rusqlite::Row<'_>| Ok((row.get(1)?, row.get(2)?));
        conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], numbers).expect("a checkpoint")
    }

    #[test]
    fn a_query_without_end_is_ended_and_its_connection_serves_again() {
        let (_folder, path, _writer) = new_file();
        let readers = Readers::open(&path, 1, SHORT, OnFatal::new(|why| panic!("{why}"))).expect("opens");
        let late = readers.with(&mut |tx| tx.number(ENDLESS, []).map(|_| ()));
        assert_eq!(late, Err(StoreError::Late));
        assert_eq!(readers.with(&mut |tx| tx.number("SELECT 1", []).map(|_| ())), Ok(()));
    }

    #[test]
    fn many_short_questions_on_one_snapshot_do_not_hold_the_log_for_ever() {
        let (_folder, path, writer) = new_file();
        let readers = Readers::open(&path, 1, SHORT, OnFatal::new(|why| panic!("{why}"))).expect("opens");
        let late = readers.read(&mut |tx| {
            tx.meta(MetaKey::TeamRoom)?;
            writer.execute_batch("CREATE TABLE written_meanwhile (n INTEGER)").expect("writes");
            let (frames, moved) = checkpoint(&writer);
            assert!(moved < frames, "a snapshot is in the way");
            loop {
                tx.meta(MetaKey::TeamRoom)?;
            }
        });
        assert_eq!(late, Err(StoreError::Late));
        let (frames, moved) = checkpoint(&writer);
        assert_eq!(moved, frames, "nothing is in the way any more");
    }
}
