//! A new password: new proof, new share, the vault sealed anew, in one request that happens or does not.

use securechat_ids::UserId;
use securechat_proto::http::{B64, ChangePassword, PasswordParameters, Vault};

use super::password::{PasswordError, check_strength, fresh_parameters, stretch};
use super::vault::{self, VaultError, VaultKey};
use crate::Cx;

/// Why a password change cannot be prepared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordChange {
    /// One of the passwords cannot be used.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The vault from the server does not open with this device's key.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// What a change needs to know of the account as it is.
pub struct Current<'a> {
    /// Whose.
    pub user_id: UserId,
    /// The name, which the new password must differ from.
    pub user_name: &'a str,
    /// How the old password was stretched.
    pub parameters: &'a PasswordParameters,
    /// The vault as the server has it.
    pub vault: &'a Vault,
    /// This device's vault key.
    pub vault_key: &'a VaultKey,
}

/// Prepares a change from `old` to `new`.
///
/// # Errors
/// [`PasswordChange`].
pub fn change_password(
    current: &Current<'_>,
    old: &str,
    new: &str,
    end_other_sessions: bool,
    cx: &mut Cx<'_>,
) -> Result<ChangePassword, PasswordChange> {
    check_strength(new, current.user_name)?;
    let unlocked = vault::unlock_with_key(&current.user_id, &current.vault.sealed.0, current.vault_key)?;
    let auth = stretch(old, current.parameters)?.auth();
    let new_parameters = fresh_parameters(cx);
    let stretched = stretch(new, &new_parameters)?;
    let share: [u8; 32] = cx.bytes();
    let sealed = vault::reseal(&current.user_id, &unlocked.key, &stretched, &share, &unlocked.recovery, cx);
    Ok(ChangePassword {
        auth,
        new_parameters,
        new_auth: stretched.auth(),
        new_share: B64(share.to_vec()),
        new_vault: Vault { version: current.vault.version + 1, sealed: B64(sealed) },
        end_other_sessions,
    })
}
