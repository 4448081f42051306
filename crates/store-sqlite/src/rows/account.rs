//! Accounts, passwords, vaults.

use rusqlite::{Row, params};
use securechat_delivery::StoreError;
use securechat_delivery::rows::{AccountRow, AccountRows, PasswordRow, VaultRow};
use securechat_ids::{UnixMillis, UserId, UserName};
use securechat_proto::http::Role;

use super::text;
use crate::tx::{SqliteTx, int, uint};

const COLUMNS: &str = "user_id, name, role, active, created_ms, root16";

fn account(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    Ok(AccountRow {
        user: UserId::from_bytes(row.get(0)?),
        name: text::name(row, 1)?,
        role: text::role(row, 2)?,
        active: row.get(3)?,
        created: UnixMillis(uint(row, 4)?),
        root16: row.get(5)?,
    })
}

impl AccountRows for SqliteTx<'_> {
    fn insert_account(
        &mut self,
        account: &AccountRow,
        password: &PasswordRow,
        vault: &VaultRow,
    ) -> Result<bool, StoreError> {
        let inserted = self.changed(
            "INSERT INTO accounts (user_id, name, role, active, created_ms, root16) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT DO NOTHING",
            params![
                account.user.as_bytes(),
                account.name.as_str(),
                account.role.text(),
                account.active,
                int(account.created.0),
                account.root16,
            ],
        )?;
        if inserted {
            self.set_password(&account.user, password)?;
            self.execute(
                "INSERT INTO vaults (user_id, version, sealed) VALUES (?, ?, ?)",
                params![account.user.as_bytes(), int(vault.version), vault.sealed],
            )?;
        }
        Ok(inserted)
    }

    fn account(&mut self, user: &UserId) -> Result<Option<AccountRow>, StoreError> {
        self.one(&format!("SELECT {COLUMNS} FROM accounts WHERE user_id = ?"), [user.as_bytes()], account)
    }

    fn account_named(&mut self, name: &UserName) -> Result<Option<AccountRow>, StoreError> {
        self.one(&format!("SELECT {COLUMNS} FROM accounts WHERE name = ?"), [name.as_str()], account)
    }

    fn accounts(&mut self) -> Result<Vec<AccountRow>, StoreError> {
        self.all(&format!("SELECT {COLUMNS} FROM accounts ORDER BY name"), [], account)
    }

    fn count_accounts(&mut self) -> Result<u64, StoreError> {
        self.number("SELECT count(*) FROM accounts", [])
    }

    fn count_active_accounts(&mut self) -> Result<u64, StoreError> {
        self.number("SELECT count(*) FROM accounts WHERE active", [])
    }

    fn owner(&mut self) -> Result<Option<UserId>, StoreError> {
        self.one("SELECT user_id FROM accounts WHERE role = 'owner'", [], |row| {
            Ok(UserId::from_bytes(row.get(0)?))
        })
    }

    fn set_role(&mut self, user: &UserId, role: Role) -> Result<(), StoreError> {
        self.execute("UPDATE accounts SET role = ? WHERE user_id = ?", (role.text(), user.as_bytes()))?;
        Ok(())
    }

    fn set_root16(&mut self, user: &UserId, root16: &[u8; 16]) -> Result<(), StoreError> {
        self.execute("UPDATE accounts SET root16 = ? WHERE user_id = ?", (root16, user.as_bytes()))?;
        Ok(())
    }

    fn set_inactive(&mut self, user: &UserId) -> Result<(), StoreError> {
        self.execute("UPDATE accounts SET active = 0 WHERE user_id = ?", [user.as_bytes()])?;
        Ok(())
    }

    fn password(&mut self, user: &UserId) -> Result<Option<PasswordRow>, StoreError> {
        self.one(
            "SELECT hash, salt, memory_kib, passes, sealed_share FROM passwords WHERE user_id = ?",
            [user.as_bytes()],
            |row| {
                Ok(PasswordRow {
                    hash: row.get(0)?,
                    salt: row.get(1)?,
                    memory_kib: row.get(2)?,
                    passes: row.get(3)?,
                    sealed_share: row.get(4)?,
                })
            },
        )
    }

    fn set_password(&mut self, user: &UserId, password: &PasswordRow) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO passwords (user_id, hash, salt, memory_kib, passes, sealed_share)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (user_id) DO UPDATE
             SET hash = ?2, salt = ?3, memory_kib = ?4, passes = ?5, sealed_share = ?6",
            params![
                user.as_bytes(),
                password.hash,
                password.salt,
                password.memory_kib,
                password.passes,
                password.sealed_share,
            ],
        )?;
        Ok(())
    }

    fn vault(&mut self, user: &UserId) -> Result<Option<VaultRow>, StoreError> {
        self.one("SELECT version, sealed FROM vaults WHERE user_id = ?", [user.as_bytes()], |row| {
            Ok(VaultRow { version: uint(row, 0)?, sealed: row.get(1)? })
        })
    }

    fn replace_vault(&mut self, user: &UserId, vault: &VaultRow) -> Result<bool, StoreError> {
        self.changed(
            "UPDATE vaults SET version = ?2, sealed = ?3 WHERE user_id = ?1 AND version = ?2 - 1",
            params![user.as_bytes(), int(vault.version), vault.sealed],
        )
    }
}
