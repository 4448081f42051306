//! The mind of linking a device: a new one is let in by an old one of the same person (docs/protocol.md §3.1).
//!
//! Each side is a value that is handed the other side's messages and gives its own; shells carry them through the relay.

mod channel;
mod new_side;
mod old_side;

pub(crate) use new_side::Expected;
pub use new_side::{Grant, NewSide, Welcomed};
pub use old_side::{Account, Granting, OldSide};

/// Why a linking ended. Nothing was signed or kept then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkingError {
    /// The channel does not hold: another code, or somebody in between.
    #[error(
        "what came does not fit the code: it was mistyped, or somebody changed it on the way; begin anew"
    )]
    Channel,
    /// Not what this side may be told now.
    #[error("the other device says something this one does not understand; update the older program")]
    Malformed,
    /// The new device talks to somebody who only looks like the server.
    #[error(
        "this device and the other one do not see the same server: somebody may stand between; nothing was linked"
    )]
    OtherServer,
    /// The person on the old device said no.
    #[error("the other device refused")]
    Refused,
    /// Asked for out of order, or after it ended.
    #[error("this linking is over; begin anew")]
    Over,
}

#[cfg(test)]
mod tests;
