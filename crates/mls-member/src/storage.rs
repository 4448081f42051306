//! OpenMLS's `StorageProvider` on SQLite: a slot, a CBOR key and CBOR values in one table.

mod provider;
mod reader;
mod table;

pub use table::{StorageError, Table};

/// Table that holds MLS state; run once on the client's database.
///
/// A row is one value; lists (proposals, own leaf nodes) are rows with rising positions. Rows of a group begin their key
/// with the group's CBOR id, so that all of them can be deleted at once.
pub const SCHEMA: &str = "
CREATE TABLE mls (
  slot INTEGER NOT NULL,
  key BLOB NOT NULL,
  position INTEGER NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (slot, key, position)
) STRICT, WITHOUT ROWID;
";
