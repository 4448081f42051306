//! `[storage]`: how much the server may keep.

use serde::{Deserialize, Serialize};

/// SQLite's page size, which the file has from its first day.
const PAGE_BYTES: u64 = 4_096;

/// Bounds of the database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// Largest database file. At it the server behaves as on a full disk: nothing is written, reading goes on.
    pub bytes_max: Option<u64>,
}

impl Storage {
    pub(crate) fn pages_max(&self) -> Option<u32> {
        self.bytes_max.map(|bytes| u32::try_from(bytes / PAGE_BYTES).unwrap_or(u32::MAX).max(1))
    }
}
