//! A few connections that read, lent out one query at a time.

use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::Connection;
use securechat_delivery::{StoreError, Tx};

use crate::OpenError;
use crate::connection;
use crate::tx::{SqliteTx, store_error};

pub(crate) struct Readers {
    free: Mutex<Vec<Connection>>,
    returned: Condvar,
}

/// A connection that goes back when dropped, even by a panic.
struct Lent<'a> {
    readers: &'a Readers,
    conn: Option<Connection>,
}

impl Readers {
    pub(crate) fn open(path: &Path, count: usize) -> Result<Self, OpenError> {
        let free = (0..count.max(1)).map(|_| connection::reader(path)).collect::<Result<_, _>>()?;
        Ok(Self { free: Mutex::new(free), returned: Condvar::new() })
    }

    /// Runs a query on one snapshot, waiting for a connection if all are lent out.
    pub(crate) fn read(
        &self,
        query: &mut dyn FnMut(&mut dyn Tx) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let lent = self.lend();
        let Some(conn) = &lent.conn else { return Err(StoreError::Broken("no reader".into())) };
        conn.execute_batch("BEGIN").map_err(|error| store_error(&error))?;
        let mut tx = SqliteTx::new(conn);
        let result = query(&mut tx);
        match tx.failure() {
            Some(failure) => Err(failure),
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
        if let Some(conn) = self.conn.take() {
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
