//! A person's sealed items.

use rusqlite::params;
use securechat_delivery::StoreError;
use securechat_delivery::rows::{ItemRow, ItemRows};
use securechat_ids::UserId;

use crate::tx::{SqliteTx, int, uint};

impl ItemRows for SqliteTx<'_> {
    fn item_version(&mut self, user: &UserId, name: &[u8; 16]) -> Result<u64, StoreError> {
        let version = self.one(
            "SELECT version FROM items WHERE user_id = ? AND name = ?",
            params![user.as_bytes(), name],
            |row| uint(row, 0),
        )?;
        Ok(version.unwrap_or(0))
    }

    fn put_item(
        &mut self,
        user: &UserId,
        name: &[u8; 16],
        version: u64,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        // A new row each time: its number is how the person's other devices find the change.
        self.execute(
            "INSERT OR REPLACE INTO items (user_id, name, version, sealed) VALUES (?, ?, ?, ?)",
            params![user.as_bytes(), name, int(version), sealed],
        )?;
        Ok(())
    }

    fn items(
        &mut self,
        user: &UserId,
        after: u64,
        items_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<ItemRow>, StoreError> {
        let (mut bytes, mut items) = (0, 0);
        self.some(
            "SELECT number, name, version, sealed FROM items WHERE user_id = ? AND number > ?
             ORDER BY number LIMIT ?",
            params![user.as_bytes(), int(after), int(items_max as u64)],
            |row| {
                Ok(ItemRow {
                    number: uint(row, 0)?,
                    name: row.get(1)?,
                    version: uint(row, 2)?,
                    sealed: row.get::<_, Vec<u8>>(3)?.into(),
                })
            },
            |item| {
                bytes += item.sealed.len();
                items += 1;
                items == 1 || bytes <= bytes_max
            },
        )
    }

    fn delete_items(&mut self, user: &UserId) -> Result<(), StoreError> {
        self.execute("DELETE FROM items WHERE user_id = ?", [user.as_bytes()])?;
        Ok(())
    }

    fn count_items(&mut self, user: &UserId) -> Result<(u64, u64), StoreError> {
        let counted = self.one(
            "SELECT count(*), coalesce(sum(length(sealed)), 0) FROM items WHERE user_id = ?",
            [user.as_bytes()],
            |row| Ok((uint(row, 0)?, uint(row, 1)?)),
        )?;
        Ok(counted.unwrap_or_default())
    }
}
