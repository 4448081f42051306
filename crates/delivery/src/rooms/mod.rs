//! Rooms: one log each, one gate in front of it.

use securechat_ids::UnixMillis;
use securechat_proto::frame;

use crate::{Asker, Fault, Limits, Outcome, Tx};

/// Makes a room of the asking device's one leaf. Repeated with the same bytes, it is done already.
///
/// # Errors
/// `Rejected`, `Conflict` for a taken id, `Forbidden` for a team room not made by the owner, `LimitReached`, `TooLarge`.
pub fn create(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &frame::CreateRoom,
    now: UnixMillis,
    limits: &Limits,
) -> Result<Outcome<()>, Fault> {
    let _ = (tx, asker, request, now, limits);
    unimplemented!()
}

/// Appends a message.
///
/// # Errors
/// `NotMember`, `MustCommit`, `StaleEpoch`, `Rejected`, `TooLarge`.
pub fn publish(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: frame::Publish,
    now: UnixMillis,
    limits: &Limits,
) -> Result<Outcome<frame::Published>, Fault> {
    let _ = (tx, asker, request, now, limits);
    unimplemented!()
}

/// Appends a commit, a member's or a newcomer's, and begins the next epoch.
///
/// # Errors
/// `NotMember`, `StaleEpoch`, `Rejected`, `TooLarge`, `LimitReached`.
pub fn commit(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: frame::Commit,
    now: UnixMillis,
    limits: &Limits,
) -> Result<Outcome<frame::Committed>, Fault> {
    let _ = (tx, asker, request, now, limits);
    unimplemented!()
}

/// A page of a room's log. (Reads.)
///
/// # Errors
/// `NotFound`, `NotMember`.
pub fn fetch(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &frame::Fetch,
    limits: &Limits,
) -> Result<frame::Events, Fault> {
    let _ = (tx, asker, request, limits);
    unimplemented!()
}

/// What an external commit needs. (Reads.)
///
/// # Errors
/// `NotFound`, `NotMember`.
pub fn group(tx: &mut dyn Tx, asker: &Asker, request: &frame::GetGroup) -> Result<frame::Group, Fault> {
    let _ = (tx, asker, request);
    unimplemented!()
}

/// The tree of an epoch that issued a Welcome. (Reads.)
///
/// # Errors
/// `NotFound`, `NotMember`.
pub fn tree(tx: &mut dyn Tx, asker: &Asker, request: &frame::GetTree) -> Result<frame::Tree, Fault> {
    let _ = (tx, asker, request);
    unimplemented!()
}

/// Takes the asker out of a room: their leaves are to be removed by those who stay.
///
/// # Errors
/// `NotFound`, `NotMember`.
pub fn leave(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &frame::Leave,
    now: UnixMillis,
) -> Result<Outcome<()>, Fault> {
    let _ = (tx, asker, request, now);
    unimplemented!()
}
