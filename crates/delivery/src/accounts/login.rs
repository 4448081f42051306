//! Logging in by password, to add a device.

use securechat_chain::Op;
use securechat_ids::{DeviceId, UnixMillis, UserId};
use securechat_proto::{Code, http};

use super::register::check_device_name;
use super::vault::vault_of;
use crate::rows::{AccountRow, DeviceRow};
use crate::sessions::{self, secret, token_hash};
use crate::{Asker, Fault, Limits, Outcome, Rng, StoreError, Tx, Wake, devices, log};

/// How long a ticket is good.
const TICKET_MS: u64 = 10 * 60 * 1_000;

/// What a log-in answers with; the shell unseals the share.
pub struct LoggedIn {
    /// Whose account.
    pub user: UserId,
    /// Grants one [`add_device`].
    pub ticket: http::Secret,
    /// The share as the shell sealed it.
    pub sealed_share: Vec<u8>,
    /// The vault.
    pub vault: http::Vault,
    /// The user's signed links, in order.
    pub chain: Vec<http::B64>,
}

/// What a person whose password the shell has verified needs to add a device. (Writes.)
///
/// # Errors
/// `Deactivated`.
pub fn log_in(tx: &mut dyn Tx, user: &UserId, now: UnixMillis, rng: &mut dyn Rng) -> Result<LoggedIn, Fault> {
    active_account(tx, user)?;
    let password = tx
        .password(user)?
        .ok_or_else(|| StoreError::Broken(format!("the account {user} has no password")))?;
    let ticket = ticket_for(tx, user, now, rng)?;
    Ok(LoggedIn {
        user: *user,
        ticket,
        sealed_share: password.sealed_share,
        vault: vault_of(tx, user)?,
        chain: tx.chain_links(user)?.into_iter().map(Into::into).collect(),
    })
}

/// Adds the device that a link names, for the bearer of a log-in ticket, and opens its session.
///
/// # Errors
/// `Unauthenticated` for a ticket that is unknown, used or over; `Conflict` for a link that does not continue the chain;
/// `Rejected`, `LimitReached`, `Deactivated`.
pub fn add_device(
    tx: &mut dyn Tx,
    ticket: &str,
    request: &http::AddDevice,
    now: UnixMillis,
    rng: &mut dyn Rng,
    limits: &Limits,
) -> Result<Outcome<http::Session>, Fault> {
    let user = match tx.take_ticket(&token_hash(ticket))? {
        Some((user, expires)) if expires > now => user,
        Some(_) | None => return Err(Fault::refuse(Code::Unauthenticated, "log in again")),
    };
    let account = active_account(tx, &user)?;
    let (device, size) = put_on_chain(tx, &user, request, now, limits)?;
    let answer = sessions::open(tx, &account, &device, now, rng, limits)?;
    Ok(Outcome { answer, wakes: vec![Wake::LogGrew { size }] })
}

/// Adds the device that a link names, for a device of the same person that let it in.
///
/// # Errors
/// `Conflict` for a link that does not continue the chain; `Rejected`, `LimitReached`.
pub fn vouch_device(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &http::AddDevice,
    now: UnixMillis,
    limits: &Limits,
) -> Result<Outcome<()>, Fault> {
    let (_, size) = put_on_chain(tx, &asker.user, request, now, limits)?;
    Ok(Outcome { answer: (), wakes: vec![Wake::LogGrew { size }] })
}

/// Puts the device that a link names on its owner's chain; gives it and the log's new size.
fn put_on_chain(
    tx: &mut dyn Tx,
    user: &UserId,
    request: &http::AddDevice,
    now: UnixMillis,
    limits: &Limits,
) -> Result<(DeviceId, u64), Fault> {
    check_device_name(&request.device_name.0)?;
    let signed = devices::parse_link(&request.link.0)?;
    let Op::AddDevice { device, key, .. } = signed.link().op.clone() else {
        return Err(Fault::refuse(Code::Rejected, "the link adds no device"));
    };
    devices::continues(tx, user, &signed)?;
    if tx.active_devices(user)?.len() >= limits.devices_per_user_max {
        return Err(Fault::refuse(Code::LimitReached, "the account has as many devices as it may have"));
    }
    let row = DeviceRow {
        device,
        user: *user,
        key,
        active: true,
        sealed_name: request.device_name.0.clone(),
        added: now,
        seen: now,
    };
    if !tx.insert_device(&row)? {
        return Err(Fault::refuse(Code::Rejected, "the device is somebody's already"));
    }
    let size = log::append(tx, &signed)?;
    Ok((device, size))
}

/// Leave to add one device.
pub(super) fn ticket_for(
    tx: &mut dyn Tx,
    user: &UserId,
    now: UnixMillis,
    rng: &mut dyn Rng,
) -> Result<http::Secret, Fault> {
    let ticket = secret(rng);
    tx.purge_entries(now)?;
    tx.insert_ticket(&token_hash(&ticket.0), user, now.plus(TICKET_MS))?;
    Ok(ticket)
}

/// An account that works.
pub(super) fn active_account(tx: &mut dyn Tx, user: &UserId) -> Result<AccountRow, Fault> {
    match tx.account(user)? {
        Some(account) if account.active => Ok(account),
        Some(_) => Err(Fault::refuse(Code::Deactivated, "the account was deactivated")),
        None => Err(Fault::refuse(Code::WrongCredentials, "wrong name or password")),
    }
}
