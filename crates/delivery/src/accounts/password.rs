//! Passwords: how to stretch them, what to check them against, changing them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use securechat_ids::{UserId, UserName};
use securechat_proto::{Code, http};
use sha2::Sha256;

use super::vault::next_vault;
use crate::rows::PasswordRow;
use crate::{Asker, Fault, Limits, Outcome, Secrets, StoreError, Tx, Wake};

/// What clients stretch with; what an unknown name is said to use.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// More than any client can spend.
const MEMORY_KIB_MAX: u32 = 4 * 1024 * 1024;
const PASSES_MAX: u32 = 100;

/// How to stretch the password of a name; for an unknown name made up, always the same.
///
/// # Errors
/// [`Fault::Store`].
pub fn parameters_for(
    tx: &mut dyn Tx,
    secrets: &Secrets,
    name: &str,
) -> Result<http::PasswordParameters, Fault> {
    let known = match name.parse::<UserName>() {
        Ok(name) => tx.account_named(&name)?,
        Err(_) => None,
    };
    let Some(account) = known else { return Ok(made_up(secrets, name)) };
    let row = password_of(tx, &account.user)?;
    Ok(http::PasswordParameters {
        salt: row.salt.to_vec().into(),
        memory_kib: row.memory_kib,
        passes: row.passes,
    })
}

fn made_up(secrets: &Secrets, name: &str) -> http::PasswordParameters {
    let mut mac = Hmac::<Sha256>::new_from_slice(&secrets.parameters_key).expect("HMAC takes any key");
    mac.update(b"securechat/made-up salt/v1\0");
    mac.update(name.to_ascii_lowercase().as_bytes());
    let salt = mac.finalize().into_bytes()[..16].to_vec().into();
    http::PasswordParameters { salt, memory_kib: MEMORY_KIB, passes: PASSES }
}

/// The user and bcrypt hash of a name, deactivated ones too; `None` for an unknown or impossible name, for which the
/// shell checks a dummy hash.
///
/// # Errors
/// [`Fault::Store`].
pub fn password_record(tx: &mut dyn Tx, name: &str) -> Result<Option<(UserId, String)>, Fault> {
    let Ok(name) = name.parse::<UserName>() else { return Ok(None) };
    let Some(account) = tx.account_named(&name)? else { return Ok(None) };
    let hash = password_of(tx, &account.user)?.hash;
    Ok(Some((account.user, hash)))
}

/// The bcrypt hash of a user, to check the old password of a change.
///
/// # Errors
/// [`Fault::Store`].
pub fn password_hash_of(tx: &mut dyn Tx, user: &UserId) -> Result<String, Fault> {
    Ok(password_of(tx, user)?.hash)
}

fn password_of(tx: &mut dyn Tx, user: &UserId) -> Result<PasswordRow, StoreError> {
    tx.password(user)?.ok_or_else(|| StoreError::Broken(format!("the account {user} has no password")))
}

/// Changes the password, all or nothing; the shell has verified the old one. Sessions of the asking device go on.
///
/// # Errors
/// `Conflict` when the vault changed meanwhile; `BadRequest`, `TooLarge`.
pub fn change_password(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &http::ChangePassword,
    new_password_hash: String,
    sealed_share: Vec<u8>,
    limits: &Limits,
) -> Result<Outcome<()>, Fault> {
    let row = password_row(&request.new_parameters, new_password_hash, sealed_share)?;
    next_vault(tx, &asker.user, &request.new_vault, limits)?;
    tx.set_password(&asker.user, &row)?;
    // A ticket was given for the old password.
    tx.delete_tickets(&asker.user)?;
    if !request.end_other_sessions {
        return Ok(Outcome::quiet(()));
    }
    let mut devices = Vec::new();
    for device in tx.active_devices(&asker.user)? {
        if device.device != asker.device {
            tx.delete_device_sessions(&device.device)?;
            devices.push(device.device);
        }
    }
    Ok(Outcome { answer: (), wakes: vec![Wake::EndSessions { devices, code: Code::Unauthenticated }] })
}

/// The row of a password. How weak its stretching may be is the client's own concern.
pub(super) fn password_row(
    parameters: &http::PasswordParameters,
    hash: String,
    sealed_share: Vec<u8>,
) -> Result<PasswordRow, Fault> {
    let refuse = || Fault::refuse(Code::BadRequest, "the password parameters are not possible ones");
    let salt = <[u8; 16]>::try_from(parameters.salt.0.as_slice()).map_err(|_| refuse())?;
    let possible = (1..=MEMORY_KIB_MAX).contains(&parameters.memory_kib)
        && (1..=PASSES_MAX).contains(&parameters.passes);
    if !possible {
        return Err(refuse());
    }
    Ok(PasswordRow { hash, salt, memory_kib: parameters.memory_kib, passes: parameters.passes, sealed_share })
}
