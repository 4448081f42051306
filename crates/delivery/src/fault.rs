//! Why a request has no answer: the asker's doing, or the store's.

use securechat_proto::{Code, Refusal};

/// After a query that took too long: it would most likely do so again at once.
const LATE_RETRY_MS: u64 = 2_000;

/// A request that was not carried out; nothing of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The request is refused; the asker is told why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a store may fail with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk is full: nothing was written, reading goes on.
    #[error("the server's disk is full")]
    Full,
    /// A query took longer than a query may; it was ended, and nothing else is wrong.
    #[error("the server took too long to look that up")]
    Late,
    /// Anything else. After it no answer of this process can be trusted, so the process ends.
    #[error("the store failed: {0}")]
    Broken(String),
}

impl Fault {
    /// A refusal that needs nothing beside its words.
    pub(crate) fn refuse(code: Code, message: impl Into<String>) -> Self {
        Fault::Refused(Refusal::new(code, message))
    }

    /// The refusal to tell the asker.
    pub fn into_refusal(self) -> Refusal {
        match self {
            Fault::Refused(refusal) => refusal,
            Fault::Store(StoreError::Full) => Refusal::new(Code::StorageFull, "the server's disk is full"),
            Fault::Store(late @ StoreError::Late) => {
                Refusal::later(Code::Busy, late.to_string(), LATE_RETRY_MS)
            }
            Fault::Store(StoreError::Broken(_)) => Refusal::new(Code::Internal, "the server failed"),
        }
    }
}
