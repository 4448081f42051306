//! Accounts: registering, logging in, passwords, vaults, devices. bcrypt runs in the shell, outside any transaction.

use securechat_ids::{UnixMillis, UserId};
use securechat_proto::http;

use crate::{Asker, Fault, Limits, Outcome, Rng, Secrets, Tx};

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

/// How to stretch the password of a name; for an unknown name made up, always the same.
///
/// # Errors
/// [`Fault::Store`].
pub fn parameters_for(
    tx: &mut dyn Tx,
    secrets: &Secrets,
    name: &str,
) -> Result<http::PasswordParameters, Fault> {
    let _ = (tx, secrets, name);
    unimplemented!()
}

/// The user and bcrypt hash of a name, deactivated ones too; `None` for an unknown or impossible name, for which the
/// shell checks a dummy hash.
///
/// # Errors
/// [`Fault::Store`].
pub fn password_record(tx: &mut dyn Tx, name: &str) -> Result<Option<(UserId, String)>, Fault> {
    let _ = (tx, name);
    unimplemented!()
}

/// The bcrypt hash of a user, to check the old password of a change.
///
/// # Errors
/// [`Fault::Store`].
pub fn password_hash_of(tx: &mut dyn Tx, user: &UserId) -> Result<String, Fault> {
    let _ = (tx, user);
    unimplemented!()
}

/// Whether [`register`] would succeed now: asked before the shell spends a bcrypt on it.
///
/// # Errors
/// As [`register`].
pub fn may_register(
    tx: &mut dyn Tx,
    request: &http::Register,
    now: UnixMillis,
    limits: &Limits,
) -> Result<(), Fault> {
    let _ = (tx, request, now, limits);
    unimplemented!()
}

/// Makes an account with its first device and opens a session. Of two that race for a name, one wins.
///
/// # Errors
/// `InviteInvalid`, `NameTaken`, `Rejected` for a link that does not hold, `TooLarge`, `BadRequest`, `LimitReached`.
pub fn register(
    tx: &mut dyn Tx,
    request: &http::Register,
    password_hash: String,
    sealed_share: Vec<u8>,
    now: UnixMillis,
    rng: &mut dyn Rng,
    limits: &Limits,
) -> Result<Outcome<http::Session>, Fault> {
    let _ = (tx, request, password_hash, sealed_share, now, rng, limits);
    unimplemented!()
}

/// What a person whose password the shell has verified needs to add a device.
///
/// # Errors
/// `Deactivated`.
pub fn log_in(tx: &mut dyn Tx, user: &UserId, now: UnixMillis, rng: &mut dyn Rng) -> Result<LoggedIn, Fault> {
    let _ = (tx, user, now, rng);
    unimplemented!()
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
    let _ = (tx, ticket, request, now, rng, limits);
    unimplemented!()
}

/// Changes the password, all or nothing; the shell has verified the old one.
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
    let _ = (tx, asker, request, new_password_hash, sealed_share, limits);
    unimplemented!()
}

/// The asker's vault.
///
/// # Errors
/// [`Fault::Store`].
pub fn vault(tx: &mut dyn Tx, asker: &Asker) -> Result<http::Vault, Fault> {
    let _ = (tx, asker);
    unimplemented!()
}

/// Replaces the asker's vault by the next version.
///
/// # Errors
/// `Conflict` when the version is not the next; `TooLarge`.
pub fn put_vault(tx: &mut dyn Tx, asker: &Asker, vault: &http::Vault, limits: &Limits) -> Result<(), Fault> {
    let _ = (tx, asker, vault, limits);
    unimplemented!()
}

/// The asker's active devices.
///
/// # Errors
/// [`Fault::Store`].
pub fn devices(tx: &mut dyn Tx, asker: &Asker) -> Result<Vec<http::Device>, Fault> {
    let _ = (tx, asker);
    unimplemented!()
}

/// Ends the device of the asker that a link names: sessions, key packages and Welcomes go, its leaves are to be removed.
///
/// # Errors
/// `Conflict` for a link that does not continue the chain; `Rejected`.
pub fn revoke_device(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &http::RevokeDevice,
    now: UnixMillis,
) -> Result<Outcome<()>, Fault> {
    let _ = (tx, asker, request, now);
    unimplemented!()
}
