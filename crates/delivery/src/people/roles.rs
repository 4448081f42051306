//! Roles, and the end of an account.

use securechat_ids::UnixMillis;
use securechat_proto::Code;
use securechat_proto::http::{self, Role};

use crate::rows::AccountRow;
use crate::{Asker, Fault, Outcome, Tx, Wake, devices};

/// Everybody of the team. Nobody is said to be online: only the shell knows who is connected. (Reads.)
///
/// # Errors
/// [`Fault::Store`].
pub fn users(tx: &mut dyn Tx) -> Result<Vec<http::User>, Fault> {
    Ok(tx.accounts()?.into_iter().map(shown).collect())
}

pub(super) fn shown(row: AccountRow) -> http::User {
    http::User {
        user_id: row.user,
        user_name: row.name.into(),
        role: row.role,
        active: row.active,
        online: false,
        created_ms: row.created,
    }
}

/// The asker's role as of this transaction: the one in the session may be a moment old.
pub(crate) fn role_now(tx: &mut dyn Tx, asker: &Asker) -> Result<Role, Fault> {
    match tx.account(&asker.user)? {
        Some(account) if account.active => Ok(account.role),
        Some(_) => Err(Fault::refuse(Code::Deactivated, "the account was deactivated")),
        // The operator at the server's own machine has no account.
        None => Ok(asker.role),
    }
}

/// Gives a role. Giving `owner` hands the team over: the owner becomes an admin.
///
/// # Errors
/// `Forbidden` but for the owner; `NotFound`; `Conflict` for the owner's own role or a deactivated account.
pub fn set_role(tx: &mut dyn Tx, asker: &Asker, request: &http::SetRole) -> Result<Outcome<()>, Fault> {
    match role_now(tx, asker)? {
        Role::Owner => {}
        Role::Admin | Role::Member => {
            return Err(Fault::refuse(Code::Forbidden, "only the owner gives roles"));
        }
    }
    let account = account(tx, &request.user_id)?;
    if !account.active {
        return Err(Fault::refuse(Code::Conflict, "the account was deactivated"));
    }
    if account.role == Role::Owner && request.role != Role::Owner {
        return Err(Fault::refuse(Code::Conflict, "the owner hands the team over before leaving the role"));
    }
    if account.role == request.role {
        return Ok(Outcome::quiet(()));
    }
    if request.role == Role::Owner
        && let Some(owner) = tx.owner()?
    {
        tx.set_role(&owner, Role::Admin)?;
    }
    tx.set_role(&account.user, request.role)?;
    Ok(Outcome::quiet(()))
}

/// Ends a person's account: sessions end, leaves are to be removed everywhere.
///
/// # Errors
/// `Forbidden` for members, for the owner's account, and for an admin's unless by the owner; `NotFound`.
pub fn deactivate(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &http::Deactivate,
    _now: UnixMillis,
) -> Result<Outcome<()>, Fault> {
    let account = account(tx, &request.user_id)?;
    let allowed = match (role_now(tx, asker)?, account.role) {
        (Role::Member, _) | (_, Role::Owner) | (Role::Admin, Role::Admin) => false,
        (Role::Admin | Role::Owner, Role::Member) | (Role::Owner, Role::Admin) => true,
    };
    if !allowed {
        return Err(Fault::refuse(Code::Forbidden, "your role does not allow this"));
    }
    if !account.active {
        return Ok(Outcome::quiet(()));
    }
    tx.set_inactive(&account.user)?;
    tx.delete_tickets(&account.user)?;
    let mut ended = Vec::new();
    for device in tx.active_devices(&account.user)? {
        devices::clear(tx, &device.device)?;
        ended.push(device.device);
    }
    let mut wakes = vec![Wake::EndSessions { devices: ended, code: Code::Deactivated }];
    for (row, _, _) in tx.rooms_of(&account.user)? {
        let leaves = tx.refresh_due(row.key)?;
        wakes.push(Wake::MustRemove { room: row.room, leaves, to: tx.audience(row.key)? });
    }
    Ok(Outcome { answer: (), wakes })
}

fn account(tx: &mut dyn Tx, user: &securechat_ids::UserId) -> Result<AccountRow, Fault> {
    tx.account(user)?.ok_or_else(|| Fault::refuse(Code::NotFound, "there is no such person"))
}
