//! The first person: a code printed at start makes its bearer the owner.

use data_encoding::BASE64URL_NOPAD;
use securechat_ids::UnixMillis;
use securechat_proto::http;

use crate::chance::random;
use crate::rows::MetaKey;
use crate::sessions::token_hash;
use crate::{Fault, Rng, StoreError, Tx};

/// How long an owner code is good.
const OWNER_CODE_MS: u64 = 30 * 60 * 1_000;

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
    if !needs_owner(tx)? {
        return Ok(None);
    }
    let code = new_code(rng);
    let kept = [&token_hash(&code.0)[..], &now.plus(OWNER_CODE_MS).0.to_be_bytes()].concat();
    tx.set_meta(MetaKey::OwnerCode, Some(&kept))?;
    Ok(Some(code))
}

/// 128 random bits, short enough for a link that is read aloud if it must be.
pub(super) fn new_code(rng: &mut dyn Rng) -> http::Secret {
    http::Secret(BASE64URL_NOPAD.encode(&random::<16>(rng)))
}

/// Whether a hash is that of the owner code, and it is still good.
pub(crate) fn is_owner_code(
    tx: &mut dyn Tx,
    code_hash: &[u8; 32],
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let Some(kept) = tx.meta(MetaKey::OwnerCode)? else { return Ok(false) };
    let Some((hash, expires)) = kept.split_at_checked(32) else { return Ok(false) };
    let expires = expires.try_into().map_or(0, u64::from_be_bytes);
    Ok(hash == code_hash && now.0 < expires && needs_owner(tx)?)
}

/// It has been used.
pub(crate) fn forget_owner_code(tx: &mut dyn Tx) -> Result<(), StoreError> {
    tx.set_meta(MetaKey::OwnerCode, None)
}
