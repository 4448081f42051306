//! Coming back with the recovery key: what it signs, what it opens, and a new password without the old one.

use securechat_ids::{ServerId, UserId};
use securechat_proto::http::{
    B64, Recover, RecoverChallenge, RecoverPassword, Vault, recover_challenge, recover_password_challenge,
};

use super::password::{check_strength, fresh_parameters, stretch};
use super::vault::{self, Unlocked};
use super::{PasswordError, RecoveryKey};
use crate::Cx;

/// Answers the server's nonce by recovery key.
pub fn recover(
    key: &RecoveryKey,
    server: &ServerId,
    user_name: &str,
    challenge: &RecoverChallenge,
) -> Recover {
    let signed = recover_challenge(server, &challenge.user_id, &challenge.nonce.0);
    Recover {
        user_name: user_name.to_owned(),
        nonce: challenge.nonce.clone(),
        signature: B64(key.sign(&signed).to_vec()),
    }
}

/// Prepares a new password for an account whose vault is open. `nonce` is the server's, asked for this purpose.
///
/// # Errors
/// [`PasswordError`] for a password that should not be used.
pub fn recover_password(
    unlocked: &Unlocked,
    server: &ServerId,
    user: (&UserId, &str),
    vault_version: u64,
    nonce: &B64,
    password: &str,
    cx: &mut Cx<'_>,
) -> Result<RecoverPassword, PasswordError> {
    let (user_id, user_name) = user;
    check_strength(password, user_name)?;
    let parameters = fresh_parameters(cx);
    let stretched = stretch(password, &parameters)?;
    let share: [u8; 32] = cx.bytes();
    let sealed = vault::reseal(user_id, &unlocked.key, &stretched, &share, &unlocked.recovery, cx);
    let signed = recover_password_challenge(server, user_id, &nonce.0);
    Ok(RecoverPassword {
        nonce: nonce.clone(),
        signature: B64(unlocked.recovery.sign(&signed).to_vec()),
        parameters,
        auth: stretched.auth(),
        share: B64(share.to_vec()),
        vault: Vault { version: vault_version + 1, sealed: B64(sealed) },
    })
}
