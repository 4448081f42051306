//! Who may change what in a room: one judgement, made by the server and again by every member (docs/protocol.md §7).

use std::collections::BTreeSet;

use securechat_ids::UserId;

use crate::{Leaf, Member, Policy};

/// What a commit does, as read from its proposals and path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Who commits.
    pub author: Author,
    /// Leaves added.
    pub added: Vec<Added>,
    /// Leaves removed.
    pub removed: Vec<Leaf>,
    /// New policy, if it changes.
    pub policy: Option<Policy>,
    /// Credential and key of the update path's leaf, if there is a path.
    pub path_leaf: Option<(Member, [u8; 32])>,
    /// Whether a proposal is of a kind that our profile has no use for, or is by reference.
    pub foreign_proposal: bool,
}

/// Who made a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// A member.
    Leaf(Leaf),
    /// A newcomer, by external commit.
    Newcomer(Added),
}

/// A leaf that a commit adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// Whose device.
    pub member: Member,
    /// Its signature key.
    pub key: [u8; 32],
}

/// Which leaves anybody may remove.
#[derive(Clone, Copy, Debug)]
pub enum Removable<'a> {
    /// These: the server knows who left, was revoked or deactivated.
    Listed(&'a BTreeSet<u32>),
    /// Members cannot know that list for the past and leave this one question to the server: a removal can deny
    /// service, which a server can do anyway, but never discloses anything.
    Unchecked,
}

/// Why a commit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A kind of proposal that our profile does not use.
    #[error("the commit has a proposal that this profile does not use")]
    ForeignProposal,
    /// Only admins add people here.
    #[error("only an admin adds people to this room")]
    MayNotAdd,
    /// A direct message has two people.
    #[error("a direct message has two people")]
    ThirdPerson,
    /// Only admins remove people here.
    #[error("only an admin removes people from this room")]
    MayNotRemove,
    /// Nobody removes the leaf they commit with.
    #[error("nobody removes their own leaf")]
    RemovesItself,
    /// The committer's leaf changed its user, device or key.
    #[error("an update keeps user, device and key")]
    ChangesIdentity,
    /// Only admins change the policy.
    #[error("only an admin changes the room's policy")]
    MayNotChangePolicy,
    /// The policy change is not a possible one.
    #[error("a policy keeps kind and maker, keeps an admin, and tightens history only")]
    PolicyChange,
    /// The newcomer may not join by themselves.
    #[error("this room is joined by invitation")]
    MayNotJoin,
    /// A newcomer does something beside joining.
    #[error("a newcomer does nothing but join")]
    NewcomerDoesMore,
    /// The device is already there.
    #[error("the device is already in the room")]
    AlreadyIn,
    /// Too many leaves, or too many devices of one user.
    #[error("the room or the user has too many devices")]
    TooMany,
}

/// Judges a commit against the room's policy and roster before it.
///
/// # Errors
/// The first [`Violation`] found.
pub fn judge(policy: &Policy, roster: &[Leaf], facts: &Facts, removable: Removable<'_>) -> Result<(), Violation> {
    let _ = (policy, roster, facts, removable, UserId::from_bytes([0; 16]));
    unimplemented!("judge")
}
