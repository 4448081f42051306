//! A room as anybody can check it who holds no key: the server's view of the group (OpenMLS `PublicGroup`).

use securechat_ids::{Epoch, RoomId};

use crate::{Facts, Leaf, Policy};

/// Why public MLS bytes are refused. The text is for logs and developers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

/// The public state of a room at one epoch.
pub struct PublicRoom {}

/// A commit that holds for MLS; whether its author may make it is [`crate::judge`]'s question.
pub struct StagedCommit {}

impl PublicRoom {
    /// Takes up a new room: one leaf at epoch 0, suite and policy of our profile.
    ///
    /// # Errors
    /// [`Invalid`] for a GroupInfo or tree that does not hold or is not our profile's.
    pub fn found(group_info: &[u8], tree: &[u8]) -> Result<Self, Invalid> {
        let _ = (group_info, tree);
        unimplemented!("found")
    }

    /// Reads what [`PublicRoom::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Invalid> {
        let _ = bytes;
        unimplemented!("from_bytes")
    }

    /// The state to keep (CBOR).
    pub fn to_bytes(&self) -> Vec<u8> {
        unimplemented!("to_bytes")
    }

    /// The room's id.
    pub fn room(&self) -> RoomId {
        unimplemented!("room")
    }

    /// The room's epoch.
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

    /// The ratchet tree, for those who join at this epoch (TLS-encoded RatchetTree).
    pub fn tree(&self) -> Vec<u8> {
        unimplemented!("tree")
    }

    /// Checks a commit (PublicMessage, from a member or by a newcomer) against this epoch.
    ///
    /// # Errors
    /// [`Invalid`] for whatever members would refuse.
    pub fn stage(&self, commit: &[u8]) -> Result<StagedCommit, Invalid> {
        let _ = commit;
        unimplemented!("stage")
    }

    /// Enters the next epoch, whose GroupInfo must fit.
    ///
    /// # Errors
    /// [`Invalid`] if the GroupInfo names another group, epoch, tree, context or confirmation tag, carries a tree, lacks
    /// external_pub, or is not signed by the committer; the room is then to be thrown away and read again.
    pub fn apply(&mut self, staged: StagedCommit, group_info: &[u8]) -> Result<(), Invalid> {
        let _ = (staged, group_info);
        unimplemented!("apply")
    }
}

impl StagedCommit {
    /// What the commit does.
    pub fn facts(&self) -> &Facts {
        unimplemented!("facts")
    }
}
