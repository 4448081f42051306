//! Coming back by recovery key: a nonce that it signs, a ticket for a new device, a new password (docs/protocol.md §3.1).

use ed25519_dalek::{Signature, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use securechat_ids::{UnixMillis, UserId, UserName};
use securechat_proto::{Code, http};
use sha2::{Digest as _, Sha256};

use super::login::{active_account, ticket_for};
use super::password::password_row;
use super::vault::{next_vault, vault_of};
use crate::chance::random;
use crate::{Asker, Fault, Limits, Outcome, Rng, Secrets, Tx, devices, identity};

/// How long a nonce may be signed.
const CHALLENGE_MS: u64 = 60 * 1_000;

/// A nonce for the recovery key of a name; for an unknown name too, with a user id made up, always the same. (Writes.)
///
/// # Errors
/// [`Fault::Store`].
pub fn recovery_challenge(
    tx: &mut dyn Tx,
    secrets: &Secrets,
    name: &str,
    now: UnixMillis,
    rng: &mut dyn Rng,
) -> Result<http::RecoverChallenge, Fault> {
    let nonce = random::<32>(rng);
    tx.purge_entries(now)?;
    let known = match name.parse::<UserName>() {
        Ok(name) => tx.account_named(&name)?,
        Err(_) => None,
    };
    let user_id = match known {
        Some(account) => {
            let hash = Sha256::digest(nonce).into();
            tx.insert_recovery_challenge(&hash, &account.user, now.plus(CHALLENGE_MS))?;
            account.user
        }
        None => made_up_user(secrets, name),
    };
    Ok(http::RecoverChallenge { user_id, nonce: nonce.to_vec().into() })
}

fn made_up_user(secrets: &Secrets, name: &str) -> UserId {
    let mut mac = Hmac::<Sha256>::new_from_slice(&secrets.parameters_key).expect("HMAC takes any key");
    mac.update(b"securechat/made-up user/v1\0");
    mac.update(name.to_ascii_lowercase().as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&mac.finalize().into_bytes()[..16]);
    UserId::from_bytes(id)
}

/// What the bearer of a recovery key needs to add a device. (Writes; a refusal burns nothing, the nonce's minute ends it.)
///
/// # Errors
/// `WrongCredentials`, whatever was wrong; `Deactivated`.
pub fn recover(
    tx: &mut dyn Tx,
    request: &http::Recover,
    now: UnixMillis,
    rng: &mut dyn Rng,
) -> Result<http::Recovered, Fault> {
    let user = nonce_of(tx, &request.nonce.0, now)?;
    let name = request.user_name.parse::<UserName>().map_err(|_| wrong())?;
    if tx.account_named(&name)?.is_none_or(|account| account.user != user) {
        return Err(wrong());
    }
    let signed = http::recover_challenge(&identity::read(tx)?.server_id, &user, &request.nonce.0);
    check_signature(tx, &user, &signed, &request.signature.0)?;
    active_account(tx, &user)?;
    Ok(http::Recovered {
        user_id: user,
        ticket: ticket_for(tx, &user, now, rng)?,
        vault: vault_of(tx, &user)?,
        chain: tx.chain_links(&user)?.into_iter().map(Into::into).collect(),
    })
}

/// Sets a new password for the asker, whose recovery key says so; all or nothing. Sessions go on.
///
/// # Errors
/// `WrongCredentials`; `Conflict` when the vault changed meanwhile; `BadRequest`, `TooLarge`.
pub fn recover_password(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &http::RecoverPassword,
    password_hash: String,
    sealed_share: Vec<u8>,
    now: UnixMillis,
    limits: &Limits,
) -> Result<Outcome<()>, Fault> {
    may_recover_password(tx, asker, request, now)?;
    let row = password_row(&request.parameters, password_hash, sealed_share)?;
    next_vault(tx, &asker.user, &request.vault, limits)?;
    tx.set_password(&asker.user, &row)?;
    tx.delete_tickets(&asker.user)?;
    Ok(Outcome::quiet(()))
}

fn may_recover_password(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &http::RecoverPassword,
    now: UnixMillis,
) -> Result<(), Fault> {
    if nonce_of(tx, &request.nonce.0, now)? != asker.user {
        return Err(wrong());
    }
    let server = identity::read(tx)?.server_id;
    let signed = http::recover_password_challenge(&server, &asker.user, &request.nonce.0);
    check_signature(tx, &asker.user, &signed, &request.signature.0)
}

fn nonce_of(tx: &mut dyn Tx, nonce: &[u8], now: UnixMillis) -> Result<UserId, Fault> {
    match tx.take_recovery_challenge(&Sha256::digest(nonce).into())? {
        Some((user, expires)) if expires > now => Ok(user),
        Some(_) | None => Err(wrong()),
    }
}

fn check_signature(tx: &mut dyn Tx, user: &UserId, signed: &[u8], signature: &[u8]) -> Result<(), Fault> {
    let key = devices::chain(tx, user)?.recovery();
    let signature = Signature::from_slice(signature).map_err(|_| wrong())?;
    VerifyingKey::from_bytes(&key).and_then(|key| key.verify_strict(signed, &signature)).map_err(|_| wrong())
}

fn wrong() -> Fault {
    Fault::refuse(Code::WrongCredentials, "wrong name or wrong recovery key")
}
