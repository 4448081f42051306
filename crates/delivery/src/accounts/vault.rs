//! The vault: opaque bytes with a version that grows by one.

use securechat_ids::UserId;
use securechat_proto::{Code, http};

use crate::rows::VaultRow;
use crate::{Asker, Fault, Limits, StoreError, Tx};

/// The asker's vault. (Reads.)
///
/// # Errors
/// [`Fault::Store`].
pub fn vault(tx: &mut dyn Tx, asker: &Asker) -> Result<http::Vault, Fault> {
    vault_of(tx, &asker.user)
}

/// Replaces the asker's vault by the next version.
///
/// # Errors
/// `Conflict` when the version is not the next; `TooLarge`.
pub fn put_vault(tx: &mut dyn Tx, asker: &Asker, vault: &http::Vault, limits: &Limits) -> Result<(), Fault> {
    next_vault(tx, &asker.user, vault, limits)
}

pub(super) fn vault_of(tx: &mut dyn Tx, user: &UserId) -> Result<http::Vault, Fault> {
    let row =
        tx.vault(user)?.ok_or_else(|| StoreError::Broken(format!("the account {user} has no vault")))?;
    Ok(http::Vault { version: row.version, sealed: row.sealed.into() })
}

pub(super) fn next_vault(
    tx: &mut dyn Tx,
    user: &UserId,
    vault: &http::Vault,
    limits: &Limits,
) -> Result<(), Fault> {
    check_size(&vault.sealed.0, limits)?;
    let row = VaultRow { version: vault.version, sealed: vault.sealed.0.clone() };
    if tx.replace_vault(user, &row)? {
        Ok(())
    } else {
        Err(Fault::refuse(Code::Conflict, "the vault changed meanwhile"))
    }
}

pub(super) fn check_size(sealed: &[u8], limits: &Limits) -> Result<(), Fault> {
    if sealed.len() > limits.vault_bytes_max {
        return Err(Fault::refuse(Code::TooLarge, "the vault is too large"));
    }
    Ok(())
}
