//! The one row that says who this device is.

use rusqlite::{Connection, OptionalExtension};
use securechat_ids::{DeviceId, Generation, RoomId, ServerId, UserId};
use securechat_proto::http::Role;
use zeroize::Zeroizing;

use super::MemoryError;

pub(crate) struct AccountRow {
    pub server_id: ServerId,
    pub server_url: String,
    pub server_pin: String,
    pub user_id: UserId,
    pub user_name: String,
    pub device_id: DeviceId,
    pub device_seed: Zeroizing<[u8; 32]>,
    pub root16: [u8; 16],
    pub vault_key: Zeroizing<[u8; 32]>,
    pub role: Role,
    pub token: Option<String>,
    pub generation: Option<Generation>,
    pub team_room: Option<RoomId>,
}

pub(crate) fn insert(conn: &Connection, row: &AccountRow) -> Result<(), MemoryError> {
    conn.execute(
        "INSERT INTO account (id, server_id, server_url, server_pin, user_id, user_name, device_id, device_seed,
           root16, vault_key, role, token) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rusqlite::params![
            row.server_id.as_bytes(),
            row.server_url,
            row.server_pin,
            row.user_id.as_bytes(),
            row.user_name,
            row.device_id.as_bytes(),
            row.device_seed.as_slice(),
            row.root16,
            row.vault_key.as_slice(),
            row.role.text(),
            row.token,
        ],
    )?;
    Ok(())
}

pub(crate) fn read(conn: &Connection) -> Result<Option<AccountRow>, MemoryError> {
    let row = conn
        .query_row(
            "SELECT server_id, server_url, server_pin, user_id, user_name, device_id, device_seed, root16, vault_key,
               role, token, generation, team_room FROM account",
            [],
            |row| {
                Ok(AccountRow {
                    server_id: ServerId::from_bytes(row.get(0)?),
                    server_url: row.get(1)?,
                    server_pin: row.get(2)?,
                    user_id: UserId::from_bytes(row.get(3)?),
                    user_name: row.get(4)?,
                    device_id: DeviceId::from_bytes(row.get(5)?),
                    device_seed: Zeroizing::new(row.get(6)?),
                    root16: row.get(7)?,
                    vault_key: Zeroizing::new(row.get(8)?),
                    role: row.get::<_, String>(9)?.parse().unwrap_or(Role::Member),
                    token: row.get(10)?,
                    generation: row.get::<_, Option<[u8; 16]>>(11)?.map(Generation::from_bytes),
                    team_room: row.get::<_, Option<[u8; 16]>>(12)?.map(RoomId::from_bytes),
                })
            },
        )
        .optional()?;
    Ok(row)
}

pub(crate) fn set_token(conn: &Connection, token: Option<&str>) -> Result<(), MemoryError> {
    conn.execute("UPDATE account SET token = ?", [token])?;
    Ok(())
}

/// Keeps a new vault key.
pub(crate) fn set_vault_key(conn: &Connection, key: &[u8; 32]) -> Result<(), MemoryError> {
    conn.execute("UPDATE account SET vault_key = ?", [key.as_slice()])?;
    set_vault_doubt(conn, false)
}

/// Whether the vault key may have been replaced by another device.
pub(crate) fn vault_doubt(conn: &Connection) -> Result<bool, MemoryError> {
    Ok(conn.query_row("SELECT count(*) > 0 FROM vault_doubt", [], |row| row.get(0))?)
}

pub(crate) fn set_vault_doubt(conn: &Connection, doubt: bool) -> Result<(), MemoryError> {
    let sql = if doubt { "INSERT OR IGNORE INTO vault_doubt VALUES (1)" } else { "DELETE FROM vault_doubt" };
    conn.execute(sql, [])?;
    Ok(())
}

pub(crate) fn set_server(
    conn: &Connection,
    generation: &Generation,
    team_room: Option<RoomId>,
    role: Role,
) -> Result<(), MemoryError> {
    conn.prepare_cached("UPDATE account SET generation = ?, team_room = ?, role = ?")?
        .execute(rusqlite::params![generation.as_bytes(), team_room.map(|r| *r.as_bytes()), role.text()])?;
    Ok(())
}

pub(crate) fn set_profile(conn: &Connection, user: &UserId, name: &str) -> Result<(), MemoryError> {
    conn.prepare_cached("INSERT OR REPLACE INTO profiles (user_id, name) VALUES (?, ?)")?
        .execute(rusqlite::params![user.as_bytes(), name])?;
    Ok(())
}

pub(crate) fn profile(conn: &Connection, user: &UserId) -> Result<Option<String>, MemoryError> {
    Ok(conn
        .prepare_cached("SELECT name FROM profiles WHERE user_id = ?")?
        .query_row([user.as_bytes()], |row| row.get(0))
        .optional()?)
}
