//! Why something a person asked for did not happen, sorted by what they can do about it.

use securechat_engine::account::{PasswordChange, PasswordError, VaultError};
use securechat_engine::{CommandError, EngineError, MemoryError};
use securechat_proto::{Code, Refusal};

use crate::address::AddressError;
use crate::platform::HomeError;

/// What went wrong, as a sentence without a full stop.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Asked wrongly.
    #[error("{0}")]
    Usage(String),
    /// Nobody is logged in here.
    #[error("nobody is logged in here; use `securechat register LINK` or `securechat login SERVER` first")]
    NotLoggedIn,
    /// The server refuses.
    #[error("{}", refusal_sentence(.0))]
    Refused(Refusal),
    /// The server cannot be reached.
    #[error("cannot reach the server: {0}")]
    Unreachable(String),
    /// Somebody or something is not who they were.
    #[error("{0}")]
    Trust(String),
    /// The password does not fit.
    #[error("wrong user name or password")]
    BadPassword,
    /// The recovery key does not fit.
    #[error("this user name and recovery key do not belong together")]
    WrongRecoveryKey,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

fn refusal_sentence(refusal: &Refusal) -> String {
    let wait = match refusal.retry_after_ms {
        0 => String::new(),
        ms => format!("; try again in {} s", ms.div_ceil(1000)),
    };
    format!("the server refused: {}{wait}", refusal.message)
}

/// A refusal that the engine has put into words already.
pub fn refusal(why: &str) -> Refusal {
    Refusal::new(Code::Rejected, why)
}

impl Failure {
    /// Exit code of the command line (docs: `securechat help`).
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Other(_) => 1,
            Failure::Usage(_) => 2,
            Failure::NotLoggedIn => 3,
            Failure::Refused(_) => 4,
            Failure::Unreachable(_) => 5,
            Failure::Trust(_) => 6,
            Failure::BadPassword | Failure::WrongRecoveryKey => 7,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        if refusal.code == Code::WrongCredentials { Failure::BadPassword } else { Failure::Refused(refusal) }
    }
}

impl From<AddressError> for Failure {
    fn from(error: AddressError) -> Self {
        Failure::Usage(error.to_string())
    }
}

impl From<HomeError> for Failure {
    fn from(error: HomeError) -> Self {
        Failure::Other(error.to_string())
    }
}

impl From<PasswordError> for Failure {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Parameters => Failure::Trust(error.to_string()),
            PasswordError::Short | PasswordError::Long | PasswordError::Guessable => {
                Failure::Usage(error.to_string())
            }
        }
    }
}

impl From<PasswordChange> for Failure {
    fn from(error: PasswordChange) -> Self {
        match error {
            PasswordChange::Password(error) => error.into(),
            PasswordChange::Vault(error) => error.into(),
        }
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Failure::Trust(error.to_string())
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Failure::Other(error.to_string())
    }
}

impl From<MemoryError> for Failure {
    fn from(error: MemoryError) -> Self {
        Failure::Other(error.to_string())
    }
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Engine(error) => error.into(),
            CommandError::Import(_) => Failure::Other(error.to_string()),
            CommandError::Halted(_) | CommandError::RootChanged(_) | CommandError::RootMoved(_) => {
                Failure::Trust(error.to_string())
            }
            CommandError::NoSuchRoom(_)
            | CommandError::NotIn(_)
            | CommandError::NoSuchPerson(_)
            | CommandError::Empty
            | CommandError::TooLong(_)
            | CommandError::RoomName
            | CommandError::RoomNameTaken(_)
            | CommandError::Yourself
            | CommandError::TeamRoom
            | CommandError::NotRoomAdmin(_)
            | CommandError::LastAdmin(_)
            | CommandError::NotThere { .. }
            | CommandError::DirectMessages
            | CommandError::Loosens(_)
            | CommandError::GoesOn(_) => Failure::Usage(error.to_string()),
        }
    }
}
