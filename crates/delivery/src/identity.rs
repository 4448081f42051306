//! Who the server is, and which life of its memory this is.

use securechat_ids::{Generation, ServerId, UnixMillis};

use crate::chance::random;
use crate::rows::{MetaKey, PackageUse};
use crate::{Fault, Rng, StoreError, Tx};

/// What every client remembers of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who it is, for its life.
    pub server_id: ServerId,
    /// Drawn anew whenever a backup is restored.
    pub generation: Generation,
}

/// The server's identity, made now if this is its first start.
///
/// # Errors
/// [`StoreError`].
pub fn found(tx: &mut dyn Tx, rng: &mut dyn Rng) -> Result<Identity, StoreError> {
    for key in [MetaKey::ServerId, MetaKey::Generation] {
        if tx.meta(key)?.is_none() {
            tx.set_meta(key, Some(&random::<16>(rng)))?;
        }
    }
    read(tx)
}

/// The server's identity.
///
/// # Errors
/// [`StoreError::Broken`] before [`found`].
pub fn read(tx: &mut dyn Tx) -> Result<Identity, StoreError> {
    let missing = || StoreError::Broken("the store has no identity".into());
    let server = tx.meta(MetaKey::ServerId)?.ok_or_else(missing)?;
    let generation = tx.meta(MetaKey::Generation)?.ok_or_else(missing)?;
    Ok(Identity {
        server_id: ServerId::try_from(server.as_slice()).map_err(|_| missing())?,
        generation: Generation::try_from(generation.as_slice()).map_err(|_| missing())?,
    })
}

/// Begins a new life of the memory: to be called once after a backup was restored. What was for one use may have been
/// used since: key packages and reset codes do not work a second time.
///
/// # Errors
/// [`Fault::Store`].
pub fn restored(tx: &mut dyn Tx, rng: &mut dyn Rng) -> Result<Generation, Fault> {
    let generation = random::<16>(rng);
    tx.set_meta(MetaKey::Generation, Some(&generation))?;
    for account in tx.accounts()? {
        tx.delete_reset_code(&account.user)?;
        for device in tx.active_devices(&account.user)? {
            while let Some(package) = tx.key_package(&device.device, PackageUse::Once, UnixMillis(0))? {
                tx.spend_key_package(&package.reference)?;
            }
        }
    }
    Ok(Generation::from_bytes(generation))
}
