//! Invites.

use rusqlite::{Row, params};
use securechat_delivery::StoreError;
use securechat_delivery::rows::{InviteRow, InviteRows};
use securechat_ids::{UnixMillis, UserId};

use super::text;
use crate::tx::{SqliteTx, int, uint};

fn invite(row: &Row<'_>) -> rusqlite::Result<InviteRow> {
    Ok(InviteRow {
        id: row.get(0)?,
        code_hash: row.get(1)?,
        uses: row.get(2)?,
        expires: UnixMillis(uint(row, 3)?),
        role: text::role(row, 4)?,
        made_by: UserId::from_bytes(row.get(5)?),
    })
}

impl InviteRows for SqliteTx<'_> {
    fn insert_invite(&mut self, invite: &InviteRow) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO invites (id, code_hash, uses, expires_ms, role, made_by) VALUES (?, ?, ?, ?, ?, ?)",
            params![
                invite.id,
                invite.code_hash,
                invite.uses,
                int(invite.expires.0),
                invite.role.text(),
                invite.made_by.as_bytes(),
            ],
        )?;
        Ok(())
    }

    fn invite(&mut self, code_hash: &[u8; 32]) -> Result<Option<InviteRow>, StoreError> {
        self.one(
            "SELECT id, code_hash, uses, expires_ms, role, made_by FROM invites WHERE code_hash = ?",
            [code_hash],
            invite,
        )
    }

    fn invites(&mut self) -> Result<Vec<InviteRow>, StoreError> {
        self.all(
            "SELECT id, code_hash, uses, expires_ms, role, made_by FROM invites ORDER BY expires_ms DESC, id",
            [],
            invite,
        )
    }

    fn set_invite_uses(&mut self, id: &str, uses: u32) -> Result<(), StoreError> {
        self.execute("UPDATE invites SET uses = ? WHERE id = ?", (uses, id))?;
        Ok(())
    }

    fn delete_invite(&mut self, id: &str) -> Result<bool, StoreError> {
        self.changed("DELETE FROM invites WHERE id = ?", [id])
    }

    fn purge_invites(&mut self, now: UnixMillis) -> Result<(), StoreError> {
        self.execute("DELETE FROM invites WHERE expires_ms < ? OR uses = 0", [int(now.0)])?;
        Ok(())
    }
}
