//! Invites: who may make an account.

use data_encoding::HEXLOWER;
use securechat_ids::UnixMillis;
use securechat_proto::http::{self, Role};
use securechat_proto::{Code, limits as wire};

use super::owner::new_code;
use super::roles::role_now;
use crate::chance::random;
use crate::rows::InviteRow;
use crate::sessions::token_hash;
use crate::{Asker, Fault, Limits, Rng, StoreError, Tx};

/// Makes an invite. (Writes.)
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
    let allowed = match (role_now(tx, asker)?, request.role) {
        (Role::Member, _) | (Role::Admin, Role::Admin) | (_, Role::Owner) => false,
        (Role::Admin | Role::Owner, Role::Member) | (Role::Owner, Role::Admin) => true,
    };
    if !allowed {
        return Err(Fault::refuse(Code::Forbidden, "your role does not allow this invite"));
    }
    if !(1..=limits.invite_uses_max.min(wire::INVITE_USES_MAX)).contains(&request.uses) {
        return Err(Fault::refuse(
            Code::BadRequest,
            "an invite is for one use at least, and not for so many",
        ));
    }
    if !(1..=limits.invite_seconds_max.min(wire::INVITE_SECONDS_MAX)).contains(&request.expires_s) {
        return Err(Fault::refuse(
            Code::BadRequest,
            "an invite lives a second at least, and not for so long",
        ));
    }
    tx.purge_invites(now)?;
    if tx.invites()?.len() >= limits.invites_max {
        return Err(Fault::refuse(Code::LimitReached, "there are as many invites as there may be"));
    }
    let code = new_code(rng);
    let row = InviteRow {
        id: HEXLOWER.encode(&random::<6>(rng)),
        code_hash: token_hash(&code.0),
        uses: request.uses,
        expires: now.plus(request.expires_s.saturating_mul(1_000)),
        role: request.role,
        made_by: asker.user,
    };
    tx.insert_invite(&row)?;
    Ok(http::Invite { code: Some(code), ..shown(row) })
}

/// The live invites, without their codes. (Reads.)
///
/// # Errors
/// `Forbidden` for members.
pub fn invites(tx: &mut dyn Tx, asker: &Asker, now: UnixMillis) -> Result<Vec<http::Invite>, Fault> {
    check_may_invite(tx, asker)?;
    Ok(live(tx, now)?.map(shown).collect())
}

/// Invites that still let somebody in.
pub(super) fn live(
    tx: &mut dyn Tx,
    now: UnixMillis,
) -> Result<impl Iterator<Item = InviteRow> + use<>, StoreError> {
    Ok(tx.invites()?.into_iter().filter(move |row| row.uses > 0 && row.expires > now))
}

/// Ends an invite. (Writes.)
///
/// # Errors
/// `Forbidden` for members; `NotFound`.
pub fn revoke_invite(tx: &mut dyn Tx, asker: &Asker, request: &http::RevokeInvite) -> Result<(), Fault> {
    check_may_invite(tx, asker)?;
    if tx.delete_invite(&request.id)? {
        Ok(())
    } else {
        Err(Fault::refuse(Code::NotFound, "there is no such invite"))
    }
}

fn check_may_invite(tx: &mut dyn Tx, asker: &Asker) -> Result<(), Fault> {
    match role_now(tx, asker)? {
        Role::Owner | Role::Admin => Ok(()),
        Role::Member => Err(Fault::refuse(Code::Forbidden, "only the owner and admins see to invites")),
    }
}

pub(super) fn shown(row: InviteRow) -> http::Invite {
    http::Invite { id: row.id, code: None, uses: row.uses, expires_ms: row.expires, role: row.role }
}
