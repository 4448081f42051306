//! Sessions, tickets, challenges, reset codes.

use rusqlite::{Row, params};
use securechat_delivery::StoreError;
use securechat_delivery::rows::{SessionRow, SessionRows};
use securechat_ids::{DeviceId, UnixMillis, UserId};

use crate::tx::{SqliteTx, int, uint};

fn session_from(row: &Row<'_>) -> rusqlite::Result<SessionRow> {
    Ok(SessionRow {
        token_hash: row.get(0)?,
        user: UserId::from_bytes(row.get(1)?),
        device: DeviceId::from_bytes(row.get(2)?),
        opened: UnixMillis(uint(row, 3)?),
        expires: UnixMillis(uint(row, 4)?),
    })
}

impl SessionRows for SqliteTx<'_> {
    fn insert_session(&mut self, session: &SessionRow) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO sessions (token_hash, user_id, device_id, opened_ms, expires_ms) VALUES (?, ?, ?, ?, ?)",
            params![
                session.token_hash,
                session.user.as_bytes(),
                session.device.as_bytes(),
                int(session.opened.0),
                int(session.expires.0),
            ],
        )?;
        Ok(())
    }

    fn session(&mut self, token_hash: &[u8; 32]) -> Result<Option<SessionRow>, StoreError> {
        self.one(
            "SELECT token_hash, user_id, device_id, opened_ms, expires_ms FROM sessions WHERE token_hash = ?",
            [token_hash],
            session_from,
        )
    }

    fn set_session_end(&mut self, token_hash: &[u8; 32], expires: UnixMillis) -> Result<(), StoreError> {
        self.execute(
            "UPDATE sessions SET expires_ms = ? WHERE token_hash = ?",
            (int(expires.0), token_hash),
        )?;
        Ok(())
    }

    fn delete_session(&mut self, token_hash: &[u8; 32]) -> Result<(), StoreError> {
        self.execute("DELETE FROM sessions WHERE token_hash = ?", [token_hash])?;
        Ok(())
    }

    fn delete_device_sessions(&mut self, device: &DeviceId) -> Result<(), StoreError> {
        self.execute("DELETE FROM sessions WHERE device_id = ?", [device.as_bytes()])?;
        Ok(())
    }

    fn trim_sessions(&mut self, user: &UserId, keep: usize) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM sessions WHERE token_hash IN (
                 SELECT token_hash FROM sessions WHERE user_id = ? ORDER BY opened_ms DESC LIMIT -1 OFFSET ?)",
            (user.as_bytes(), int(keep as u64)),
        )?;
        Ok(())
    }

    fn sessions_of(&mut self, user: &UserId, now: UnixMillis) -> Result<Vec<SessionRow>, StoreError> {
        self.all(
            "SELECT token_hash, user_id, device_id, opened_ms, expires_ms FROM sessions
             WHERE user_id = ? AND expires_ms > ? ORDER BY opened_ms, token_hash",
            (user.as_bytes(), int(now.0)),
            session_from,
        )
    }

    fn insert_ticket(
        &mut self,
        ticket_hash: &[u8; 32],
        user: &UserId,
        expires: UnixMillis,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO tickets (ticket_hash, user_id, expires_ms) VALUES (?, ?, ?)",
            (ticket_hash, user.as_bytes(), int(expires.0)),
        )?;
        Ok(())
    }

    fn take_ticket(&mut self, ticket_hash: &[u8; 32]) -> Result<Option<(UserId, UnixMillis)>, StoreError> {
        self.one(
            "DELETE FROM tickets WHERE ticket_hash = ? RETURNING user_id, expires_ms",
            [ticket_hash],
            |row| Ok((UserId::from_bytes(row.get(0)?), UnixMillis(uint(row, 1)?))),
        )
    }

    fn delete_tickets(&mut self, user: &UserId) -> Result<(), StoreError> {
        self.execute("DELETE FROM tickets WHERE user_id = ?", [user.as_bytes()])?;
        Ok(())
    }

    fn insert_challenge(
        &mut self,
        nonce_hash: &[u8; 32],
        device: &DeviceId,
        expires: UnixMillis,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO challenges (nonce_hash, device_id, expires_ms) VALUES (?, ?, ?)",
            (nonce_hash, device.as_bytes(), int(expires.0)),
        )?;
        Ok(())
    }

    fn take_challenge(
        &mut self,
        nonce_hash: &[u8; 32],
    ) -> Result<Option<(DeviceId, UnixMillis)>, StoreError> {
        self.one(
            "DELETE FROM challenges WHERE nonce_hash = ? RETURNING device_id, expires_ms",
            [nonce_hash],
            |row| Ok((DeviceId::from_bytes(row.get(0)?), UnixMillis(uint(row, 1)?))),
        )
    }

    fn insert_recovery_challenge(
        &mut self,
        nonce_hash: &[u8; 32],
        user: &UserId,
        expires: UnixMillis,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO recovery_challenges (nonce_hash, user_id, expires_ms) VALUES (?, ?, ?)",
            (nonce_hash, user.as_bytes(), int(expires.0)),
        )?;
        Ok(())
    }

    fn take_recovery_challenge(
        &mut self,
        nonce_hash: &[u8; 32],
    ) -> Result<Option<(UserId, UnixMillis)>, StoreError> {
        self.one(
            "DELETE FROM recovery_challenges WHERE nonce_hash = ? RETURNING user_id, expires_ms",
            [nonce_hash],
            |row| Ok((UserId::from_bytes(row.get(0)?), UnixMillis(uint(row, 1)?))),
        )
    }

    fn set_reset_code(
        &mut self,
        user: &UserId,
        code_hash: &[u8; 32],
        expires: UnixMillis,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR REPLACE INTO reset_codes (user_id, code_hash, expires_ms) VALUES (?, ?, ?)",
            (user.as_bytes(), code_hash, int(expires.0)),
        )?;
        Ok(())
    }

    fn reset_code(&mut self, code_hash: &[u8; 32]) -> Result<Option<(UserId, UnixMillis)>, StoreError> {
        self.one("SELECT user_id, expires_ms FROM reset_codes WHERE code_hash = ?", [code_hash], |row| {
            Ok((UserId::from_bytes(row.get(0)?), UnixMillis(uint(row, 1)?)))
        })
    }

    fn delete_reset_code(&mut self, user: &UserId) -> Result<(), StoreError> {
        self.execute("DELETE FROM reset_codes WHERE user_id = ?", [user.as_bytes()])?;
        Ok(())
    }

    fn purge_entries(&mut self, now: UnixMillis) -> Result<(), StoreError> {
        let now = int(now.0);
        self.execute("DELETE FROM sessions WHERE expires_ms < ?", [now])?;
        self.execute("DELETE FROM tickets WHERE expires_ms < ?", [now])?;
        self.execute("DELETE FROM challenges WHERE expires_ms < ?", [now])?;
        self.execute("DELETE FROM recovery_challenges WHERE expires_ms < ?", [now])?;
        self.execute("DELETE FROM reset_codes WHERE expires_ms < ?", [now])?;
        Ok(())
    }
}
