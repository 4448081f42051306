//! Who may change what in a room: one judgement, made by the server and again by every member (docs/protocol.md §7).

use std::collections::{BTreeMap, BTreeSet};

use securechat_ids::UserId;

use crate::profile::{DEVICES_PER_USER_MAX, LEAVES_MAX};
use crate::{Join, Kind, Leaf, Member, Policy};

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
    #[error(
        "a policy keeps kind and maker, keeps an admin, tightens history only, and opens no direct message"
    )]
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
pub fn judge(
    policy: &Policy,
    roster: &[Leaf],
    facts: &Facts,
    removable: Removable<'_>,
) -> Result<(), Violation> {
    if facts.foreign_proposal {
        return Err(Violation::ForeignProposal);
    }
    match facts.author {
        Author::Leaf(author) => judge_member(policy, facts, &author, removable)?,
        Author::Newcomer(newcomer) => judge_newcomer(policy, roster, facts, &newcomer)?,
    }
    judge_outcome(policy, roster, facts)
}

/// Judges the commit by which one of two people takes up their direct messages where nobody is left to let them in: every
/// device there has come to its end. The server alone can judge this, and it has to know that the room is theirs; a member
/// who saw such a commit would be somebody who is left, and [`judge`] refuses it.
///
/// # Errors
/// The first [`Violation`] found.
pub fn judge_taking_up(policy: &Policy, roster: &[Leaf], facts: &Facts) -> Result<(), Violation> {
    if facts.foreign_proposal {
        return Err(Violation::ForeignProposal);
    }
    match facts.author {
        Author::Newcomer(newcomer) if policy.kind == Kind::Dm => does_nothing_but_join(facts, &newcomer)?,
        Author::Newcomer(_) | Author::Leaf(_) => return Err(Violation::MayNotJoin),
    }
    judge_outcome(policy, roster, facts)
}

fn judge_member(
    policy: &Policy,
    facts: &Facts,
    author: &Leaf,
    removable: Removable<'_>,
) -> Result<(), Violation> {
    let Member { user_id: user, root16, .. } = author.member;
    let is_admin = policy.admins.contains(&user);
    if facts.path_leaf.is_some_and(|leaf| leaf != (author.member, author.key)) {
        return Err(Violation::ChangesIdentity);
    }
    for added in &facts.added {
        // The same name under another root is another person.
        let own_further_device = added.member.user_id == user && added.member.root16 == root16;
        // Either of two takes the other back who has begun anew; only the maker is an admin there.
        let back_to_dm = policy.kind == Kind::Dm && added.member.user_id == policy.created_by;
        if !own_further_device && !is_admin && !back_to_dm && policy.join != Join::Open {
            return Err(Violation::MayNotAdd);
        }
    }
    for removed in &facts.removed {
        if removed.index == author.index {
            return Err(Violation::RemovesItself);
        }
        let due = match removable {
            Removable::Listed(listed) => listed.contains(&removed.index),
            Removable::Unchecked => true,
        };
        let by_admin = is_admin && policy.kind != Kind::Dm;
        if removed.member.user_id != user && !by_admin && !due {
            return Err(Violation::MayNotRemove);
        }
    }
    match &facts.policy {
        None => Ok(()),
        Some(_) if !is_admin => Err(Violation::MayNotChangePolicy),
        Some(next) => judge_policy(policy, next),
    }
}

fn judge_policy(now: &Policy, next: &Policy) -> Result<(), Violation> {
    let keeps = next.version == now.version && next.kind == now.kind && next.created_by == now.created_by;
    let open_to_third = next.kind == Kind::Dm && next.join == Join::Open;
    if keeps && !open_to_third && !next.admins.is_empty() && next.history >= now.history {
        Ok(())
    } else {
        Err(Violation::PolicyChange)
    }
}

fn judge_newcomer(
    policy: &Policy,
    roster: &[Leaf],
    facts: &Facts,
    newcomer: &Added,
) -> Result<(), Violation> {
    let member = newcomer.member;
    let same_person =
        |leaf: &Leaf| leaf.member.user_id == member.user_id && leaf.member.root16 == member.root16;
    if policy.join != Join::Open && !roster.iter().any(same_person) {
        return Err(Violation::MayNotJoin);
    }
    does_nothing_but_join(facts, newcomer)
}

fn does_nothing_but_join(facts: &Facts, newcomer: &Added) -> Result<(), Violation> {
    let member = newcomer.member;
    if facts.path_leaf != Some((member, newcomer.key)) {
        return Err(Violation::ChangesIdentity);
    }
    let own_old_leaf =
        |leaf: &Leaf| leaf.member.user_id == member.user_id && leaf.member.device_id == member.device_id;
    if !facts.added.is_empty() || facts.policy.is_some() || !facts.removed.iter().all(own_old_leaf) {
        return Err(Violation::NewcomerDoesMore);
    }
    Ok(())
}

/// What must hold of the roster after any commit.
fn judge_outcome(policy: &Policy, roster: &[Leaf], facts: &Facts) -> Result<(), Violation> {
    let stays = |leaf: &&Leaf| !facts.removed.iter().any(|removed| removed.index == leaf.index);
    let mut members: Vec<Member> = roster.iter().filter(stays).map(|leaf| leaf.member).collect();
    let newcomer = match facts.author {
        Author::Newcomer(newcomer) => Some(newcomer.member),
        Author::Leaf(_) => None,
    };
    for member in facts.added.iter().map(|added| added.member).chain(newcomer) {
        if members.iter().any(|known| known.device_id == member.device_id) {
            return Err(Violation::AlreadyIn);
        }
        members.push(member);
    }
    let mut devices: BTreeMap<UserId, usize> = BTreeMap::new();
    for member in &members {
        *devices.entry(member.user_id).or_default() += 1;
    }
    if policy.kind == Kind::Dm && devices.len() > 2 {
        return Err(Violation::ThirdPerson);
    }
    let too_many_of_one = devices.values().any(|count| *count > DEVICES_PER_USER_MAX);
    if members.len() > LEAVES_MAX || too_many_of_one {
        return Err(Violation::TooMany);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
