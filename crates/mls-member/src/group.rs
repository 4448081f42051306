//! A room as a member holds it.

use securechat_ids::{Epoch, RoomId};
use securechat_mls::{Facts, Leaf, Policy};
use zeroize::Zeroizing;

use crate::{DeviceKey, Provider};

/// A room's group with this device's secrets.
pub struct Group {}

/// What the server needs to take up a new room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founding {
    /// GroupInfo of epoch 0, without the tree, with external_pub.
    pub group_info: Vec<u8>,
    /// Ratchet tree of epoch 0.
    pub tree: Vec<u8>,
}

/// What a commit of ours is to do. All parts may be empty: then it only renews this device's keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Key packages (MLSMessage bytes) of devices to add.
    pub add: Vec<Vec<u8>>,
    /// Leaves to remove.
    pub remove: Vec<u32>,
    /// New policy.
    pub policy: Option<Policy>,
}

/// A commit of ours, waiting for its place in the room's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedOut {
    /// PublicMessage.
    pub commit: Vec<u8>,
    /// GroupInfo of the next epoch, without the tree, with external_pub.
    pub group_info: Vec<u8>,
    /// Welcome for added devices.
    pub welcome: Option<Vec<u8>>,
}

/// What came out of an event's MLS bytes.
pub enum Received {
    /// An application message.
    Message {
        /// Its sender.
        leaf: Leaf,
        /// Bound to it and not secret.
        aad: Vec<u8>,
        /// Its content.
        plaintext: Zeroizing<Vec<u8>>,
    },
    /// A commit of somebody else, to be judged and then accepted, or dropped.
    Commit(StagedIn),
}

/// Somebody else's commit that holds for MLS.
pub struct StagedIn {}

/// A Welcome that opened; to be judged and then accepted, or dropped.
pub struct Joining {}

/// Why an act on a group failed.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// The bytes are for another epoch than the group's.
    #[error("made for epoch {theirs}, the group is at {ours}")]
    Epoch {
        /// The group's epoch.
        ours: Epoch,
        /// The message's.
        theirs: Epoch,
    },
    /// Our own message, which its sender cannot decrypt.
    #[error("a message of this device")]
    OwnMessage,
    /// A Welcome whose key package is not here (any more).
    #[error("the welcome is for a key package that is not here")]
    NoKeyPackage,
    /// MLS refuses it.
    #[error("MLS refuses it: {0}")]
    Invalid(String),
    /// The store failed or holds something unreadable.
    #[error("the store failed: {0}")]
    Store(String),
}

impl Group {
    /// Makes a room with this device as its one leaf.
    ///
    /// # Errors
    /// [`MemberError`] when the store or the cryptography fails.
    pub fn found(
        provider: &Provider<'_>,
        key: &DeviceKey,
        room: RoomId,
        policy: &Policy,
    ) -> Result<(Self, Founding), MemberError> {
        let _ = (provider, key, room, policy);
        unimplemented!("found")
    }

    /// Loads a room's group; `None` if there is none.
    ///
    /// # Errors
    /// [`MemberError::Store`].
    pub fn load(provider: &Provider<'_>, room: RoomId) -> Result<Option<Self>, MemberError> {
        let _ = (provider, room);
        unimplemented!("load")
    }

    /// Deletes a room's group and all its secrets; nothing happens if there is none.
    ///
    /// # Errors
    /// [`MemberError::Store`].
    pub fn delete(provider: &Provider<'_>, room: RoomId) -> Result<(), MemberError> {
        let _ = (provider, room);
        unimplemented!("delete")
    }

    /// The room's id.
    pub fn room(&self) -> RoomId {
        unimplemented!("room")
    }

    /// The epoch this device is in.
    pub fn epoch(&self) -> Epoch {
        unimplemented!("epoch")
    }

    /// The room's policy.
    pub fn policy(&self) -> &Policy {
        unimplemented!("policy")
    }

    /// The leaves in order of index.
    pub fn leaves(&self) -> Vec<Leaf> {
        unimplemented!("leaves")
    }

    /// This device's leaf index.
    pub fn own_index(&self) -> u32 {
        unimplemented!("own_index")
    }

    /// Whether a commit of ours waits for its place.
    pub fn has_staged(&self) -> bool {
        unimplemented!("has_staged")
    }

    /// Equal on all members of an epoch, and only there (RFC 9420 §8.7).
    pub fn epoch_authenticator(&self) -> Vec<u8> {
        unimplemented!("epoch_authenticator")
    }

    /// A secret of this epoch for one use (RFC 9420 §8.5).
    ///
    /// # Errors
    /// [`MemberError::Invalid`] when the cryptography fails.
    pub fn export(&self, label: &str, context: &[u8], length: usize) -> Result<Zeroizing<Vec<u8>>, MemberError> {
        let _ = (label, context, length);
        unimplemented!("export")
    }

    /// Encrypts an application message; the ratchet's step is in the store.
    ///
    /// # Errors
    /// [`MemberError`]; a staged commit of ours is one.
    pub fn encrypt(
        &mut self,
        provider: &Provider<'_>,
        key: &DeviceKey,
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, MemberError> {
        let _ = (provider, key, aad, plaintext);
        unimplemented!("encrypt")
    }

    /// Reads an event's MLS bytes; a message's ratchet step is in the store.
    ///
    /// # Errors
    /// [`MemberError`]; nothing is then to be kept.
    pub fn receive(&mut self, provider: &Provider<'_>, bytes: &[u8]) -> Result<Received, MemberError> {
        let _ = (provider, bytes);
        unimplemented!("receive")
    }

    /// Enters the epoch of somebody else's commit. A staged commit of ours is gone then.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn accept(&mut self, provider: &Provider<'_>, staged: StagedIn) -> Result<(), MemberError> {
        let _ = (provider, staged);
        unimplemented!("accept")
    }

    /// Makes a commit and keeps its outcome aside, in the store.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn stage(
        &mut self,
        provider: &Provider<'_>,
        key: &DeviceKey,
        change: &Change,
    ) -> Result<StagedOut, MemberError> {
        let _ = (provider, key, change);
        unimplemented!("stage")
    }

    /// Enters the epoch of our staged commit: it has its place in the log.
    ///
    /// # Errors
    /// [`MemberError`]; having none staged is one.
    pub fn accept_own(&mut self, provider: &Provider<'_>) -> Result<(), MemberError> {
        let _ = provider;
        unimplemented!("accept_own")
    }

    /// Drops our staged commit: another one took its place.
    ///
    /// # Errors
    /// [`MemberError::Store`].
    pub fn discard_own(&mut self, provider: &Provider<'_>) -> Result<(), MemberError> {
        let _ = provider;
        unimplemented!("discard_own")
    }

    /// Joins by external commit (RFC 9420 §12.4.3.2), replacing whatever this device had of the room and removing its old
    /// leaf if there is one. The group is staged until [`Group::accept_own`]; if refused, [`Group::delete`] it.
    ///
    /// # Errors
    /// [`MemberError`] for a GroupInfo or tree that does not hold.
    pub fn join_by_commit(
        provider: &Provider<'_>,
        key: &DeviceKey,
        group_info: &[u8],
        tree: &[u8],
    ) -> Result<(Self, StagedOut), MemberError> {
        let _ = (provider, key, group_info, tree);
        unimplemented!("join_by_commit")
    }
}

impl Joining {
    /// Opens a Welcome with the key package it was made for.
    ///
    /// # Errors
    /// [`MemberError`]; [`MemberError::NoKeyPackage`] calls for an external commit instead.
    pub fn open(provider: &Provider<'_>, welcome: &[u8], tree: &[u8]) -> Result<Self, MemberError> {
        let _ = (provider, welcome, tree);
        unimplemented!("open")
    }

    /// The room.
    pub fn room(&self) -> RoomId {
        unimplemented!("room")
    }

    /// Its policy.
    pub fn policy(&self) -> &Policy {
        unimplemented!("policy")
    }

    /// Its leaves, this device's among them.
    pub fn leaves(&self) -> Vec<Leaf> {
        unimplemented!("leaves")
    }

    /// The leaf that sent the Welcome.
    pub fn sender(&self) -> Option<Leaf> {
        unimplemented!("sender")
    }

    /// Joins.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn accept(self, provider: &Provider<'_>) -> Result<Group, MemberError> {
        let _ = provider;
        unimplemented!("accept")
    }
}

impl StagedIn {
    /// What the commit does.
    pub fn facts(&self) -> &Facts {
        unimplemented!("facts")
    }

    /// Whether it removes this device.
    pub fn removes_us(&self) -> bool {
        unimplemented!("removes_us")
    }
}
