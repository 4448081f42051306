//! What OpenMLS asks its host for: cryptography, randomness and a store, the store being our transaction.

use rusqlite::Connection;

/// OpenMLS provider over one SQLite connection (or the transaction open on it).
pub struct Provider<'a> {
    conn: &'a Connection,
}

impl<'a> Provider<'a> {
    /// A provider that writes through `conn`.
    pub fn new(conn: &'a Connection) -> Self {
        Self { conn }
    }

    /// The connection.
    pub fn conn(&self) -> &'a Connection {
        self.conn
    }
}
