//! The table behind the provider: put, read, append, delete.

use std::cell::RefCell;

use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::reader;

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// SQLite.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// CBOR, in this slot.
    #[error("a value in slot {0} cannot be written or read")]
    Value(u8),
}

/// What a row is. Numbers are on disk: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Slot {
    JoinConfig = 1,
    OwnLeafNodes = 2,
    Proposals = 3,
    Tree = 4,
    InterimTranscriptHash = 5,
    Context = 6,
    ConfirmationTag = 7,
    GroupState = 8,
    MessageSecrets = 9,
    ResumptionPsks = 10,
    OwnLeafIndex = 11,
    EpochSecrets = 12,
    EpochKeyPairs = 13,
    SignatureKeyPair = 20,
    EncryptionKeyPair = 21,
    KeyPackage = 22,
    Psk = 23,
}

/// Rows of groups have slots below this.
const FIRST_SLOT_BESIDE_GROUPS: u8 = 20;

/// The table on a connection, inside whatever transaction is open there.
#[derive(Debug)]
pub struct Table<'a> {
    conn: &'a Connection,
    failure: RefCell<Option<String>>,
}

type Result<T> = std::result::Result<T, StorageError>;

/// CBOR bytes of a key or value.
pub(crate) fn encode(slot: Slot, value: &impl Serialize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).map_err(|_| StorageError::Value(slot as u8))?;
    Ok(bytes)
}

fn decode<T: DeserializeOwned>(slot: Slot, bytes: &[u8]) -> Result<T> {
    reader::from_slice(bytes).map_err(|_| StorageError::Value(slot as u8))
}

const PUT: &str = "INSERT OR REPLACE INTO mls (slot, key, position, value) VALUES (?, ?, 0, ?)";
const APPEND: &str = "INSERT INTO mls (slot, key, position, value) SELECT ?1, ?2,
  coalesce((SELECT max(position) + 1 FROM mls WHERE slot = ?1 AND key = ?2), 0), ?3";
const REMOVE: &str = "DELETE FROM mls WHERE slot = ?1 AND key = ?2 AND value = ?3";

impl<'a> Table<'a> {
    pub(crate) fn new(conn: &'a Connection) -> Self {
        Self { conn, failure: RefCell::default() }
    }

    /// What failed since this was last asked. OpenMLS hides it in a different error for each act.
    pub(crate) fn take_failure(&self) -> Option<String> {
        self.failure.take()
    }

    fn noted<T>(&self, outcome: Result<T>) -> Result<T> {
        outcome.inspect_err(|error| *self.failure.borrow_mut() = Some(error.to_string()))
    }

    pub(crate) fn put(&self, slot: Slot, key: &[u8], value: &impl Serialize) -> Result<()> {
        self.noted(encode(slot, value).and_then(|bytes| self.execute(PUT, slot, key, &bytes)))
    }

    pub(crate) fn read<T: DeserializeOwned>(&self, slot: Slot, key: &[u8]) -> Result<Option<T>> {
        // A value on its own is the only row of its key.
        self.list(slot, key).map(|values| values.into_iter().next())
    }

    pub(crate) fn append(&self, slot: Slot, key: &[u8], value: &impl Serialize) -> Result<()> {
        self.noted(encode(slot, value).and_then(|bytes| self.execute(APPEND, slot, key, &bytes)))
    }

    pub(crate) fn list<T: DeserializeOwned>(&self, slot: Slot, key: &[u8]) -> Result<Vec<T>> {
        let rows = self.rows(slot, key);
        self.noted(rows.and_then(|rows| rows.iter().map(|bytes| decode(slot, bytes)).collect()))
    }

    /// Deletes the rows of a list that begin with `beginning`.
    pub(crate) fn remove(&self, slot: Slot, key: &[u8], beginning: &[u8]) -> Result<()> {
        self.noted(self.rows(slot, key).and_then(|rows| {
            let found = rows.iter().filter(|row| row.starts_with(beginning));
            found.into_iter().try_for_each(|row| self.execute(REMOVE, slot, key, row))
        }))
    }

    pub(crate) fn delete(&self, slot: Slot, key: &[u8]) -> Result<()> {
        self.noted(self.forget(slot, key))
    }

    // Below this, nothing depends on a value's type: SQL is compiled once, not for every type of OpenMLS's.

    fn execute(&self, sql: &str, slot: Slot, key: &[u8], value: &[u8]) -> Result<()> {
        self.conn.prepare_cached(sql)?.execute(rusqlite::params![slot as u8, key, value])?;
        Ok(())
    }

    fn rows(&self, slot: Slot, key: &[u8]) -> Result<Vec<Vec<u8>>> {
        let mut query =
            self.conn.prepare_cached("SELECT value FROM mls WHERE slot = ? AND key = ? ORDER BY position")?;
        let rows = query.query_map(rusqlite::params![slot as u8, key], |row| row.get(0))?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    fn forget(&self, slot: Slot, key: &[u8]) -> Result<()> {
        let mut delete = self.conn.prepare_cached("DELETE FROM mls WHERE slot = ? AND key = ?")?;
        delete.execute(rusqlite::params![slot as u8, key])?;
        Ok(())
    }

    /// What every key of a group begins with.
    pub(crate) fn group_prefix(group: &impl Serialize) -> Result<Vec<u8>> {
        encode(Slot::JoinConfig, group)
    }

    /// Deletes every row of a group, whatever OpenMLS would have kept and without reading any of it: an unreadable group
    /// must be deletable too.
    pub(crate) fn delete_group(&self, group: &[u8]) -> Result<()> {
        // No CBOR item begins with this byte (RFC 8949 §3.2.1), so every longer key of the group is below.
        let end = [group, &[0xff]].concat();
        let mut delete =
            self.conn.prepare_cached("DELETE FROM mls WHERE slot = ? AND key >= ? AND key < ?")?;
        for slot in 0..FIRST_SLOT_BESIDE_GROUPS {
            delete.execute(rusqlite::params![slot, group, end])?;
        }
        Ok(())
    }
}
