//! What OpenMLS asks its host for: cryptography, randomness and a store, the store being our transaction.

use openmls_rust_crypto::RustCrypto;
use openmls_traits::OpenMlsProvider;
use rusqlite::Connection;

use crate::MemberError;
use crate::error::invalid;
use crate::storage::Table;

/// OpenMLS provider over one SQLite connection (or the transaction open on it).
///
/// The keys that OpenMLS draws come from its own generator, seeded by the system: key material is the one thing that no
/// caller should be able to repeat.
pub struct Provider<'a> {
    crypto: RustCrypto,
    table: Table<'a>,
}

impl<'a> Provider<'a> {
    /// A provider that writes through `conn`.
    pub fn new(conn: &'a Connection) -> Self {
        Self { crypto: RustCrypto::default(), table: Table::new(conn) }
    }

    /// An error of OpenMLS as one of ours: whether the store failed is for the caller to know, and for nobody to blame on
    /// whoever sent the bytes.
    pub(crate) fn failed(&self, error: impl std::fmt::Display) -> MemberError {
        self.table.take_failure().map_or_else(|| invalid(error), MemberError::Store)
    }

    pub(crate) fn table(&self) -> &Table<'a> {
        &self.table
    }

    pub(crate) fn crypto_provider(&self) -> &RustCrypto {
        &self.crypto
    }
}

impl<'a> OpenMlsProvider for Provider<'a> {
    type CryptoProvider = RustCrypto;
    type RandProvider = RustCrypto;
    type StorageProvider = Table<'a>;

    fn storage(&self) -> &Table<'a> {
        &self.table
    }

    fn crypto(&self) -> &RustCrypto {
        &self.crypto
    }

    fn rand(&self) -> &RustCrypto {
        &self.crypto
    }
}
