//! Facts of which there is one.

use securechat_delivery::StoreError;
use securechat_delivery::rows::{MetaKey, MetaRows};

use crate::tx::SqliteTx;

impl MetaRows for SqliteTx<'_> {
    fn meta(&mut self, key: MetaKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.one("SELECT value FROM meta WHERE key = ?", [key.text()], |row| row.get(0))
    }

    fn set_meta(&mut self, key: MetaKey, value: Option<&[u8]>) -> Result<(), StoreError> {
        match value {
            Some(value) => self.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
                (key.text(), value),
            )?,
            None => self.execute("DELETE FROM meta WHERE key = ?", [key.text()])?,
        };
        Ok(())
    }
}
