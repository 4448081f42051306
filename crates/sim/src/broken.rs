//! What makes a run fail.

use securechat_checker::{Invariant, Violation};

/// What makes a run fail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A promise.
    #[error("{0}")]
    Promise(Violation),
    /// A device raised an alarm, though nobody lied to it.
    #[error("alarm: {device} says: {what}")]
    Alarm {
        /// Which.
        device: String,
        /// What it said.
        what: String,
    },
    /// A step of an engine failed, though its disk has room.
    #[error("engine: {device}, {doing}: {why}")]
    Engine {
        /// Which.
        device: String,
        /// At what.
        doing: &'static str,
        /// The error.
        why: String,
    },
    /// Somebody logged an error.
    #[error("log: {0}")]
    Logged(String),
    /// Somebody panicked.
    #[error("panic: {0}")]
    Panicked(String),
    /// It never ends.
    #[error("circle: {0}")]
    Circle(String),
    /// At rest, and not as the reference says.
    #[error("model: {0}")]
    Model(String),
}

/// What kind of failure: what stays the same while a script is made smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// [`Broken::Promise`], which one.
    Promise(Invariant),
    /// [`Broken::Alarm`].
    Alarm,
    /// [`Broken::Engine`].
    Engine,
    /// [`Broken::Logged`].
    Logged,
    /// [`Broken::Panicked`].
    Panicked,
    /// [`Broken::Circle`].
    Circle,
    /// [`Broken::Model`].
    Model,
}

impl Broken {
    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Promise(violation) => Kind::Promise(violation.invariant()),
            Self::Alarm { .. } => Kind::Alarm,
            Self::Engine { .. } => Kind::Engine,
            Self::Logged(_) => Kind::Logged,
            Self::Panicked(_) => Kind::Panicked,
            Self::Circle(_) => Kind::Circle,
            Self::Model(_) => Kind::Model,
        }
    }
}
