//! A public group's state as a few CBOR values in memory: what OpenMLS wants to keep of it between two commits.

use std::cell::RefCell;
use std::collections::BTreeMap;

use openmls_traits::public_storage::PublicStorageProvider;
use openmls_traits::storage::{CURRENT_VERSION, traits};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;

/// One group's values by slot. Proposals are never kept: our profile has them by value only.
#[derive(Debug, Default)]
pub(crate) struct PublicStore(RefCell<BTreeMap<u8, ByteBuf>>);

/// A value that does not read as what it should be.
#[derive(Debug, thiserror::Error)]
#[error("the public group's stored state is unreadable")]
pub(crate) struct Unreadable;

const TREE: u8 = 1;
const INTERIM_TRANSCRIPT_HASH: u8 = 2;
const CONTEXT: u8 = 3;
const CONFIRMATION_TAG: u8 = 4;

impl PublicStore {
    /// All values as one.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(&*self.0.borrow(), &mut bytes).expect("writing CBOR to memory cannot fail");
        bytes
    }

    /// What [`PublicStore::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        ciborium::from_reader(bytes).map(|values| Self(RefCell::new(values))).map_err(|_| Unreadable)
    }

    fn put(&self, slot: u8, value: &impl Serialize) -> Result<(), Unreadable> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).map_err(|_| Unreadable)?;
        self.0.borrow_mut().insert(slot, ByteBuf::from(bytes));
        Ok(())
    }

    fn read<T: DeserializeOwned>(&self, slot: u8) -> Result<Option<T>, Unreadable> {
        match self.0.borrow().get(&slot) {
            Some(bytes) => ciborium::from_reader(bytes.as_slice()).map(Some).map_err(|_| Unreadable),
            None => Ok(None),
        }
    }

    fn remove(&self, slot: u8) -> Result<(), Unreadable> {
        self.0.borrow_mut().remove(&slot);
        Ok(())
    }
}

impl PublicStorageProvider<CURRENT_VERSION> for PublicStore {
    type PublicError = Unreadable;

    fn write_tree<G: traits::GroupId<CURRENT_VERSION>, T: traits::TreeSync<CURRENT_VERSION>>(
        &self,
        _: &G,
        tree: &T,
    ) -> Result<(), Unreadable> {
        self.put(TREE, tree)
    }

    fn write_interim_transcript_hash<
        G: traits::GroupId<CURRENT_VERSION>,
        H: traits::InterimTranscriptHash<CURRENT_VERSION>,
    >(
        &self,
        _: &G,
        hash: &H,
    ) -> Result<(), Unreadable> {
        self.put(INTERIM_TRANSCRIPT_HASH, hash)
    }

    fn write_context<G: traits::GroupId<CURRENT_VERSION>, C: traits::GroupContext<CURRENT_VERSION>>(
        &self,
        _: &G,
        context: &C,
    ) -> Result<(), Unreadable> {
        self.put(CONTEXT, context)
    }

    fn write_confirmation_tag<
        G: traits::GroupId<CURRENT_VERSION>,
        C: traits::ConfirmationTag<CURRENT_VERSION>,
    >(
        &self,
        _: &G,
        tag: &C,
    ) -> Result<(), Unreadable> {
        self.put(CONFIRMATION_TAG, tag)
    }

    fn queue_proposal<
        G: traits::GroupId<CURRENT_VERSION>,
        R: traits::ProposalRef<CURRENT_VERSION>,
        P: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        _: &G,
        _: &R,
        _: &P,
    ) -> Result<(), Unreadable> {
        Err(Unreadable)
    }

    fn queued_proposals<
        G: traits::GroupId<CURRENT_VERSION>,
        R: traits::ProposalRef<CURRENT_VERSION>,
        P: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        _: &G,
    ) -> Result<Vec<(R, P)>, Unreadable> {
        Ok(Vec::new())
    }

    fn tree<G: traits::GroupId<CURRENT_VERSION>, T: traits::TreeSync<CURRENT_VERSION>>(
        &self,
        _: &G,
    ) -> Result<Option<T>, Unreadable> {
        self.read(TREE)
    }

    fn group_context<G: traits::GroupId<CURRENT_VERSION>, C: traits::GroupContext<CURRENT_VERSION>>(
        &self,
        _: &G,
    ) -> Result<Option<C>, Unreadable> {
        self.read(CONTEXT)
    }

    fn interim_transcript_hash<
        G: traits::GroupId<CURRENT_VERSION>,
        H: traits::InterimTranscriptHash<CURRENT_VERSION>,
    >(
        &self,
        _: &G,
    ) -> Result<Option<H>, Unreadable> {
        self.read(INTERIM_TRANSCRIPT_HASH)
    }

    fn confirmation_tag<G: traits::GroupId<CURRENT_VERSION>, C: traits::ConfirmationTag<CURRENT_VERSION>>(
        &self,
        _: &G,
    ) -> Result<Option<C>, Unreadable> {
        self.read(CONFIRMATION_TAG)
    }

    fn delete_tree<G: traits::GroupId<CURRENT_VERSION>>(&self, _: &G) -> Result<(), Unreadable> {
        self.remove(TREE)
    }

    fn delete_confirmation_tag<G: traits::GroupId<CURRENT_VERSION>>(&self, _: &G) -> Result<(), Unreadable> {
        self.remove(CONFIRMATION_TAG)
    }

    fn delete_context<G: traits::GroupId<CURRENT_VERSION>>(&self, _: &G) -> Result<(), Unreadable> {
        self.remove(CONTEXT)
    }

    fn delete_interim_transcript_hash<G: traits::GroupId<CURRENT_VERSION>>(
        &self,
        _: &G,
    ) -> Result<(), Unreadable> {
        self.remove(INTERIM_TRANSCRIPT_HASH)
    }

    fn remove_proposal<G: traits::GroupId<CURRENT_VERSION>, R: traits::ProposalRef<CURRENT_VERSION>>(
        &self,
        _: &G,
        _: &R,
    ) -> Result<(), Unreadable> {
        Ok(())
    }

    fn clear_proposal_queue<G: traits::GroupId<CURRENT_VERSION>, R: traits::ProposalRef<CURRENT_VERSION>>(
        &self,
        _: &G,
    ) -> Result<(), Unreadable> {
        Ok(())
    }
}
