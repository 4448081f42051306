//! Sessions: proving a device, finding who asks, where the server stands for them.

use securechat_ids::UnixMillis;
use securechat_proto::{frame, http};
use sha2::{Digest as _, Sha256};

use crate::{Asker, Fault, Limits, Rng, StoreError, Tx};

/// What is kept of a token, ticket, nonce or code: its SHA-256.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Where the server stands, as seen by the asker's device.
///
/// # Errors
/// [`Fault::Store`].
pub fn ready(tx: &mut dyn Tx, asker: &Asker, now: UnixMillis) -> Result<frame::Ready, Fault> {
    let _ = (tx, asker, now);
    unimplemented!()
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
    let _ = (tx, request, now, rng);
    unimplemented!()
}

/// Opens a session for a device that signed its nonce. (Writes; a refusal burns nothing, so the nonce's minute ends it.)
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
    let _ = (tx, request, now, rng, limits);
    unimplemented!()
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
    let _ = (tx, token_hash, now);
    unimplemented!()
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
    let _ = (tx, token_hash, now, limits);
    unimplemented!()
}

/// Ends a session.
///
/// # Errors
/// [`Fault::Store`].
pub fn logout(tx: &mut dyn Tx, token_hash: &[u8; 32]) -> Result<(), Fault> {
    Ok(tx.delete_session(token_hash)?)
}
