//! A room as a member holds it.

use openmls::group::{GroupId, MlsGroup, MlsGroupCreateConfig, MlsGroupJoinConfig, StagedWelcome};
use openmls::prelude::{
    Ciphersuite, KeyPackage, LeafNodeIndex, LeafNodeParameters, Lifetime, MlsMessageBodyIn, MlsMessageIn,
    MlsMessageOut, OpenMlsProvider as _, ProcessedMessageContent, ProtocolMessage, ProtocolVersion,
    RatchetTreeIn, StagedCommit,
};
use securechat_ids::{Epoch, RoomId};
use securechat_mls::{Facts, Leaf, Policy, profile, read_facts, read_leaves, read_policy};
use tls_codec::{DeserializeBytes as _, Serialize as _};
use zeroize::Zeroizing;

use crate::key_package::credential;
use crate::storage::{StorageError, Table};
use crate::{DeviceKey, Provider};

/// A room's group with this device's secrets.
pub struct Group {
    room: RoomId,
    group: MlsGroup,
    policy: Policy,
    leaves: Vec<Leaf>,
}

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
pub struct StagedIn {
    facts: Facts,
    staged: Box<StagedCommit>,
}

/// A Welcome that opened; to be judged and then accepted, or dropped.
pub struct Joining {
    room: RoomId,
    staged: StagedWelcome,
    policy: Policy,
    leaves: Vec<Leaf>,
}

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

impl From<StorageError> for MemberError {
    fn from(error: StorageError) -> Self {
        MemberError::Store(error.to_string())
    }
}

impl From<securechat_mls::Invalid> for MemberError {
    fn from(error: securechat_mls::Invalid) -> Self {
        MemberError::Invalid(error.0)
    }
}

fn invalid(error: impl std::fmt::Display) -> MemberError {
    MemberError::Invalid(error.to_string())
}

/// TLS bytes of an outgoing MLSMessage.
pub(crate) fn to_bytes(message: &MlsMessageOut) -> Result<Vec<u8>, MemberError> {
    message.tls_serialize_detached().map_err(invalid)
}

fn parse(bytes: &[u8]) -> Result<MlsMessageBodyIn, MemberError> {
    Ok(MlsMessageIn::tls_deserialize_exact_bytes(bytes).map_err(invalid)?.extract())
}

fn group_id(room: RoomId) -> GroupId {
    GroupId::from_slice(room.as_bytes())
}

fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(profile::WIRE_FORMAT)
        .padding_size(profile::PADDING_BYTES)
        .max_past_epochs(0)
        .use_ratchet_tree_extension(false)
        .sender_ratchet_configuration(profile::sender_ratchet())
        .build()
}

fn check_suite(suite: Ciphersuite) -> Result<(), MemberError> {
    if suite == profile::SUITE {
        Ok(())
    } else {
        Err(MemberError::Invalid("the room is of another suite".into()))
    }
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
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(profile::SUITE)
            .wire_format_policy(profile::WIRE_FORMAT)
            .padding_size(profile::PADDING_BYTES)
            .max_past_epochs(0)
            .use_ratchet_tree_extension(false)
            .sender_ratchet_configuration(profile::sender_ratchet())
            .capabilities(profile::capabilities())
            // Nobody needs to trust the founder's clock: in a tree, lives are not looked at.
            .lifetime(Lifetime::init(0, u64::MAX))
            .with_group_context_extensions(profile::group_context(policy))
            .build();
        let group = MlsGroup::new_with_group_id(provider, key, &config, group_id(room), credential(key))
            .map_err(invalid)?;
        let info = group.export_group_info(provider.crypto(), key, false).map_err(invalid)?;
        let tree = group.export_ratchet_tree().tls_serialize_detached().map_err(invalid)?;
        Ok((Self::wrap(group)?, Founding { group_info: to_bytes(&info)?, tree }))
    }

    fn wrap(group: MlsGroup) -> Result<Self, MemberError> {
        check_suite(group.ciphersuite())?;
        let room = RoomId::try_from(group.group_id().as_slice()).map_err(invalid)?;
        let policy = read_policy(group.extensions())?;
        let leaves = read_leaves(group.public_group())?;
        Ok(Self { room, group, policy, leaves })
    }

    /// What is kept beside the group follows it into a new epoch.
    fn refresh(&mut self) -> Result<(), MemberError> {
        self.policy = read_policy(self.group.extensions())?;
        self.leaves = read_leaves(self.group.public_group())?;
        Ok(())
    }

    /// Loads a room's group; `None` if there is none.
    ///
    /// # Errors
    /// [`MemberError::Store`].
    pub fn load(provider: &Provider<'_>, room: RoomId) -> Result<Option<Self>, MemberError> {
        MlsGroup::load(provider.table(), &group_id(room))?.map(Self::wrap).transpose()
    }

    /// Deletes a room's group and all its secrets; nothing happens if there is none.
    ///
    /// # Errors
    /// [`MemberError::Store`].
    pub fn delete(provider: &Provider<'_>, room: RoomId) -> Result<(), MemberError> {
        // By itself, OpenMLS leaves rows of past epochs, and deletes only what it can read.
        let prefix = Table::group_prefix(&group_id(room))?;
        Ok(provider.table().delete_group(&prefix)?)
    }

    /// The room's id.
    pub fn room(&self) -> RoomId {
        self.room
    }

    /// The epoch this device is in.
    pub fn epoch(&self) -> Epoch {
        Epoch(self.group.epoch().as_u64())
    }

    /// The room's policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The leaves in order of index.
    pub fn leaves(&self) -> Vec<Leaf> {
        self.leaves.clone()
    }

    /// This device's leaf index.
    pub fn own_index(&self) -> u32 {
        self.group.own_leaf_index().u32()
    }

    /// Whether a commit of ours waits for its place.
    pub fn has_staged(&self) -> bool {
        self.group.pending_commit().is_some()
    }

    /// Equal on all members of an epoch, and only there (RFC 9420 §8.7).
    pub fn epoch_authenticator(&self) -> Vec<u8> {
        self.group.epoch_authenticator().as_slice().to_vec()
    }

    /// A secret of this epoch for one use (RFC 9420 §8.5).
    ///
    /// # Errors
    /// [`MemberError::Invalid`] when the cryptography fails.
    pub fn export(
        &self,
        provider: &Provider<'_>,
        label: &str,
        context: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, MemberError> {
        let secret = self.group.export_secret(provider.crypto(), label, context, length).map_err(invalid)?;
        Ok(Zeroizing::new(secret))
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
        if self.has_staged() {
            return Err(MemberError::Invalid("a commit of this device waits for its place".into()));
        }
        self.group.set_aad(aad.to_vec());
        let message = self.group.create_message(provider, key, plaintext).map_err(invalid)?;
        to_bytes(&message)
    }

    /// Reads an event's MLS bytes; a message's ratchet step is in the store.
    ///
    /// # Errors
    /// [`MemberError`]; nothing is then to be kept.
    pub fn receive(&mut self, provider: &Provider<'_>, bytes: &[u8]) -> Result<Received, MemberError> {
        let message: ProtocolMessage = match parse(bytes)? {
            MlsMessageBodyIn::PrivateMessage(message) => message.into(),
            MlsMessageBodyIn::PublicMessage(message) => message.into(),
            _ => return Err(MemberError::Invalid("neither a message nor a commit".into())),
        };
        if message.group_id() != self.group.group_id() {
            return Err(MemberError::Invalid("for another room".into()));
        }
        let theirs = Epoch(message.epoch().as_u64());
        if theirs != self.epoch() {
            return Err(MemberError::Epoch { ours: self.epoch(), theirs });
        }
        let processed = self.group.process_message(provider, message).map_err(invalid)?;
        let sender = processed.sender().clone();
        let aad = processed.aad().to_vec();
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => {
                let openmls::prelude::Sender::Member(index) = sender else {
                    return Err(MemberError::Invalid("a message from somebody outside".into()));
                };
                let leaf = self.leaf(index)?;
                Ok(Received::Message { leaf, aad, plaintext: Zeroizing::new(message.into_bytes()) })
            }
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                let facts = read_facts(self.group.public_group(), &sender, &staged)?;
                Ok(Received::Commit(StagedIn { facts, staged }))
            }
            ProcessedMessageContent::OwnPrivateMessage | ProcessedMessageContent::OwnPendingCommit => {
                Err(MemberError::OwnMessage)
            }
            ProcessedMessageContent::ProposalMessage(_)
            | ProcessedMessageContent::ExternalJoinProposalMessage(_) => {
                Err(MemberError::Invalid("a proposal on its own".into()))
            }
        }
    }

    fn leaf(&self, index: LeafNodeIndex) -> Result<Leaf, MemberError> {
        let leaf = self.leaves.iter().find(|leaf| leaf.index == index.u32());
        leaf.copied().ok_or_else(|| MemberError::Invalid("there is no such leaf".into()))
    }

    /// Enters the epoch of somebody else's commit. A staged commit of ours is gone then.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn accept(&mut self, provider: &Provider<'_>, staged: StagedIn) -> Result<(), MemberError> {
        self.group.merge_staged_commit(provider, *staged.staged).map_err(invalid)?;
        if self.has_staged() {
            self.group.clear_pending_commit(provider.table())?;
        }
        self.refresh()
    }

    /// Makes a commit and keeps its outcome aside, in the store.
    ///
    /// # Errors
    /// [`MemberError`]; having one staged is one, for OpenMLS would forget it, and it may be in the log already.
    pub fn stage(
        &mut self,
        provider: &Provider<'_>,
        key: &DeviceKey,
        change: &Change,
    ) -> Result<StagedOut, MemberError> {
        if self.has_staged() {
            return Err(MemberError::Invalid("a commit of this device waits for its place".into()));
        }
        let add = change
            .add
            .iter()
            .map(|bytes| read_key_package(provider, bytes))
            .collect::<Result<Vec<_>, _>>()?;
        let remove = change.remove.iter().map(|index| LeafNodeIndex::new(*index));
        // What was bound to the last message is not bound to this commit.
        self.group.set_aad(Vec::new());
        let mut builder =
            self.group.commit_builder().force_self_update(true).propose_adds(add).propose_removals(remove);
        if let Some(policy) = &change.policy {
            let extensions = profile::group_context(policy);
            builder = builder.propose_group_context_extensions(extensions).map_err(invalid)?;
        }
        let bundle = builder
            .load_psks(provider.table())
            .map_err(invalid)?
            .create_group_info(true)
            .use_ratchet_tree_extension(false)
            .build(provider.rand(), provider.crypto(), key, |_| true)
            .map_err(invalid)?
            .stage_commit(provider)
            .map_err(invalid)?;
        let (commit, welcome, info) = bundle.into_messages();
        let info = info.ok_or_else(|| MemberError::Invalid("no GroupInfo was made".into()))?;
        Ok(StagedOut {
            commit: to_bytes(&commit)?,
            group_info: to_bytes(&info)?,
            welcome: welcome.as_ref().map(to_bytes).transpose()?,
        })
    }

    /// Enters the epoch of our staged commit: it has its place in the log.
    ///
    /// # Errors
    /// [`MemberError`]; having none staged is one.
    pub fn accept_own(&mut self, provider: &Provider<'_>) -> Result<(), MemberError> {
        if !self.has_staged() {
            return Err(MemberError::Invalid("no commit of this device waits".into()));
        }
        self.group.merge_pending_commit(provider).map_err(invalid)?;
        self.refresh()
    }

    /// Drops our staged commit: another one took its place.
    ///
    /// # Errors
    /// [`MemberError::Store`].
    pub fn discard_own(&mut self, provider: &Provider<'_>) -> Result<(), MemberError> {
        Ok(self.group.clear_pending_commit(provider.table())?)
    }

    /// Joins by external commit (RFC 9420 §12.4.3.2), replacing whatever this device had of the room and removing its old
    /// leaf if there is one. The group is in its new epoch at once; if the server refuses it, [`Group::delete`] it.
    ///
    /// # Errors
    /// [`MemberError`] for a GroupInfo or tree that does not hold.
    pub fn join_by_commit(
        provider: &Provider<'_>,
        key: &DeviceKey,
        group_info: &[u8],
        tree: &[u8],
    ) -> Result<(Self, StagedOut), MemberError> {
        let MlsMessageBodyIn::GroupInfo(info) = parse(group_info)? else {
            return Err(MemberError::Invalid("not a GroupInfo".into()));
        };
        // A room of a weaker suite would open as well: OpenMLS's cryptography knows many.
        check_suite(info.ciphersuite())?;
        let tree = RatchetTreeIn::tls_deserialize_exact_bytes(tree).map_err(invalid)?;
        let room = RoomId::try_from(info.group_id().as_slice()).map_err(invalid)?;
        Self::delete(provider, room)?;
        let leaf = LeafNodeParameters::builder().with_capabilities(profile::capabilities()).build();
        let (group, bundle) = MlsGroup::external_commit_builder()
            .with_ratchet_tree(tree)
            .with_config(join_config())
            .skip_lifetime_validation()
            .build_group(provider, info, credential(key))
            .map_err(invalid)?
            .leaf_node_parameters(leaf)
            .load_psks(provider.table())
            .map_err(invalid)?
            .create_group_info(true)
            .use_ratchet_tree_extension(false)
            .build(provider.rand(), provider.crypto(), key, |_| true)
            .map_err(invalid)?
            .finalize(provider)
            .map_err(invalid)?;
        let (commit, _, info) = bundle.into_messages();
        let info = info.ok_or_else(|| MemberError::Invalid("no GroupInfo was made".into()))?;
        let staged = StagedOut { commit: to_bytes(&commit)?, group_info: to_bytes(&info)?, welcome: None };
        Ok((Self::wrap(group)?, staged))
    }
}

fn read_key_package(provider: &Provider<'_>, bytes: &[u8]) -> Result<KeyPackage, MemberError> {
    let MlsMessageBodyIn::KeyPackage(package) = parse(bytes)? else {
        return Err(MemberError::Invalid("not a KeyPackage".into()));
    };
    package.validate(provider.crypto_provider(), ProtocolVersion::Mls10).map_err(invalid)
}

impl Joining {
    /// Opens a Welcome with the key package it was made for, which is used up by this unless it is a last resort. To keep
    /// it, roll the transaction back.
    ///
    /// # Errors
    /// [`MemberError`]; [`MemberError::NoKeyPackage`] calls for an external commit instead.
    pub fn open(provider: &Provider<'_>, welcome: &[u8], tree: &[u8]) -> Result<Self, MemberError> {
        let MlsMessageBodyIn::Welcome(welcome) = parse(welcome)? else {
            return Err(MemberError::Invalid("not a Welcome".into()));
        };
        let tree = RatchetTreeIn::tls_deserialize_exact_bytes(tree).map_err(invalid)?;
        let staged = StagedWelcome::build_from_welcome(provider, &join_config(), welcome)
            .map_err(|error| match error {
                openmls::group::WelcomeError::NoMatchingKeyPackage => MemberError::NoKeyPackage,
                other => invalid(other),
            })?
            .with_ratchet_tree(tree)
            .skip_lifetime_validation()
            .replace_old_group()
            .build()
            .map_err(invalid)?;
        let room = RoomId::try_from(staged.group_context().group_id().as_slice()).map_err(invalid)?;
        let policy = read_policy(staged.group_context().extensions())?;
        let leaves = staged
            .members()
            .map(|member| {
                let who = securechat_mls::Member::from_credential(&member.credential);
                let key = member.signature_key.as_slice().try_into().ok();
                who.zip(key).map(|(member_of, key)| Leaf {
                    index: member.index.u32(),
                    member: member_of,
                    key,
                })
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| MemberError::Invalid("a leaf is not of our profile".into()))?;
        Ok(Self { room, staged, policy, leaves })
    }

    /// The room.
    pub fn room(&self) -> RoomId {
        self.room
    }

    /// Its policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Its leaves, this device's among them.
    pub fn leaves(&self) -> Vec<Leaf> {
        self.leaves.clone()
    }

    /// The leaf that sent the Welcome.
    pub fn sender(&self) -> Option<Leaf> {
        let index = self.staged.welcome_sender_index().u32();
        self.leaves.iter().find(|leaf| leaf.index == index).copied()
    }

    /// Joins, replacing whatever this device had of the room.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn accept(self, provider: &Provider<'_>) -> Result<Group, MemberError> {
        Group::delete(provider, self.room)?;
        Group::wrap(self.staged.into_group(provider).map_err(invalid)?)
    }
}

impl StagedIn {
    /// What the commit does.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Whether it removes this device.
    pub fn removes_us(&self) -> bool {
        self.staged.self_removed()
    }
}
