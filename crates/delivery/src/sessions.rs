//! Sessions: proving a device, finding who asks, where the server stands for them.

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signature, VerifyingKey};
use securechat_ids::{DeviceId, RoomId, UnixMillis};
use securechat_proto::{Code, frame, http};
use sha2::{Digest as _, Sha256};

use crate::chance::random;
use crate::rows::{AccountRow, MetaKey, PackageUse, RoomRow, RoomStay, SessionRow};
use crate::{Asker, Fault, Limits, Rng, StoreError, Tx, identity};

/// How long a nonce may be signed.
const CHALLENGE_MS: u64 = 60 * 1_000;
const DAY_MS: u64 = 24 * 3600 * 1_000;

/// What is kept of a token, ticket, nonce or code: its SHA-256.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A secret text of 256 bits.
pub(crate) fn secret(rng: &mut dyn Rng) -> http::Secret {
    http::Secret(BASE64URL_NOPAD.encode(&random::<32>(rng)))
}

/// Where the server stands, as seen by the asker's device. (Reads.)
///
/// # Errors
/// [`Fault::Store`].
pub fn ready(tx: &mut dyn Tx, asker: &Asker, now: UnixMillis) -> Result<frame::Ready, Fault> {
    let identity = identity::read(tx)?;
    let team_room = tx.meta(MetaKey::TeamRoom)?;
    let mut rooms = Vec::new();
    for (row, stay, _) in tx.rooms_of(&asker.user)? {
        if stay == RoomStay::Member {
            rooms.push(room_head(tx, asker, &row, true)?);
        }
    }
    if let Some(team) = team_room.as_deref().and_then(|bytes| RoomId::try_from(bytes).ok())
        && !rooms.iter().any(|head| head.room == team.as_bytes()[..])
        && let Some(row) = tx.room(&team)?
    {
        rooms.push(room_head(tx, asker, &row, false)?);
    }
    let left = tx.count_key_packages(&asker.device, PackageUse::Once, now)?;
    Ok(frame::Ready {
        server_id: identity.server_id.as_bytes().to_vec().into(),
        generation: identity.generation.as_bytes().to_vec().into(),
        now_ms: now.0,
        log_size: tx.log_size()?,
        key_packages_left: u32::try_from(left).unwrap_or(u32::MAX),
        last_resort: tx.count_key_packages(&asker.device, PackageUse::LastResort, now)? > 0,
        inbox_head: tx.inbox_head(&asker.device)?,
        rooms,
        team_room: team_room.unwrap_or_default().into(),
        role: asker.role.text().into(),
    })
}

fn room_head(
    tx: &mut dyn Tx,
    asker: &Asker,
    row: &RoomRow,
    user_is_member: bool,
) -> Result<frame::RoomHead, StoreError> {
    let leaf = tx.leaf_of(row.key, &asker.device)?;
    Ok(frame::RoomHead {
        room: row.room.as_bytes().to_vec().into(),
        epoch: row.epoch.0,
        head_seq: row.head.0,
        user_is_member,
        device_is_member: leaf.is_some_and(|(_, due)| !due),
        must_remove: if row.due == 0 { Vec::new() } else { tx.due(row.key)? },
    })
}

/// A nonce for a device to sign; for an unknown device too, so that nobody learns which exist. (Writes.)
///
/// # Errors
/// [`Fault::Store`].
pub fn open_challenge(
    tx: &mut dyn Tx,
    request: &http::ChallengeFor,
    now: UnixMillis,
    rng: &mut dyn Rng,
) -> Result<http::Challenge, Fault> {
    let nonce = random::<32>(rng);
    tx.purge_entries(now)?;
    if tx.device(&request.device_id)?.is_some_and(|device| device.active) {
        tx.insert_challenge(&Sha256::digest(nonce).into(), &request.device_id, now.plus(CHALLENGE_MS))?;
    }
    Ok(http::Challenge { nonce: nonce.to_vec().into() })
}

/// Opens a session for a device that signed its nonce. (Writes; a refusal burns nothing, the nonce's minute ends it.)
///
/// # Errors
/// `WrongCredentials`, `Deactivated`.
pub fn prove(
    tx: &mut dyn Tx,
    request: &http::ProveDevice,
    now: UnixMillis,
    rng: &mut dyn Rng,
    limits: &Limits,
) -> Result<http::Session, Fault> {
    let wrong = || Fault::refuse(Code::WrongCredentials, "the device did not prove itself");
    match tx.take_challenge(&Sha256::digest(&request.nonce.0).into())? {
        Some((device, expires)) if device == request.device_id && expires > now => {}
        Some(_) | None => return Err(wrong()),
    }
    let device = tx.device(&request.device_id)?.filter(|device| device.active).ok_or_else(wrong)?;
    let server = identity::read(tx)?.server_id;
    let signed = http::session_challenge(&server, &device.device, &request.nonce.0);
    let signature = Signature::from_slice(&request.signature.0).map_err(|_| wrong())?;
    VerifyingKey::from_bytes(&device.key)
        .and_then(|key| key.verify_strict(&signed, &signature))
        .map_err(|_| wrong())?;
    let account = tx.account(&device.user)?.ok_or_else(wrong)?;
    if !account.active {
        return Err(Fault::refuse(Code::Deactivated, "the account was deactivated"));
    }
    open(tx, &account, &device.device, now, rng, limits)
}

/// Opens a session.
pub(crate) fn open(
    tx: &mut dyn Tx,
    account: &AccountRow,
    device: &DeviceId,
    now: UnixMillis,
    rng: &mut dyn Rng,
    limits: &Limits,
) -> Result<http::Session, Fault> {
    let token = secret(rng);
    let expires = session_end(now, limits);
    tx.purge_entries(now)?;
    tx.trim_sessions(&account.user, limits.sessions_per_user_max.max(1) - 1)?;
    tx.insert_session(&SessionRow {
        token_hash: token_hash(&token.0),
        user: account.user,
        device: *device,
        opened: now,
        expires,
    })?;
    tx.set_seen(device, now)?;
    Ok(http::Session {
        user_id: account.user,
        device_id: *device,
        token,
        expires_ms: expires,
        role: account.role,
    })
}

/// Who asks with a token, if its session is open. (Reads.)
///
/// # Errors
/// [`StoreError`].
pub fn find_by_token(
    tx: &mut dyn Tx,
    token_hash: &[u8; 32],
    now: UnixMillis,
) -> Result<Option<Asker>, StoreError> {
    let Some(session) = tx.session(token_hash)?.filter(|session| session.expires > now) else {
        return Ok(None);
    };
    let active = tx.device(&session.device)?.is_some_and(|device| device.active);
    let account = tx.account(&session.user)?.filter(|account| account.active && active);
    Ok(account.map(|account| Asker { user: account.user, device: session.device, role: account.role }))
}

/// Notes that a session is in use, which moves its end. (Writes; once per `Hello` is enough.)
///
/// # Errors
/// [`Fault::Store`].
pub fn note_use(
    tx: &mut dyn Tx,
    token_hash: &[u8; 32],
    now: UnixMillis,
    limits: &Limits,
) -> Result<(), Fault> {
    if let Some(session) = tx.session(token_hash)?.filter(|session| session.expires > now) {
        tx.set_session_end(token_hash, session_end(now, limits))?;
        tx.set_seen(&session.device, now)?;
    }
    Ok(())
}

/// Ends a session. (Writes.)
///
/// # Errors
/// [`Fault::Store`].
pub fn logout(tx: &mut dyn Tx, token_hash: &[u8; 32]) -> Result<(), Fault> {
    Ok(tx.delete_session(token_hash)?)
}

fn session_end(now: UnixMillis, limits: &Limits) -> UnixMillis {
    now.plus(limits.session_days.saturating_mul(DAY_MS))
}
