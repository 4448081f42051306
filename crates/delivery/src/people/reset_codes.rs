//! Reset codes: who lets somebody who lost everything begin anew.

use securechat_ids::{UnixMillis, UserId};
use securechat_proto::Code;
use securechat_proto::http::{self, RESET_CODE_PREFIX, Role, Secret};

use super::owner::new_code;
use super::roles::role_now;
use crate::sessions::token_hash;
use crate::{Asker, Fault, Rng, Tx};

/// How long a code is good: long enough to hand it over in person or by telephone.
const RESET_CODE_MS: u64 = 24 * 3600 * 1_000;

/// Makes a code for a person, in place of their former one. (Writes.)
///
/// # Errors
/// `Forbidden` for members, for admins about the owner and other admins, and about oneself; `NotFound`; `Conflict` for a
/// deactivated account.
pub fn reset_code(
    tx: &mut dyn Tx,
    asker: &Asker,
    user: &UserId,
    now: UnixMillis,
    rng: &mut dyn Rng,
) -> Result<http::ResetCode, Fault> {
    let account =
        tx.account(user)?.ok_or_else(|| Fault::refuse(Code::NotFound, "there is no such person"))?;
    // The operator at the server's machine has no account, and is who is left when the owner lost everything.
    let operator = tx.account(&asker.user)?.is_none();
    let allowed = match (role_now(tx, asker)?, account.role) {
        _ if operator => true,
        (Role::Member, _) | (_, Role::Owner) | (Role::Admin, Role::Admin) => false,
        (Role::Admin | Role::Owner, Role::Member) | (Role::Owner, Role::Admin) => true,
    };
    if !allowed {
        return Err(Fault::refuse(Code::Forbidden, "your role does not allow this for this person"));
    }
    if !account.active {
        return Err(Fault::refuse(Code::Conflict, "the account was deactivated"));
    }
    let code = Secret(format!("{RESET_CODE_PREFIX}{}", new_code(rng).0));
    let expires = now.plus(RESET_CODE_MS);
    tx.set_reset_code(user, &token_hash(&code.0), expires)?;
    Ok(http::ResetCode { code, user_name: account.name.into(), expires_ms: expires })
}
