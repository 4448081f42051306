//! OpenMLS's `StorageProvider` on SQLite: typed keys and CBOR values in one table.

/// Table that holds MLS state; run once on the client's database.
pub const SCHEMA: &str = "";
