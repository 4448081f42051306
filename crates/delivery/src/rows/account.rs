//! Accounts: who they are, how they prove it, and their sealed vault.

use securechat_ids::{UnixMillis, UserId, UserName};
use securechat_proto::http::Role;

use crate::StoreError;

/// A person's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Who.
    pub user: UserId,
    /// Folded name, unique.
    pub name: UserName,
    /// Role; one account at most is the owner's.
    pub role: Role,
    /// Whether it works.
    pub active: bool,
    /// When it was made.
    pub created: UnixMillis,
    /// First half of the root of the user's chain.
    pub root16: [u8; 16],
}

/// How an account proves its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRow {
    /// bcrypt of the client's `auth`.
    pub hash: String,
    /// Argon2id salt.
    pub salt: [u8; 16],
    /// Argon2id memory.
    pub memory_kib: u32,
    /// Argon2id passes.
    pub passes: u32,
    /// The share, sealed by the shell.
    pub sealed_share: Vec<u8>,
}

/// An account's vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultRow {
    /// Grows by one with each change.
    pub version: u64,
    /// Opaque.
    pub sealed: Vec<u8>,
}

/// Reads and writes accounts.
#[expect(clippy::missing_errors_doc, reason = "every method fails with the store, and only then")]
pub trait AccountRows {
    /// Makes an account; `false`, and nothing is written, when id or name are taken.
    fn insert_account(
        &mut self,
        account: &AccountRow,
        password: &PasswordRow,
        vault: &VaultRow,
    ) -> Result<bool, StoreError>;
    /// An account by id.
    fn account(&mut self, user: &UserId) -> Result<Option<AccountRow>, StoreError>;
    /// An account by folded name.
    fn account_named(&mut self, name: &UserName) -> Result<Option<AccountRow>, StoreError>;
    /// All accounts, by name.
    fn accounts(&mut self) -> Result<Vec<AccountRow>, StoreError>;
    /// How many accounts there are.
    fn count_accounts(&mut self) -> Result<u64, StoreError>;
    /// How many of them were not deactivated.
    fn count_active_accounts(&mut self) -> Result<u64, StoreError>;
    /// The owner.
    fn owner(&mut self) -> Result<Option<UserId>, StoreError>;
    /// Changes a role.
    fn set_role(&mut self, user: &UserId, role: Role) -> Result<(), StoreError>;
    /// Changes the root that the account's devices speak under.
    fn set_root16(&mut self, user: &UserId, root16: &[u8; 16]) -> Result<(), StoreError>;
    /// Ends an account.
    fn set_inactive(&mut self, user: &UserId) -> Result<(), StoreError>;
    /// How an account proves its password.
    fn password(&mut self, user: &UserId) -> Result<Option<PasswordRow>, StoreError>;
    /// Replaces it.
    fn set_password(&mut self, user: &UserId, password: &PasswordRow) -> Result<(), StoreError>;
    /// An account's vault.
    fn vault(&mut self, user: &UserId) -> Result<Option<VaultRow>, StoreError>;
    /// Replaces the vault if its version is `vault.version - 1`; `false` otherwise.
    fn replace_vault(&mut self, user: &UserId, vault: &VaultRow) -> Result<bool, StoreError>;
}
