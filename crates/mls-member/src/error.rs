//! Why an act on a group fails: what callers tell apart.

use securechat_ids::Epoch;

use crate::StorageError;

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
    /// The ratchet has no key for this message any more, or not yet.
    #[error("its key is gone, or far ahead")]
    OutOfWindow,
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

/// What MLS says, as an error of ours.
pub(crate) fn invalid(error: impl std::fmt::Display) -> MemberError {
    MemberError::Invalid(error.to_string())
}
