//! All chains of a team in the order of the log: what every client replays and the server guards.

use std::collections::BTreeMap;

use securechat_ids::{DeviceId, UserId, UserName};

use crate::chain::{Chain, ChainError};
use crate::link::{LinkError, Op, PublicKey, SignedLink};
use crate::log::{Frontier, leaf_hash};

/// Every user's chain, and the log's root over all links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registry {
    chains: BTreeMap<UserId, Chain>,
    names: BTreeMap<UserName, UserId>,
    frontier: Frontier,
}

/// Why a link does not continue the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// It is not a link.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// It does not continue its chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A second genesis of one user, or a name that another user has.
    #[error("the user or the name already has a chain")]
    Taken,
}

impl Registry {
    /// Checks one link and adds it.
    ///
    /// # Errors
    /// [`RegistryError`]; the registry is then unchanged.
    pub fn append(&mut self, bytes: &[u8]) -> Result<SignedLink, RegistryError> {
        let signed = SignedLink::parse(bytes)?;
        self.add(&signed)?;
        Ok(signed)
    }

    /// Adds one link that this machine has checked before.
    ///
    /// # Errors
    /// [`RegistryError`] when the store does not hold what was put there.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), RegistryError> {
        self.add(&SignedLink::parse_trusted(bytes)?)
    }

    fn add(&mut self, signed: &SignedLink) -> Result<(), RegistryError> {
        let link = signed.link();
        let chain = match self.chains.get(&link.user_id) {
            Some(chain) => chain.append(signed)?,
            None => Chain::begin(signed)?,
        };
        if let Op::Genesis { name, .. } = &link.op {
            if self.names.contains_key(name) {
                return Err(RegistryError::Taken);
            }
            self.names.insert(name.clone(), link.user_id);
        }
        self.chains.insert(link.user_id, chain);
        self.frontier.push(leaf_hash(&link.user_id, link.seq, &signed.hash()));
        Ok(())
    }

    /// How many links the log has.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// RFC 6962 root over all links.
    pub fn root(&self) -> [u8; 32] {
        self.frontier.root()
    }

    /// A user's chain.
    pub fn chain(&self, user: &UserId) -> Option<&Chain> {
        self.chains.get(user)
    }

    /// The user of a name.
    pub fn user(&self, name: &UserName) -> Option<UserId> {
        self.names.get(name).copied()
    }

    /// All chains, by user.
    pub fn chains(&self) -> impl Iterator<Item = &Chain> {
        self.chains.values()
    }

    /// Whether a credential may be believed now: the device is active on the user's chain under this root and key.
    pub fn vouches_for(&self, user: &UserId, device: &DeviceId, root16: &[u8; 16], key: &PublicKey) -> bool {
        self.chains
            .get(user)
            .is_some_and(|chain| chain.root16() == *root16 && chain.active_key(device) == Some(*key))
    }

    /// Whether a credential could be believed at some time: the device is on the user's chain under this key, active or
    /// revoked. What a room's past holds is judged by this, because the past does not say how long the log was then.
    pub fn has_vouched_for(&self, user: &UserId, device: &DeviceId, key: &PublicKey) -> bool {
        self.chains
            .get(user)
            .and_then(|chain| chain.devices().get(device))
            .is_some_and(|known| known.key == *key)
    }
}
