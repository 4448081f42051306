//! Reading a room: its log, and what is needed to join it.

use securechat_ids::{Epoch, Seq};
use securechat_mls::PublicRoom;
use securechat_proto::{Code, frame, limits as wire};

use super::access::{event, is_in, may_take_up, not_member, room};
use crate::rows::RoomRow;
use crate::{Asker, Fault, Limits, StoreError, Tx};

/// A page of a room's log. (Reads.)
///
/// # Errors
/// `NotMember`.
pub fn fetch(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &frame::Fetch,
    _limits: &Limits,
) -> Result<frame::Events, Fault> {
    let row = room(tx, &request.room)?;
    if !is_in(tx, &row, asker)? {
        return Err(not_member());
    }
    let wanted = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let events_max = if wanted == 0 { wire::FETCH_EVENTS_MAX } else { wanted.min(wire::FETCH_EVENTS_MAX) };
    let events = match request.before_seq {
        0 => tx.events(row.key, Seq(request.from_seq.max(1)), events_max, wire::FETCH_BYTES_MAX)?,
        before => tx.events_before(row.key, Seq(before), events_max, wire::FETCH_BYTES_MAX)?,
    };
    let events = events.into_iter().map(|appended| event(&row.room, appended)).collect();
    Ok(frame::Events { events, head_seq: row.head.0 })
}

/// What an external commit needs: for those in the room, for all if it is open, and for whoever takes up direct messages that
/// nobody is left in. (Reads.)
///
/// # Errors
/// `NotMember`.
pub fn group(tx: &mut dyn Tx, asker: &Asker, request: &frame::GetGroup) -> Result<frame::Group, Fault> {
    let row = room(tx, &request.room)?;
    if !row.open && !is_in(tx, &row, asker)? && !may_take_up(tx, &row, asker)? {
        return Err(not_member());
    }
    let (public, group_info) = public_room(tx, &row)?;
    Ok(frame::Group {
        epoch: row.epoch.0,
        head_seq: row.head.0,
        group_info: group_info.into(),
        tree: public.tree().into(),
    })
}

/// The tree of an epoch that issued a Welcome, or of the present one. (Reads.)
///
/// # Errors
/// `NotMember`; `NotFound` once it is no longer kept.
pub fn tree(tx: &mut dyn Tx, asker: &Asker, request: &frame::GetTree) -> Result<frame::Tree, Fault> {
    let row = room(tx, &request.room)?;
    if !is_in(tx, &row, asker)? {
        return Err(not_member());
    }
    if let Some(tree) = tx.tree(row.key, Epoch(request.epoch))? {
        return Ok(frame::Tree { tree: tree.into() });
    }
    if request.epoch == row.epoch.0 {
        return Ok(frame::Tree { tree: public_room(tx, &row)?.0.tree().into() });
    }
    Err(Fault::refuse(Code::NotFound, "the tree of this epoch is no longer kept; join by commit"))
}

/// A room's public state and GroupInfo.
pub(super) fn public_room(tx: &mut dyn Tx, row: &RoomRow) -> Result<(PublicRoom, Vec<u8>), StoreError> {
    let broken = |why: String| StoreError::Broken(format!("the state of room {} is {why}", row.room));
    let group = tx.group(row.key)?.ok_or_else(|| broken("missing".into()))?;
    let public = PublicRoom::from_bytes(&group.public).map_err(|error| broken(error.to_string()))?;
    if public.epoch() != row.epoch {
        return Err(broken(format!("of epoch {}", public.epoch())));
    }
    Ok((public, group.group_info))
}
