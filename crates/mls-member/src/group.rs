//! A room as a member holds it.

use openmls::framing::errors::{MessageDecryptionError, SecretTreeError};
use openmls::group::{GroupContext, MlsGroup, MlsGroupCreateConfig, ProcessMessageError, ValidationError};
use openmls::prelude::{
    KeyPackage, LeafNodeIndex, Lifetime, MlsMessageBodyIn, OpenMlsProvider as _, ProcessedMessageContent,
    ProtocolMessage, ProtocolVersion, Sender, StagedCommit,
};
use openmls_traits::storage::StorageProvider as _;
use securechat_ids::{Epoch, RoomId};
use securechat_mls::{Facts, Leaf, Policy, profile, read_facts, read_leaves, read_policy};
use tls_codec::Serialize as _;
use zeroize::Zeroizing;

use crate::error::invalid;
use crate::key_package::credential;
use crate::profiled::{check_suite, group_id, parse, to_bytes};
use crate::storage::Table;
use crate::{DeviceKey, MemberError, Provider};

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
            .map_err(|error| provider.failed(error))?;
        let info = group.export_group_info(provider.crypto(), key, false).map_err(invalid)?;
        let tree = group.export_ratchet_tree().tls_serialize_detached().map_err(invalid)?;
        Ok((Self::wrap(group)?, Founding { group_info: to_bytes(&info)?, tree }))
    }

    pub(crate) fn wrap(group: MlsGroup) -> Result<Self, MemberError> {
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

    /// The policy of a room's group as it is stored, without the rest of the group; `None` if there is none.
    ///
    /// # Errors
    /// [`MemberError`].
    pub fn policy_of(provider: &Provider<'_>, room: RoomId) -> Result<Option<Policy>, MemberError> {
        let context: Option<GroupContext> = provider.table().group_context(&group_id(room))?;
        Ok(context.map(|context| read_policy(context.extensions())).transpose()?)
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

    /// As [`Self::export`], of the epoch that our staged commit would begin.
    ///
    /// # Errors
    /// [`MemberError::Invalid`] when none is staged or the cryptography fails.
    pub fn export_staged(
        &self,
        provider: &Provider<'_>,
        label: &str,
        context: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, MemberError> {
        let staged = self.group.pending_commit();
        let staged = staged.ok_or_else(|| MemberError::Invalid("no commit of this device waits".into()))?;
        let secret = staged.export_secret(provider.crypto(), label, context, length).map_err(invalid)?;
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
        let message =
            self.group.create_message(provider, key, plaintext).map_err(|error| provider.failed(error))?;
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
        let processed = self.group.process_message(provider, message).map_err(|error| {
            if is_out_of_window(&error) { MemberError::OutOfWindow } else { provider.failed(error) }
        })?;
        let sender = processed.sender().clone();
        let aad = processed.aad().to_vec();
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => {
                let Sender::Member(index) = sender else {
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
        self.group.merge_staged_commit(provider, *staged.staged).map_err(|error| provider.failed(error))?;
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
            .map_err(|error| provider.failed(error))?
            .create_group_info(true)
            .use_ratchet_tree_extension(false)
            .build(provider.rand(), provider.crypto(), key, |_| true)
            .map_err(|error| provider.failed(error))?
            .stage_commit(provider)
            .map_err(|error| provider.failed(error))?;
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
        self.group.merge_pending_commit(provider).map_err(|error| provider.failed(error))?;
        self.refresh()
    }

    /// Drops our staged commit: another one took its place.
    ///
    /// # Errors
    /// [`MemberError::Store`].
    pub fn discard_own(&mut self, provider: &Provider<'_>) -> Result<(), MemberError> {
        Ok(self.group.clear_pending_commit(provider.table())?)
    }
}

fn is_out_of_window<S>(error: &ProcessMessageError<S>) -> bool {
    use MessageDecryptionError::{GenerationOutOfBound, SecretTreeError as Tree};
    let ProcessMessageError::ValidationError(ValidationError::UnableToDecrypt(error)) = error else {
        return false;
    };
    matches!(
        error,
        GenerationOutOfBound
            | Tree(
                SecretTreeError::TooDistantInThePast
                    | SecretTreeError::TooDistantInTheFuture
                    | SecretTreeError::SecretReuseError
            )
    )
}

fn read_key_package(provider: &Provider<'_>, bytes: &[u8]) -> Result<KeyPackage, MemberError> {
    let MlsMessageBodyIn::KeyPackage(package) = parse(bytes)? else {
        return Err(MemberError::Invalid("not a KeyPackage".into()));
    };
    package.validate(provider.crypto_provider(), ProtocolVersion::Mls10).map_err(invalid)
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
