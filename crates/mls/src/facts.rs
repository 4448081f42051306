//! Reads from a staged commit what it does, for the server and for members alike.

use openmls::group::PublicGroup;
use openmls::prelude::{LeafNode, LeafNodeIndex, Proposal, ProposalOrRefType, Sender, StagedCommit};

use crate::{Added, Author, Facts, Invalid, Leaf, Member, Policy, profile};

/// What a commit does to a group, from its sender, proposals and path.
///
/// # Errors
/// [`Invalid`] for credentials or policies that are not of our profile.
pub fn read_facts(group: &PublicGroup, sender: &Sender, staged: &StagedCommit) -> Result<Facts, Invalid> {
    let path_leaf = staged.update_path_leaf_node().map(read_leaf_node).transpose()?;
    let author = match sender {
        Sender::Member(index) => Author::Leaf(leaf_at(group, *index)?),
        Sender::NewMemberCommit => {
            let (member, key) =
                path_leaf.ok_or_else(|| Invalid("an external commit without a path".into()))?;
            Author::Newcomer(Added { member, key })
        }
        Sender::External(_) | Sender::NewMemberProposal => {
            return Err(Invalid("a commit from somebody who cannot make one".into()));
        }
    };
    let mut facts = Facts {
        author,
        added: Vec::new(),
        removed: Vec::new(),
        policy: None,
        path_leaf,
        foreign_proposal: false,
    };
    for queued in staged.queued_proposals() {
        if matches!(queued.proposal_or_ref_type(), ProposalOrRefType::Reference) {
            facts.foreign_proposal = true;
        }
        match queued.proposal() {
            Proposal::Add(add) => {
                let (member, key) = read_leaf_node(add.key_package().leaf_node())?;
                facts.added.push(Added { member, key });
            }
            Proposal::Remove(remove) => facts.removed.push(leaf_at(group, remove.removed())?),
            Proposal::GroupContextExtensions(change) => {
                facts.policy = Some(read_policy(change.extensions())?);
            }
            Proposal::ExternalInit(_) if matches!(facts.author, Author::Newcomer(_)) => {}
            Proposal::Update(_)
            | Proposal::PreSharedKey(_)
            | Proposal::ReInit(_)
            | Proposal::ExternalInit(_)
            | Proposal::SelfRemove
            | Proposal::Custom(_) => facts.foreign_proposal = true,
        }
    }
    Ok(facts)
}

/// The leaves of a group in order of index. What they can do was asked when they came in.
///
/// # Errors
/// [`Invalid`] for a leaf whose credential or key is not of our profile.
pub fn read_leaves(group: &PublicGroup) -> Result<Vec<Leaf>, Invalid> {
    group
        .treesync()
        .full_leaves()
        .map(|(index, node)| {
            let (member, key) = read_identity(node)?;
            Ok(Leaf { index: index.u32(), member, key })
        })
        .collect()
}

/// The policy in a group's extensions.
///
/// # Errors
/// [`Invalid`] if there is none, if it is malformed, or if the extensions are not exactly [`profile::group_context`].
pub fn read_policy(
    extensions: &openmls::prelude::Extensions<openmls::group::GroupContext>,
) -> Result<Policy, Invalid> {
    let extension = extensions
        .unknown(profile::POLICY_EXTENSION)
        .ok_or_else(|| Invalid(crate::PolicyError::Missing.to_string()))?;
    let policy = Policy::from_bytes(&extension.0).map_err(|error| Invalid(error.to_string()))?;
    if *extensions == profile::group_context(&policy) {
        Ok(policy)
    } else {
        Err(Invalid("the group has other extensions than our profile's".into()))
    }
}

fn leaf_at(group: &PublicGroup, index: LeafNodeIndex) -> Result<Leaf, Invalid> {
    let node = group.leaf(index).ok_or_else(|| Invalid("there is no such leaf".into()))?;
    let (member, key) = read_identity(node)?;
    Ok(Leaf { index: index.u32(), member, key })
}

/// Whose leaf comes in, and its key.
pub(crate) fn read_leaf_node(node: &LeafNode) -> Result<(Member, [u8; 32]), Invalid> {
    if profile::fits(node) {
        read_identity(node)
    } else {
        Err(Invalid("a leaf cannot do what our profile asks".into()))
    }
}

fn read_identity(node: &LeafNode) -> Result<(Member, [u8; 32]), Invalid> {
    let member = Member::from_credential(node.credential())
        .ok_or_else(|| Invalid("a leaf's credential is not ours".into()))?;
    let key = node.signature_key().as_slice();
    Ok((member, key.try_into().map_err(|_| Invalid("a leaf's key is not Ed25519".into()))?))
}
