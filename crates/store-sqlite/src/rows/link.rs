//! The workspace log.

use rusqlite::params;
use securechat_delivery::StoreError;
use securechat_delivery::rows::{LinkRow, LinkRows};
use securechat_ids::UserId;

use crate::tx::{SqliteTx, int};

impl LinkRows for SqliteTx<'_> {
    fn log_size(&mut self) -> Result<u64, StoreError> {
        self.number("SELECT coalesce(max(position) + 1, 0) FROM links", [])
    }

    fn append_link(&mut self, link: &LinkRow) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO links (position, user_id, seq, bytes, peak) VALUES (?, ?, ?, ?, ?)",
            params![int(link.position), link.user.as_bytes(), int(link.seq), link.bytes, link.peak],
        )?;
        Ok(())
    }

    fn links_from(&mut self, position: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        self.all(
            "SELECT bytes FROM links WHERE position >= ? ORDER BY position LIMIT ?",
            (int(position), int(limit as u64)),
            |row| row.get(0),
        )
    }

    fn chain_links(&mut self, user: &UserId) -> Result<Vec<Vec<u8>>, StoreError> {
        self.all("SELECT bytes FROM links WHERE user_id = ? ORDER BY seq", [user.as_bytes()], |row| {
            row.get(0)
        })
    }

    fn peak(&mut self, position: u64) -> Result<Option<[u8; 32]>, StoreError> {
        self.one("SELECT peak FROM links WHERE position = ?", [int(position)], |row| row.get(0))
    }
}
