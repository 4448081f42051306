//! One transaction's rows; remembers the first failure, so that nobody can overlook it.

use rusqlite::ffi::{self, SQLITE_INTERRUPT, SQLITE_IOERR_SHMSIZE};
use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension as _, Params, Row};
use securechat_delivery::StoreError;

use crate::deadline::Deadline;

/// The rows of one open transaction.
pub(crate) struct SqliteTx<'a> {
    conn: &'a Connection,
    deadline: Option<Deadline>,
    failure: Option<StoreError>,
    damaged: bool,
}

impl<'a> SqliteTx<'a> {
    pub(crate) fn new(conn: &'a Connection) -> Self {
        Self { conn, deadline: None, failure: None, damaged: false }
    }

    /// Rows that may be asked for until then.
    pub(crate) fn until(conn: &'a Connection, deadline: Deadline) -> Self {
        Self { conn, deadline: Some(deadline), failure: None, damaged: false }
    }

    /// The first failure, whatever became of it.
    pub(crate) fn failure(&mut self) -> Option<StoreError> {
        self.failure.take()
    }

    /// Whether the file itself failed, or what is in it.
    pub(crate) fn damaged(&self) -> bool {
        self.damaged
    }

    /// How many rows a statement changed.
    pub(crate) fn execute(&mut self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        let result = self.prepare(sql).and_then(|mut statement| statement.execute(params));
        self.note(result)
    }

    /// Whether a statement changed a row.
    pub(crate) fn changed(&mut self, sql: &str, params: impl Params) -> Result<bool, StoreError> {
        Ok(self.execute(sql, params)? > 0)
    }

    /// The one row of a query, if there is one.
    pub(crate) fn one<T>(
        &mut self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let result = self.prepare(sql).and_then(|mut statement| statement.query_row(params, read).optional());
        self.note(result)
    }

    /// The one number of a query that always has one.
    pub(crate) fn number(&mut self, sql: &str, params: impl Params) -> Result<u64, StoreError> {
        Ok(self.one(sql, params, |row| uint(row, 0))?.unwrap_or(0))
    }

    /// All rows of a query.
    pub(crate) fn all<T>(
        &mut self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let result = self.prepare(sql).and_then(|mut statement| statement.query_map(params, read)?.collect());
        self.note(result)
    }

    /// Rows of a query as long as `keep` says so; the first that it refuses is not taken.
    pub(crate) fn some<T>(
        &mut self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
        mut keep: impl FnMut(&T) -> bool,
    ) -> Result<Vec<T>, StoreError> {
        let result = self.prepare(sql).and_then(|mut statement| {
            let mut rows = statement.query(params)?;
            let mut kept = Vec::new();
            while let Some(row) = rows.next()? {
                let value = read(row)?;
                if !keep(&value) {
                    break;
                }
                kept.push(value);
            }
            Ok(kept)
        });
        self.note(result)
    }

    /// Statements that are too short to be interrupted are not begun.
    fn prepare(&self, sql: &str) -> rusqlite::Result<CachedStatement<'a>> {
        if self.deadline.is_some_and(Deadline::passed) {
            return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(SQLITE_INTERRUPT), None));
        }
        self.conn.prepare_cached(sql)
    }

    fn note<T>(&mut self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| {
            self.damaged |= damage(&error);
            let error = store_error(&error);
            self.failure.get_or_insert_with(|| error.clone());
            error
        })
    }
}

/// Tells a full disk and a query out of time from everything else.
pub(crate) fn store_error(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error() {
        Some(failure) if failure.code == ErrorCode::OperationInterrupted => StoreError::Late,
        // The index of the write-ahead log grows on the same disk.
        Some(failure)
            if failure.code == ErrorCode::DiskFull || failure.extended_code == SQLITE_IOERR_SHMSIZE =>
        {
            StoreError::Full
        }
        Some(_) | None => StoreError::Broken(error.to_string()),
    }
}

fn damage(error: &rusqlite::Error) -> bool {
    let of_the_file = [ErrorCode::SystemIoFailure, ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase];
    error.sqlite_error_code().is_some_and(|code| of_the_file.contains(&code))
}

/// A number as SQLite keeps it. None of ours reaches 2⁶³.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that was written by [`int`].
pub(crate) fn uint(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}
