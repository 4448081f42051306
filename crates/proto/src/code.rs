//! Why a request was refused: one closed list for HTTP and WebSocket alike.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal, $status:literal;)*) => {
        /// A refusal's kind. Numbers and texts are stable; unknown numbers read as [`Code::Internal`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All codes, in order of their numbers.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            /// The number on the WebSocket.
            pub const fn number(self) -> u32 {
                match self { $(Code::$name => $number),* }
            }

            /// The code of a number from the wire.
            pub const fn from_number(number: u32) -> Code {
                match number { $($number => Code::$name,)* _ => Code::Internal }
            }

            /// The text in JSON bodies.
            pub const fn text(self) -> &'static str {
                match self { $(Code::$name => $text),* }
            }

            /// The HTTP status that carries it.
            pub const fn status(self) -> u16 {
                match self { $(Code::$name => $status),* }
            }
        }
    };
}

codes! {
    /// A fault of the server; the log there says more.
    Internal = 1, "internal", 500;
    /// The request is malformed.
    BadRequest = 2, "bad_request", 400;
    /// No valid session.
    Unauthenticated = 3, "unauthenticated", 401;
    /// Wrong name or wrong password; never says which.
    WrongCredentials = 4, "wrong_credentials", 401;
    /// The session's role does not allow this.
    Forbidden = 5, "forbidden", 403;
    /// No such thing, or not for this session.
    NotFound = 6, "not_found", 404;
    /// The user name is taken.
    NameTaken = 7, "name_taken", 409;
    /// The invite is unknown, used up or expired.
    InviteInvalid = 8, "invite_invalid", 403;
    /// Over a rate limit; `retry_after_ms` says when to come again.
    RateLimited = 9, "rate_limited", 429;
    /// Larger than a named limit.
    TooLarge = 10, "too_large", 413;
    /// Not at the room's current epoch; `epoch` and `head_seq` say where the room is.
    StaleEpoch = 11, "stale_epoch", 409;
    /// The room has leaves that must be removed first; `leaves` names them.
    MustCommit = 12, "must_commit", 409;
    /// A commit, key package or chain link that members would refuse.
    Rejected = 13, "rejected", 422;
    /// The device is not in the room.
    NotMember = 14, "not_member", 403;
    /// The server's disk is full: nothing is written, reading goes on.
    StorageFull = 15, "storage_full", 507;
    /// A bounded pool or queue is full; come again.
    Busy = 16, "busy", 503;
    /// The thing changed meanwhile; read it again.
    Conflict = 17, "conflict", 409;
    /// Client and server share no protocol version.
    UnsupportedVersion = 18, "unsupported_version", 426;
    /// A named count (devices, rooms, invites) is at its limit.
    LimitReached = 19, "limit_reached", 409;
    /// The account was deactivated.
    Deactivated = 20, "deactivated", 403;
}

/// A refusal with what the asker needs to go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What kind it is.
    pub code: Code,
    /// One lower-case fragment for people, without secrets.
    pub message: String,
    /// With [`Code::RateLimited`] and [`Code::Busy`]: milliseconds to wait. Zero otherwise.
    pub retry_after_ms: u64,
    /// With [`Code::StaleEpoch`]: the room's epoch.
    pub epoch: u64,
    /// With [`Code::StaleEpoch`]: seq of the room's newest event.
    pub head_seq: u64,
    /// With [`Code::MustCommit`]: indices of the leaves to remove.
    pub leaves: Vec<u32>,
}

impl Refusal {
    /// A refusal that needs nothing beside its words.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after_ms: 0, epoch: 0, head_seq: 0, leaves: Vec::new() }
    }

    /// A refusal to be tried again after `retry_after_ms`.
    pub fn later(code: Code, message: impl Into<String>, retry_after_ms: u64) -> Self {
        Self { retry_after_ms, ..Self::new(code, message) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_its_number_and_its_text() {
        for &code in Code::ALL {
            assert_eq!(Code::from_number(code.number()), code);
            assert_eq!(serde_json::to_string(&code).expect("serialises"), format!("{:?}", code.text()));
        }
    }

    #[test]
    fn numbers_are_unique() {
        let numbers: std::collections::BTreeSet<_> = Code::ALL.iter().map(|c| c.number()).collect();
        assert_eq!(numbers.len(), Code::ALL.len());
    }
}
