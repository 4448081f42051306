//! A room as anybody can check it who holds no key: the server's view of the group (OpenMLS `PublicGroup`).

use openmls::group::{GroupId, ProposalStore, PublicGroup};
use openmls::messages::group_info::GroupInfo;
use openmls::prelude::{Extensions, MlsMessageBodyIn, ProcessedMessageContent, RatchetTreeIn};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::crypto::OpenMlsCrypto as _;
use openmls_traits::types::SignatureScheme;
use securechat_ids::{Epoch, RoomId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use tls_codec::{DeserializeBytes as _, Serialize as _};

use crate::framing::{self, HEADER_BYTES, vector};
use crate::public_store::PublicStore;
use crate::{Author, Facts, Leaf, Policy, facts, profile};

/// Why public MLS bytes are refused. The text is for logs and developers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

/// The public state of a room at one epoch.
pub struct PublicRoom {
    room: RoomId,
    group: PublicGroup,
    policy: Policy,
    leaves: Vec<Leaf>,
    store: PublicStore,
    crypto: RustCrypto,
}

/// A commit that holds for MLS; whether its author may make it is [`crate::judge`]'s question.
pub struct StagedCommit {
    facts: Facts,
    staged: openmls::prelude::StagedCommit,
}

#[derive(Serialize, Deserialize)]
struct Stored(RoomId, ByteBuf);

fn invalid(what: &str, error: impl std::fmt::Display) -> Invalid {
    Invalid(format!("{what}: {error}"))
}

impl PublicRoom {
    /// Takes up a new room: one leaf at epoch 0, suite and policy of our profile.
    ///
    /// # Errors
    /// [`Invalid`] for a GroupInfo or tree that does not hold or is not our profile's.
    pub fn found(group_info: &[u8], tree: &[u8]) -> Result<Self, Invalid> {
        let MlsMessageBodyIn::GroupInfo(info) = framing::parse(group_info)? else {
            return Err(Invalid("not a GroupInfo".into()));
        };
        if info.ciphersuite() != profile::SUITE {
            return Err(Invalid("the room is of another suite".into()));
        }
        check_extensions(info.extensions())?;
        let tree = RatchetTreeIn::tls_deserialize_exact_bytes(tree)
            .map_err(|error| invalid("not a ratchet tree", error))?;
        let (crypto, store) = (RustCrypto::default(), PublicStore::default());
        let (group, _) = PublicGroup::from_external(&crypto, &store, tree, info, ProposalStore::new())
            .map_err(|error| invalid("the new group does not hold", error))?;
        let room = RoomId::try_from(group.group_id().as_slice())
            .map_err(|_| Invalid("the group id has not 16 bytes".into()))?;
        let policy = facts::read_policy(group.group_context().extensions())?;
        for (_, leaf) in group.treesync().full_leaves() {
            facts::read_leaf_node(leaf)?;
        }
        let leaves = facts::read_leaves(&group)?;
        let found = Self { room, group, policy, leaves, store, crypto };
        if found.epoch() != Epoch(0) || found.leaves.len() != 1 {
            return Err(Invalid("a new room has one leaf and is at epoch 0".into()));
        }
        Ok(found)
    }

    /// Reads what [`PublicRoom::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Invalid> {
        let Stored(room, values) =
            ciborium::from_reader(bytes).map_err(|error| invalid("the stored room is unreadable", error))?;
        let store = PublicStore::from_bytes(&values)
            .map_err(|error| invalid("the stored room is unreadable", error))?;
        let group = PublicGroup::load(&store, &GroupId::from_slice(room.as_bytes()))
            .map_err(|error| invalid("the stored room is unreadable", error))?
            .ok_or_else(|| Invalid("the stored room is empty".into()))?;
        let policy = facts::read_policy(group.group_context().extensions())?;
        let leaves = facts::read_leaves(&group)?;
        Ok(Self { room, group, policy, leaves, store, crypto: RustCrypto::default() })
    }

    /// The state to keep (CBOR).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let stored = Stored(self.room, ByteBuf::from(self.store.to_bytes()));
        ciborium::into_writer(&stored, &mut bytes).expect("writing CBOR to memory cannot fail");
        bytes
    }

    /// Whether this room, at whatever epoch, is the one that was founded so, and whoever founded it has done nothing since: the
    /// one leaf of the founding stands where it stood, with the key it had.
    pub fn began_as(&self, founding: &Self) -> bool {
        let mut founder = founding.group.treesync().full_leaves();
        let now = |index| self.group.treesync().full_leaves().find(|(other, _)| *other == index);
        self.room == founding.room
            && founder.next().is_some_and(|(index, leaf)| now(index).is_some_and(|(_, now)| now == leaf))
    }

    /// The room's id.
    pub fn room(&self) -> RoomId {
        self.room
    }

    /// The room's epoch.
    pub fn epoch(&self) -> Epoch {
        Epoch(self.group.group_context().epoch().as_u64())
    }

    /// The room's policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The leaves in order of index.
    pub fn leaves(&self) -> Vec<Leaf> {
        self.leaves.clone()
    }

    /// The ratchet tree, for those who join at this epoch (TLS-encoded RatchetTree).
    pub fn tree(&self) -> Vec<u8> {
        self.group
            .export_ratchet_tree()
            .tls_serialize_detached()
            .expect("a tree that was read can be written")
    }

    /// Checks a commit (PublicMessage, from a member or by a newcomer) against this epoch.
    ///
    /// # Errors
    /// [`Invalid`] for whatever members would refuse.
    pub fn stage(&self, commit: &[u8]) -> Result<StagedCommit, Invalid> {
        let MlsMessageBodyIn::PublicMessage(message) = framing::parse(commit)? else {
            return Err(Invalid("a commit is a PublicMessage".into()));
        };
        let processed = self
            .group
            .process_message(&self.crypto, message)
            .map_err(|error| invalid("the commit does not hold", error))?;
        let sender = processed.sender().clone();
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            return Err(Invalid("not a commit".into()));
        };
        let facts = facts::read_facts(&self.group, &sender, &staged)?;
        Ok(StagedCommit { facts, staged: *staged })
    }

    /// Enters the next epoch, whose GroupInfo must fit.
    ///
    /// # Errors
    /// [`Invalid`] if the GroupInfo names another group, epoch, tree, context or confirmation tag, carries a tree, lacks
    /// external_pub, or is not signed by the committer; the room is then to be thrown away and read again.
    pub fn apply(&mut self, staged: StagedCommit, group_info: &[u8]) -> Result<(), Invalid> {
        self.group
            .merge_commit(&self.store, staged.staged)
            .map_err(|error| invalid("the commit cannot be merged", error))?;
        self.policy = facts::read_policy(self.group.group_context().extensions())?;
        let author = match staged.facts.author {
            Author::Leaf(leaf) => (leaf.member, leaf.key),
            Author::Newcomer(added) => (added.member, added.key),
        };
        self.leaves = facts::read_leaves(&self.group)?;
        let signer = self
            .leaves
            .iter()
            .find(|leaf| (leaf.member, leaf.key) == author)
            .ok_or_else(|| Invalid("the committer is not in the group it made".into()))?;
        self.check_group_info(group_info, signer)
    }

    /// A GroupInfo is `context ‖ extensions ‖ confirmation_tag ‖ signer ‖ signature` (RFC 9420 §12.4.3). OpenMLS checks
    /// one only while building a group from its tree; here the tree is known, so the parts are compared.
    fn check_group_info(&self, bytes: &[u8], signer: &Leaf) -> Result<(), Invalid> {
        let MlsMessageBodyIn::GroupInfo(info) = framing::parse(bytes)? else {
            return Err(Invalid("not a GroupInfo".into()));
        };
        check_extensions(info.extensions())?;
        let unwritable = |error: tls_codec::Error| invalid("cannot be written", error);
        let context = self.group.group_context().tls_serialize_detached().map_err(unwritable)?;
        let extensions = info.extensions().tls_serialize_detached().map_err(unwritable)?;
        let tag = self.group.confirmation_tag().tls_serialize_detached().map_err(unwritable)?;
        let body = &bytes[HEADER_BYTES..];
        let (signed, signature) = body
            .split_at_checked(body.len().saturating_sub(ED25519_VECTOR_BYTES))
            .filter(|(_, signature)| signature.starts_with(&ED25519_VECTOR_PREFIX))
            .ok_or_else(|| Invalid("the GroupInfo is not signed with Ed25519".into()))?;
        // Equal as a whole: what only begins and ends right could read differently in between.
        if signed != [context, extensions, tag, signer.index.to_be_bytes().to_vec()].concat() {
            return Err(Invalid("the GroupInfo is of another state of the room".into()));
        }
        let label = vector(b"MLS 1.0 GroupInfoTBS").and_then(|label| Some([label, vector(signed)?].concat()));
        let label = label.ok_or_else(|| Invalid("the GroupInfo is too long".into()))?;
        self.crypto
            .verify_signature(
                SignatureScheme::ED25519,
                &label,
                &signer.key,
                &signature[ED25519_VECTOR_PREFIX.len()..],
            )
            .map_err(|_| Invalid("the GroupInfo's signature is wrong".into()))
    }
}

/// What a newcomer needs to join by commit and nothing beside: the tree is served on its own.
fn check_extensions(extensions: &Extensions<GroupInfo>) -> Result<(), Invalid> {
    if extensions.external_pub().is_some() && extensions.iter().count() == 1 {
        Ok(())
    } else {
        Err(Invalid("a GroupInfo has external_pub and no other extension".into()))
    }
}

/// Length prefix of a 64-byte vector.
const ED25519_VECTOR_PREFIX: [u8; 2] = [0x40, 0x40];
/// An Ed25519 signature as a vector.
const ED25519_VECTOR_BYTES: usize = 2 + 64;

impl StagedCommit {
    /// What the commit does.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }
}
