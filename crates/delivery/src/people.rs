//! The team: its owner, invites, roles, deactivation, and what the server knows of a person.

use securechat_ids::UnixMillis;
use securechat_proto::http;

use crate::{Asker, Fault, Limits, Outcome, Rng, StoreError, Tx};

/// Whether the server waits for its owner. (Reads.)
///
/// # Errors
/// [`StoreError`].
pub fn needs_owner(tx: &mut dyn Tx) -> Result<bool, StoreError> {
    Ok(tx.owner()?.is_none())
}

/// A new code that makes its bearer the owner, for 30 minutes and one use; it replaces the former. `None` once there is
/// an owner. (Writes.)
///
/// # Errors
/// [`Fault::Store`].
pub fn owner_code(
    tx: &mut dyn Tx,
    now: UnixMillis,
    rng: &mut dyn Rng,
) -> Result<Option<http::Secret>, Fault> {
    let _ = (tx, now, rng);
    unimplemented!()
}

/// Makes an invite.
///
/// # Errors
/// `Forbidden` for members, and for admins who invite admins; `BadRequest`, `LimitReached`.
pub fn create_invite(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &http::NewInvite,
    now: UnixMillis,
    rng: &mut dyn Rng,
    limits: &Limits,
) -> Result<http::Invite, Fault> {
    let _ = (tx, asker, request, now, rng, limits);
    unimplemented!()
}

/// The live invites, without their codes. (Reads.)
///
/// # Errors
/// `Forbidden` for members.
pub fn invites(tx: &mut dyn Tx, asker: &Asker, now: UnixMillis) -> Result<Vec<http::Invite>, Fault> {
    let _ = (tx, asker, now);
    unimplemented!()
}

/// Ends an invite.
///
/// # Errors
/// `Forbidden` for members; `NotFound`.
pub fn revoke_invite(tx: &mut dyn Tx, asker: &Asker, request: &http::RevokeInvite) -> Result<(), Fault> {
    let _ = (tx, asker, request);
    unimplemented!()
}

/// Everybody of the team. (Reads.)
///
/// # Errors
/// [`Fault::Store`].
pub fn users(tx: &mut dyn Tx) -> Result<Vec<http::User>, Fault> {
    let _ = tx;
    unimplemented!()
}

/// Gives a role. Giving `owner` hands the team over: the asker becomes an admin.
///
/// # Errors
/// `Forbidden` but for the owner; `NotFound`, `Conflict`.
pub fn set_role(tx: &mut dyn Tx, asker: &Asker, request: &http::SetRole) -> Result<Outcome<()>, Fault> {
    let _ = (tx, asker, request);
    unimplemented!()
}

/// Ends a person's account: sessions end, leaves are to be removed everywhere.
///
/// # Errors
/// `Forbidden` for members, for the owner's account, and for an admin's unless by the owner; `NotFound`.
pub fn deactivate(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &http::Deactivate,
    now: UnixMillis,
) -> Result<Outcome<()>, Fault> {
    let _ = (tx, asker, request, now);
    unimplemented!()
}

/// All that the server holds about the asker. (Reads.)
///
/// # Errors
/// [`Fault::Store`].
pub fn report(tx: &mut dyn Tx, asker: &Asker, now: UnixMillis) -> Result<http::Report, Fault> {
    let _ = (tx, asker, now);
    unimplemented!()
}
