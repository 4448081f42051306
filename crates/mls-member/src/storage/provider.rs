//! The trait itself: each method names its slot, the table does the rest.

use openmls_traits::storage::{CURRENT_VERSION, StorageProvider, traits};

use serde::de::IgnoredAny;

use super::table::{Slot, StorageError, Table, encode};

/// Head of CBOR's array of two items (RFC 8949 §3.1).
const ARRAY_OF_TWO: u8 = 0x82;

type Result<T> = std::result::Result<T, StorageError>;

impl Table<'_> {
    fn epoch_key(
        group: &impl traits::GroupId<CURRENT_VERSION>,
        epoch: &impl traits::EpochKey<CURRENT_VERSION>,
        leaf: u32,
    ) -> Result<Vec<u8>> {
        let slot = Slot::EpochKeyPairs;
        Ok([encode(slot, group)?, encode(slot, epoch)?, encode(slot, &leaf)?].concat())
    }
}

impl StorageProvider<CURRENT_VERSION> for Table<'_> {
    type Error = StorageError;

    fn write_mls_join_config<
        K: traits::GroupId<CURRENT_VERSION>,
        T: traits::MlsGroupJoinConfig<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::JoinConfig, &encode(Slot::JoinConfig, key)?, value)
    }

    fn write_tree<K: traits::GroupId<CURRENT_VERSION>, T: traits::TreeSync<CURRENT_VERSION>>(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::Tree, &encode(Slot::Tree, key)?, value)
    }

    fn write_interim_transcript_hash<
        K: traits::GroupId<CURRENT_VERSION>,
        T: traits::InterimTranscriptHash<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::InterimTranscriptHash, &encode(Slot::InterimTranscriptHash, key)?, value)
    }

    fn write_context<K: traits::GroupId<CURRENT_VERSION>, T: traits::GroupContext<CURRENT_VERSION>>(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::Context, &encode(Slot::Context, key)?, value)
    }

    fn write_confirmation_tag<
        K: traits::GroupId<CURRENT_VERSION>,
        T: traits::ConfirmationTag<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::ConfirmationTag, &encode(Slot::ConfirmationTag, key)?, value)
    }

    fn write_group_state<T: traits::GroupState<CURRENT_VERSION>, K: traits::GroupId<CURRENT_VERSION>>(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::GroupState, &encode(Slot::GroupState, key)?, value)
    }

    fn write_message_secrets<
        K: traits::GroupId<CURRENT_VERSION>,
        T: traits::MessageSecrets<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::MessageSecrets, &encode(Slot::MessageSecrets, key)?, value)
    }

    fn write_resumption_psk_store<
        K: traits::GroupId<CURRENT_VERSION>,
        T: traits::ResumptionPskStore<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::ResumptionPsks, &encode(Slot::ResumptionPsks, key)?, value)
    }

    fn write_own_leaf_index<
        K: traits::GroupId<CURRENT_VERSION>,
        T: traits::LeafNodeIndex<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::OwnLeafIndex, &encode(Slot::OwnLeafIndex, key)?, value)
    }

    fn write_group_epoch_secrets<
        K: traits::GroupId<CURRENT_VERSION>,
        T: traits::GroupEpochSecrets<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::EpochSecrets, &encode(Slot::EpochSecrets, key)?, value)
    }

    fn write_signature_key_pair<
        K: traits::SignaturePublicKey<CURRENT_VERSION>,
        T: traits::SignatureKeyPair<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::SignatureKeyPair, &encode(Slot::SignatureKeyPair, key)?, value)
    }

    fn write_encryption_key_pair<
        K: traits::EncryptionKey<CURRENT_VERSION>,
        T: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::EncryptionKeyPair, &encode(Slot::EncryptionKeyPair, key)?, value)
    }

    fn write_key_package<
        K: traits::HashReference<CURRENT_VERSION>,
        T: traits::KeyPackage<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::KeyPackage, &encode(Slot::KeyPackage, key)?, value)
    }

    fn write_psk<K: traits::PskId<CURRENT_VERSION>, T: traits::PskBundle<CURRENT_VERSION>>(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.put(Slot::Psk, &encode(Slot::Psk, key)?, value)
    }

    fn mls_group_join_config<
        K: traits::GroupId<CURRENT_VERSION>,
        T: traits::MlsGroupJoinConfig<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::JoinConfig, &encode(Slot::JoinConfig, key)?)
    }

    fn tree<K: traits::GroupId<CURRENT_VERSION>, T: traits::TreeSync<CURRENT_VERSION>>(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::Tree, &encode(Slot::Tree, key)?)
    }

    fn group_context<K: traits::GroupId<CURRENT_VERSION>, T: traits::GroupContext<CURRENT_VERSION>>(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::Context, &encode(Slot::Context, key)?)
    }

    fn interim_transcript_hash<
        K: traits::GroupId<CURRENT_VERSION>,
        T: traits::InterimTranscriptHash<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::InterimTranscriptHash, &encode(Slot::InterimTranscriptHash, key)?)
    }

    fn confirmation_tag<K: traits::GroupId<CURRENT_VERSION>, T: traits::ConfirmationTag<CURRENT_VERSION>>(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::ConfirmationTag, &encode(Slot::ConfirmationTag, key)?)
    }

    fn group_state<T: traits::GroupState<CURRENT_VERSION>, K: traits::GroupId<CURRENT_VERSION>>(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::GroupState, &encode(Slot::GroupState, key)?)
    }

    fn message_secrets<K: traits::GroupId<CURRENT_VERSION>, T: traits::MessageSecrets<CURRENT_VERSION>>(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::MessageSecrets, &encode(Slot::MessageSecrets, key)?)
    }

    fn resumption_psk_store<
        K: traits::GroupId<CURRENT_VERSION>,
        T: traits::ResumptionPskStore<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::ResumptionPsks, &encode(Slot::ResumptionPsks, key)?)
    }

    fn own_leaf_index<K: traits::GroupId<CURRENT_VERSION>, T: traits::LeafNodeIndex<CURRENT_VERSION>>(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::OwnLeafIndex, &encode(Slot::OwnLeafIndex, key)?)
    }

    fn group_epoch_secrets<
        K: traits::GroupId<CURRENT_VERSION>,
        T: traits::GroupEpochSecrets<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::EpochSecrets, &encode(Slot::EpochSecrets, key)?)
    }

    fn signature_key_pair<
        K: traits::SignaturePublicKey<CURRENT_VERSION>,
        T: traits::SignatureKeyPair<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::SignatureKeyPair, &encode(Slot::SignatureKeyPair, key)?)
    }

    fn encryption_key_pair<
        T: traits::HpkeKeyPair<CURRENT_VERSION>,
        K: traits::EncryptionKey<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::EncryptionKeyPair, &encode(Slot::EncryptionKeyPair, key)?)
    }

    fn key_package<K: traits::HashReference<CURRENT_VERSION>, T: traits::KeyPackage<CURRENT_VERSION>>(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::KeyPackage, &encode(Slot::KeyPackage, key)?)
    }

    fn psk<T: traits::PskBundle<CURRENT_VERSION>, K: traits::PskId<CURRENT_VERSION>>(
        &self,
        key: &K,
    ) -> Result<Option<T>> {
        self.read(Slot::Psk, &encode(Slot::Psk, key)?)
    }

    fn delete_own_leaf_nodes<K: traits::GroupId<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::OwnLeafNodes, &encode(Slot::OwnLeafNodes, key)?)
    }

    fn delete_group_config<K: traits::GroupId<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::JoinConfig, &encode(Slot::JoinConfig, key)?)
    }

    fn delete_tree<K: traits::GroupId<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::Tree, &encode(Slot::Tree, key)?)
    }

    fn delete_confirmation_tag<K: traits::GroupId<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::ConfirmationTag, &encode(Slot::ConfirmationTag, key)?)
    }

    fn delete_group_state<K: traits::GroupId<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::GroupState, &encode(Slot::GroupState, key)?)
    }

    fn delete_context<K: traits::GroupId<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::Context, &encode(Slot::Context, key)?)
    }

    fn delete_interim_transcript_hash<K: traits::GroupId<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::InterimTranscriptHash, &encode(Slot::InterimTranscriptHash, key)?)
    }

    fn delete_message_secrets<K: traits::GroupId<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::MessageSecrets, &encode(Slot::MessageSecrets, key)?)
    }

    fn delete_all_resumption_psk_secrets<K: traits::GroupId<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::ResumptionPsks, &encode(Slot::ResumptionPsks, key)?)
    }

    fn delete_own_leaf_index<K: traits::GroupId<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::OwnLeafIndex, &encode(Slot::OwnLeafIndex, key)?)
    }

    fn delete_group_epoch_secrets<K: traits::GroupId<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::EpochSecrets, &encode(Slot::EpochSecrets, key)?)
    }

    fn delete_signature_key_pair<K: traits::SignaturePublicKey<CURRENT_VERSION>>(
        &self,
        key: &K,
    ) -> Result<()> {
        self.delete(Slot::SignatureKeyPair, &encode(Slot::SignatureKeyPair, key)?)
    }

    fn delete_encryption_key_pair<K: traits::EncryptionKey<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::EncryptionKeyPair, &encode(Slot::EncryptionKeyPair, key)?)
    }

    fn delete_key_package<K: traits::HashReference<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::KeyPackage, &encode(Slot::KeyPackage, key)?)
    }

    fn delete_psk<K: traits::PskId<CURRENT_VERSION>>(&self, key: &K) -> Result<()> {
        self.delete(Slot::Psk, &encode(Slot::Psk, key)?)
    }

    fn append_own_leaf_node<K: traits::GroupId<CURRENT_VERSION>, T: traits::LeafNode<CURRENT_VERSION>>(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        self.append(Slot::OwnLeafNodes, &encode(Slot::OwnLeafNodes, key)?, value)
    }

    fn own_leaf_nodes<K: traits::GroupId<CURRENT_VERSION>, T: traits::LeafNode<CURRENT_VERSION>>(
        &self,
        key: &K,
    ) -> Result<Vec<T>> {
        self.list(Slot::OwnLeafNodes, &encode(Slot::OwnLeafNodes, key)?)
    }

    fn queue_proposal<
        K: traits::GroupId<CURRENT_VERSION>,
        R: traits::ProposalRef<CURRENT_VERSION>,
        P: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
        reference: &R,
        proposal: &P,
    ) -> Result<()> {
        self.append(Slot::Proposals, &encode(Slot::Proposals, key)?, &(reference, proposal))
    }

    fn queued_proposals<
        K: traits::GroupId<CURRENT_VERSION>,
        R: traits::ProposalRef<CURRENT_VERSION>,
        P: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        key: &K,
    ) -> Result<Vec<(R, P)>> {
        self.list(Slot::Proposals, &encode(Slot::Proposals, key)?)
    }

    fn queued_proposal_refs<K: traits::GroupId<CURRENT_VERSION>, R: traits::ProposalRef<CURRENT_VERSION>>(
        &self,
        key: &K,
    ) -> Result<Vec<R>> {
        let pairs: Vec<(R, IgnoredAny)> = self.list(Slot::Proposals, &encode(Slot::Proposals, key)?)?;
        Ok(pairs.into_iter().map(|(reference, _)| reference).collect())
    }

    fn remove_proposal<K: traits::GroupId<CURRENT_VERSION>, R: traits::ProposalRef<CURRENT_VERSION>>(
        &self,
        key: &K,
        reference: &R,
    ) -> Result<()> {
        // A row is the pair of a proposal's reference and the proposal, so that its beginning tells whose it is.
        let slot = Slot::Proposals;
        let beginning = [&[ARRAY_OF_TWO], encode(slot, reference)?.as_slice()].concat();
        self.remove(slot, &encode(slot, key)?, &beginning)
    }

    fn clear_proposal_queue<K: traits::GroupId<CURRENT_VERSION>, R: traits::ProposalRef<CURRENT_VERSION>>(
        &self,
        key: &K,
    ) -> Result<()> {
        self.delete(Slot::Proposals, &encode(Slot::Proposals, key)?)
    }

    fn write_encryption_epoch_key_pairs<
        K: traits::GroupId<CURRENT_VERSION>,
        E: traits::EpochKey<CURRENT_VERSION>,
        P: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        group: &K,
        epoch: &E,
        leaf: u32,
        key_pairs: &[P],
    ) -> Result<()> {
        self.put(Slot::EpochKeyPairs, &Self::epoch_key(group, epoch, leaf)?, &key_pairs)
    }

    fn encryption_epoch_key_pairs<
        K: traits::GroupId<CURRENT_VERSION>,
        E: traits::EpochKey<CURRENT_VERSION>,
        P: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        group: &K,
        epoch: &E,
        leaf: u32,
    ) -> Result<Vec<P>> {
        let pairs = self.read(Slot::EpochKeyPairs, &Self::epoch_key(group, epoch, leaf)?)?;
        Ok(pairs.unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<
        K: traits::GroupId<CURRENT_VERSION>,
        E: traits::EpochKey<CURRENT_VERSION>,
    >(
        &self,
        group: &K,
        epoch: &E,
        leaf: u32,
    ) -> Result<()> {
        self.delete(Slot::EpochKeyPairs, &Self::epoch_key(group, epoch, leaf)?)
    }
}
