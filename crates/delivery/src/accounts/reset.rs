//! Beginning anew after everything was lost: a code from the team, a new root, every old device ended at once.

use securechat_chain::{Op, SignedLink};
use securechat_ids::{UnixMillis, UserId, UserName};
use securechat_proto::{Code, http};

use super::login::active_account;
use super::password::password_row;
use super::register::check_device_name;
use super::vault::{next_vault, vault_of};
use crate::rows::{DeviceRow, RoomStay};
use crate::sessions::{self, token_hash};
use crate::{Fault, Limits, Outcome, Rng, Tx, Wake, devices, log};

/// What a reset has to build on, for the bearer of a code who also knows whose it is. (Reads.)
///
/// # Errors
/// `InviteInvalid` for a code that is unknown, used, over, or another person's; `Deactivated`.
pub fn reset_start(
    tx: &mut dyn Tx,
    request: &http::ResetFor,
    now: UnixMillis,
) -> Result<http::ResetStart, Fault> {
    let user = bearer(tx, &request.code, &request.user_name, now)?;
    Ok(http::ResetStart {
        user_id: user,
        chain: tx.chain_links(&user)?.into_iter().map(Into::into).collect(),
        vault_version: vault_of(tx, &user)?.version,
    })
}

/// Whether [`reset`] would succeed now, and for whom: asked before the shell spends a bcrypt on it. (Reads.)
///
/// # Errors
/// As [`reset`].
pub fn may_reset(tx: &mut dyn Tx, request: &http::Reset, now: UnixMillis) -> Result<UserId, Fault> {
    check(tx, request, now).map(|(user, _)| user)
}

/// Begins an account anew: old devices, sessions, tickets and items end, one new device speaks under a new root.
///
/// # Errors
/// As [`reset_start`]; `Conflict` for a link or vault that does not continue; `Rejected`, `TooLarge`, `BadRequest`.
pub fn reset(
    tx: &mut dyn Tx,
    request: &http::Reset,
    password_hash: String,
    sealed_share: Vec<u8>,
    now: UnixMillis,
    rng: &mut dyn Rng,
    limits: &Limits,
) -> Result<Outcome<http::Session>, Fault> {
    let (user, signed) = check(tx, request, now)?;
    let Op::Reset { device, key, .. } = signed.link().op else {
        return Err(Fault::refuse(Code::Rejected, "the link begins nothing anew"));
    };
    let password = password_row(&request.parameters, password_hash, sealed_share)?;
    let mut ended = Vec::new();
    for old in tx.active_devices(&user)? {
        tx.set_device_inactive(&old.device)?;
        devices::clear(tx, &old.device)?;
        ended.push(old.device);
    }
    tx.delete_tickets(&user)?;
    tx.delete_reset_code(&user)?;
    tx.delete_items(&user)?;
    next_vault(tx, &user, &request.vault, limits)?;
    tx.set_password(&user, &password)?;
    let row = DeviceRow {
        device,
        user,
        key,
        active: true,
        sealed_name: request.device_name.0.clone(),
        added: now,
        seen: now,
    };
    if !tx.insert_device(&row)? {
        return Err(Fault::refuse(Code::Rejected, "the device is somebody's already"));
    }
    let root16 = signed.hash()[..16].try_into().expect("a hash has 32 bytes");
    tx.set_root16(&user, &root16)?;
    let size = log::append(tx, &signed)?;
    let account = active_account(tx, &user)?;
    let answer = sessions::open(tx, &account, &device, now, rng, limits)?;
    let mut wakes =
        vec![Wake::EndSessions { devices: ended, code: Code::Unauthenticated }, Wake::LogGrew { size }];
    for (room, stay, since) in tx.rooms_of(&user)? {
        // Who they were is in there; who they are now is let in again by an admin, or comes by themselves where it is open.
        if stay == RoomStay::Member && !room.open {
            tx.set_stay(room.key, &user, RoomStay::Left, since)?;
        }
        let leaves = tx.refresh_due(room.key)?;
        wakes.push(Wake::MustRemove { room: room.room, leaves, to: tx.audience(room.key)? });
    }
    Ok(Outcome { answer, wakes })
}

fn check(tx: &mut dyn Tx, request: &http::Reset, now: UnixMillis) -> Result<(UserId, SignedLink), Fault> {
    let user = bearer(tx, &request.code, &request.user_name, now)?;
    check_device_name(&request.device_name.0)?;
    let signed = devices::parse_link(&request.link.0)?;
    if !matches!(signed.link().op, Op::Reset { .. }) {
        return Err(Fault::refuse(Code::Rejected, "the link begins nothing anew"));
    }
    devices::continues(tx, &user, &signed)?;
    Ok((user, signed))
}

/// Whose code it is. Code and name have to agree, so that a link opened by the wrong person does no harm.
fn bearer(tx: &mut dyn Tx, code: &http::Secret, name: &str, now: UnixMillis) -> Result<UserId, Fault> {
    let wrong =
        || Fault::refuse(Code::InviteInvalid, "the code is unknown, used, expired, or for another name");
    let (user, expires) = tx.reset_code(&token_hash(&code.0))?.ok_or_else(wrong)?;
    let name = name.parse::<UserName>().map_err(|_| wrong())?;
    if expires <= now || tx.account_named(&name)?.is_none_or(|account| account.user != user) {
        return Err(wrong());
    }
    active_account(tx, &user)?;
    Ok(user)
}
