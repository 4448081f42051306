//! How a device comes into a room that is there: by a Welcome, or by a commit of its own.

use openmls::group::{MlsGroup, StagedWelcome};
use openmls::prelude::{LeafNodeParameters, MlsMessageBodyIn, OpenMlsProvider as _, RatchetTreeIn};
use securechat_ids::RoomId;
use securechat_mls::{Leaf, Policy, profile, read_policy};
use tls_codec::DeserializeBytes as _;

use crate::error::invalid;
use crate::group::StagedOut;
use crate::key_package::credential;
use crate::profiled::{join_config, parse, to_bytes};
use crate::{DeviceKey, Group, MemberError, Provider};

/// A Welcome that opened; to be judged and then accepted, or dropped.
pub struct Joining {
    room: RoomId,
    staged: StagedWelcome,
    policy: Policy,
    leaves: Vec<Leaf>,
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
                other => provider.failed(other),
            })?
            .with_ratchet_tree(tree)
            .skip_lifetime_validation()
            .replace_old_group()
            .build()
            .map_err(|error| provider.failed(error))?;
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
        Group::wrap(self.staged.into_group(provider).map_err(|error| provider.failed(error))?)
    }
}

impl Group {
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
        let tree = RatchetTreeIn::tls_deserialize_exact_bytes(tree).map_err(invalid)?;
        let room = RoomId::try_from(info.group_id().as_slice()).map_err(invalid)?;
        Self::delete(provider, room)?;
        let leaf = LeafNodeParameters::builder().with_capabilities(profile::capabilities()).build();
        let (group, bundle) = MlsGroup::external_commit_builder()
            .with_ratchet_tree(tree)
            .with_config(join_config())
            .skip_lifetime_validation()
            .build_group(provider, info, credential(key))
            .map_err(|error| provider.failed(error))?
            .leaf_node_parameters(leaf)
            .load_psks(provider.table())
            .map_err(|error| provider.failed(error))?
            .create_group_info(true)
            .use_ratchet_tree_extension(false)
            .build(provider.rand(), provider.crypto(), key, |_| true)
            .map_err(|error| provider.failed(error))?
            .finalize(provider)
            .map_err(|error| provider.failed(error))?;
        let (commit, _, info) = bundle.into_messages();
        let info = info.ok_or_else(|| MemberError::Invalid("no GroupInfo was made".into()))?;
        let staged = StagedOut { commit: to_bytes(&commit)?, group_info: to_bytes(&info)?, welcome: None };
        Ok((Self::wrap(group)?, staged))
    }
}
