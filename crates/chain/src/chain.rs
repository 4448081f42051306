//! One user's chain, replayed: which devices speak for them now.

use std::collections::BTreeMap;

use ed25519_dalek::{Signature, VerifyingKey};
use securechat_ids::{DeviceId, UnixMillis, UserId, UserName};

use crate::link::{LinkHash, Op, PublicKey, SignedLink, device_possession};

/// A user's chain up to its newest link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    user_id: UserId,
    name: UserName,
    root: LinkHash,
    head: LinkHash,
    length: u64,
    recovery: PublicKey,
    devices: BTreeMap<DeviceId, ChainDevice>,
}

/// A device on a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainDevice {
    /// Its key: MLS leaf key and session key at once.
    pub key: PublicKey,
    /// When it was added, by the signer's clock.
    pub added: UnixMillis,
    /// Key that added it.
    pub added_by: PublicKey,
    /// Whether it still speaks for the user.
    pub active: bool,
}

/// Why a link does not continue a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Of another user, not next in order, or not on this head.
    #[error("the link does not continue this chain")]
    NotNext,
    /// Signed by a key that may not.
    #[error("the link is signed by a key that may not sign it")]
    Signer,
    /// The device is already there, was revoked before, or its key is in use.
    #[error("the device or its key is already on the chain")]
    Duplicate,
    /// The device is not an active one.
    #[error("the device is not active on the chain")]
    NotActive,
    /// The new device did not show that it holds its key.
    #[error("the new device's proof of possession is wrong")]
    Possession,
}

impl Chain {
    /// Begins a chain.
    ///
    /// # Errors
    /// [`ChainError::NotNext`] unless the link is a genesis at place 0; [`ChainError::Signer`] unless its device
    /// signed it.
    pub fn begin(signed: &SignedLink) -> Result<Self, ChainError> {
        let link = signed.link();
        let Op::Genesis { name, device, key, recovery } = &link.op else { return Err(ChainError::NotNext) };
        if link.seq != 0 || link.prev != [0; 32] {
            return Err(ChainError::NotNext);
        }
        if link.signer != *key {
            return Err(ChainError::Signer);
        }
        let first = ChainDevice { key: *key, added: link.time, added_by: link.signer, active: true };
        Ok(Self {
            user_id: link.user_id,
            name: name.clone(),
            root: signed.hash(),
            head: signed.hash(),
            length: 1,
            recovery: *recovery,
            devices: BTreeMap::from([(*device, first)]),
        })
    }

    /// The chain with one more link.
    ///
    /// # Errors
    /// [`ChainError`] when the link does not continue this chain or its signer may not say that.
    pub fn append(&self, signed: &SignedLink) -> Result<Self, ChainError> {
        let link = signed.link();
        if link.user_id != self.user_id || link.seq != self.length || link.prev != self.head {
            return Err(ChainError::NotNext);
        }
        let mut next = Self { head: signed.hash(), length: self.length + 1, ..self.clone() };
        match &link.op {
            Op::Genesis { .. } => return Err(ChainError::NotNext),
            Op::AddDevice { device, key, possession } => {
                self.may_sign(&link.signer)?;
                self.is_new(device, key)?;
                let holder = VerifyingKey::from_bytes(key).map_err(|_| ChainError::Possession)?;
                holder
                    .verify_strict(
                        &device_possession(&self.user_id, device, key),
                        &Signature::from_bytes(possession),
                    )
                    .map_err(|_| ChainError::Possession)?;
                next.insert(*device, *key, link.time, link.signer);
            }
            Op::RevokeDevice { device } => {
                self.may_sign(&link.signer)?;
                let entry = next.devices.get_mut(device).filter(|d| d.active).ok_or(ChainError::NotActive)?;
                entry.active = false;
            }
            Op::RotateRecovery { recovery } => {
                self.may_sign(&link.signer)?;
                self.is_no_device(recovery)?;
                next.recovery = *recovery;
            }
            Op::Reset { device, key, recovery } => {
                if link.signer != *key {
                    return Err(ChainError::Signer);
                }
                self.is_no_device(recovery)?;
                if recovery == key {
                    return Err(ChainError::Duplicate);
                }
                self.is_new(device, key)?;
                for entry in next.devices.values_mut() {
                    entry.active = false;
                }
                next.insert(*device, *key, link.time, link.signer);
                next.recovery = *recovery;
                next.root = signed.hash();
            }
        }
        Ok(next)
    }

    fn insert(&mut self, device: DeviceId, key: PublicKey, added: UnixMillis, added_by: PublicKey) {
        self.devices.insert(device, ChainDevice { key, added, added_by, active: true });
    }

    fn may_sign(&self, signer: &PublicKey) -> Result<(), ChainError> {
        let by_device = self.devices.values().any(|d| d.active && d.key == *signer);
        if by_device || *signer == self.recovery { Ok(()) } else { Err(ChainError::Signer) }
    }

    fn is_no_device(&self, recovery: &PublicKey) -> Result<(), ChainError> {
        if self.devices.values().any(|d| d.key == *recovery) { Err(ChainError::Duplicate) } else { Ok(()) }
    }

    fn is_new(&self, device: &DeviceId, key: &PublicKey) -> Result<(), ChainError> {
        let known = self.devices.contains_key(device) || self.devices.values().any(|d| d.key == *key);
        if known || self.recovery == *key { Err(ChainError::Duplicate) } else { Ok(()) }
    }

    /// Whose chain it is.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The user's name.
    pub fn name(&self) -> &UserName {
        &self.name
    }

    /// Hash of the genesis or of the newest reset: what is pinned and verified.
    pub fn root(&self) -> LinkHash {
        self.root
    }

    /// First half of [`Chain::root`], as MLS credentials carry it.
    pub fn root16(&self) -> [u8; 16] {
        self.root[..16].try_into().expect("a hash has 32 bytes")
    }

    /// Hash of the newest link.
    pub fn head(&self) -> LinkHash {
        self.head
    }

    /// How many links it has: the seq of the next.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Key made of the recovery key.
    pub fn recovery(&self) -> PublicKey {
        self.recovery
    }

    /// All devices ever, active or not.
    pub fn devices(&self) -> &BTreeMap<DeviceId, ChainDevice> {
        &self.devices
    }

    /// Key of an active device.
    pub fn active_key(&self, device: &DeviceId) -> Option<PublicKey> {
        self.devices.get(device).filter(|d| d.active).map(|d| d.key)
    }
}

#[cfg(test)]
mod tests;
