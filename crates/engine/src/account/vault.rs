//! The vault: one random key that opens a user's small secrets, itself sealed once for each way in (docs/protocol.md §2).

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use securechat_ids::UserId;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::password::Stretched;
use super::recovery::RecoveryKey;
use crate::{Cx, cbor};

/// Opens the vault's items and seals device names. Zeroed when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct VaultKey([u8; 32]);

/// What an opened vault gives.
pub struct Unlocked {
    /// The vault key.
    pub key: VaultKey,
    /// The recovery key, which may sign on the chain.
    pub recovery: RecoveryKey,
}

/// Why a vault does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Not a vault of a known version.
    #[error("the vault is damaged or of a newer version")]
    Malformed,
    /// The password or key does not fit.
    #[error("the vault does not open with this password or key")]
    Locked,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(rename = "v")]
    version: u8,
    password: ByteBuf,
    recovery: ByteBuf,
    items: ByteBuf,
}

#[derive(Serialize, Deserialize)]
struct Items {
    #[serde(with = "serde_bytes")]
    recovery: [u8; 32],
}

impl VaultKey {
    /// The key of 32 bytes from this device's own store.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, for this device's own store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals a short text of this user (a device name).
    pub fn seal_text(&self, user: &UserId, text: &str, cx: &mut Cx<'_>) -> Vec<u8> {
        seal(&self.0, &aad(user, b"text"), text.as_bytes(), cx)
    }

    /// Opens what [`VaultKey::seal_text`] made; `None` if it is not that.
    pub fn open_text(&self, user: &UserId, sealed: &[u8]) -> Option<String> {
        let bytes = open(&self.0, &aad(user, b"text"), sealed)?;
        String::from_utf8(bytes.to_vec()).ok()
    }
}

/// Makes a vault: a new key and its two ways in.
pub(super) fn create(
    user: &UserId,
    stretched: &Stretched,
    share: &[u8],
    recovery: &RecoveryKey,
    cx: &mut Cx<'_>,
) -> (VaultKey, Vec<u8>) {
    let key = VaultKey(cx.bytes());
    let sealed = reseal(user, &key, stretched, share, recovery, cx);
    (key, sealed)
}

/// Seals the vault anew, for instance under a new password.
pub(super) fn reseal(
    user: &UserId,
    key: &VaultKey,
    stretched: &Stretched,
    share: &[u8],
    recovery: &RecoveryKey,
    cx: &mut Cx<'_>,
) -> Vec<u8> {
    let items = Zeroizing::new(cbor::to_bytes(&Items { recovery: *recovery.as_bytes() }));
    cbor::to_bytes(&Sealed {
        version: 1,
        password: seal(&stretched.wrap(share), &aad(user, b"password"), &key.0, cx).into(),
        recovery: seal(&recovery.wrap(), &aad(user, b"recovery"), &key.0, cx).into(),
        items: seal(&key.0, &aad(user, b"items"), &items, cx).into(),
    })
}

/// Opens a vault by password.
///
/// # Errors
/// [`VaultError`].
pub fn unlock(
    user: &UserId,
    sealed: &[u8],
    stretched: &Stretched,
    share: &[u8],
) -> Result<Unlocked, VaultError> {
    let vault = parse(sealed)?;
    let key =
        open(&stretched.wrap(share), &aad(user, b"password"), &vault.password).ok_or(VaultError::Locked)?;
    open_items(user, &vault, &key)
}

/// Opens a vault with its key, which a device that is logged in has.
///
/// # Errors
/// [`VaultError`].
pub fn unlock_with_key(user: &UserId, sealed: &[u8], key: &VaultKey) -> Result<Unlocked, VaultError> {
    open_items(user, &parse(sealed)?, &key.0)
}

/// Opens a vault by recovery key.
///
/// # Errors
/// [`VaultError`].
pub fn unlock_with_recovery(
    user: &UserId,
    sealed: &[u8],
    recovery: &RecoveryKey,
) -> Result<Unlocked, VaultError> {
    let vault = parse(sealed)?;
    let key = open(&recovery.wrap(), &aad(user, b"recovery"), &vault.recovery).ok_or(VaultError::Locked)?;
    open_items(user, &vault, &key)
}

/// The vault with another recovery key; the way in by password stays.
pub(super) fn with_recovery(
    user: &UserId,
    sealed: &[u8],
    key: &VaultKey,
    recovery: &RecoveryKey,
    cx: &mut Cx<'_>,
) -> Result<Vec<u8>, VaultError> {
    let vault = parse(sealed)?;
    open_items(user, &vault, &key.0)?;
    let items = Zeroizing::new(cbor::to_bytes(&Items { recovery: *recovery.as_bytes() }));
    Ok(cbor::to_bytes(&Sealed {
        recovery: seal(&recovery.wrap(), &aad(user, b"recovery"), &key.0, cx).into(),
        items: seal(&key.0, &aad(user, b"items"), &items, cx).into(),
        ..vault
    }))
}

fn parse(sealed: &[u8]) -> Result<Sealed, VaultError> {
    cbor::from_bytes::<Sealed>(sealed).filter(|vault| vault.version == 1).ok_or(VaultError::Malformed)
}

fn open_items(user: &UserId, vault: &Sealed, key: &[u8]) -> Result<Unlocked, VaultError> {
    let key = VaultKey(key.try_into().map_err(|_| VaultError::Malformed)?);
    let items = open(&key.0, &aad(user, b"items"), &vault.items).ok_or(VaultError::Locked)?;
    let items: Items = cbor::from_bytes(&items).ok_or(VaultError::Malformed)?;
    Ok(Unlocked { key, recovery: RecoveryKey::from_bytes(items.recovery) })
}

fn aad(user: &UserId, slot: &[u8]) -> Vec<u8> {
    [b"securechat/vault/v1/".as_slice(), slot, b"/", user.as_bytes()].concat()
}

/// `nonce24 ‖ XChaCha20-Poly1305(key, nonce, plaintext, aad)`.
pub(super) fn seal(key: &[u8; 32], aad: &[u8], plaintext: &[u8], cx: &mut Cx<'_>) -> Vec<u8> {
    let nonce: [u8; 24] = cx.bytes();
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt((&nonce).into(), Payload { msg: plaintext, aad })
        .expect("a short plaintext is within the cipher's bounds");
    [nonce.as_slice(), &sealed].concat()
}

pub(super) fn open(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_at_checked(24)?;
    let plain =
        XChaCha20Poly1305::new(key.into()).decrypt(nonce.into(), Payload { msg: sealed, aad }).ok()?;
    Some(Zeroizing::new(plain))
}

/// For `crate::hostile`.
#[cfg(feature = "hostile")]
pub(crate) fn hostile_vault(bytes: &[u8]) {
    use crate::cbor::reads_back;
    reads_back::<Sealed>(bytes);
    reads_back::<Items>(bytes);
}
