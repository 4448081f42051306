//! Who may do what in a room, as far as the server can tell; and what all requests about rooms share.

use bytes::Bytes;
use securechat_ids::{MessageId, RoomId};
use securechat_mls::{dm_room, is_dm_room};
use securechat_proto::frame::{self, EventKind};
use securechat_proto::{Code, Refusal};

use crate::rows::{EventRow, Place, RoomRow, RoomStay};
use crate::{Asker, Fault, StoreError, Tx, identity};

pub(super) fn room_id(bytes: &[u8]) -> Result<RoomId, Fault> {
    RoomId::try_from(bytes).map_err(|error| Fault::refuse(Code::BadRequest, error.to_string()))
}

pub(super) fn message_id(bytes: &[u8]) -> Result<MessageId, Fault> {
    MessageId::try_from(bytes).map_err(|error| Fault::refuse(Code::BadRequest, error.to_string()))
}

pub(super) fn check_size(bytes: usize, bytes_max: usize, what: &str) -> Result<(), Fault> {
    if bytes > bytes_max {
        return Err(Fault::refuse(Code::TooLarge, format!("the {what} is larger than {bytes_max} bytes")));
    }
    Ok(())
}

/// Where a room stands. To whoever may not see it, a room and none are the same.
pub(super) fn room(tx: &mut dyn Tx, bytes: &[u8]) -> Result<RoomRow, Fault> {
    let id = room_id(bytes)?;
    tx.room(&id)?.ok_or_else(not_member)
}

/// The answer given before, if this device has sent this message before.
pub(super) fn earlier(
    tx: &mut dyn Tx,
    row: &RoomRow,
    asker: &Asker,
    message: &MessageId,
    kind: EventKind,
) -> Result<Option<Place>, Fault> {
    match tx.place(row.key, &asker.device, message)? {
        Some(place) if place.kind != kind => {
            Err(Fault::refuse(Code::Conflict, "the message id stands for an event of another kind"))
        }
        other => Ok(other),
    }
}

/// Whether the asking person is in the room.
pub(super) fn is_in(tx: &mut dyn Tx, row: &RoomRow, asker: &Asker) -> Result<bool, StoreError> {
    Ok(matches!(tx.stay(row.key, &asker.user)?, Some((RoomStay::Member, _))))
}

/// Whether the asking device speaks in the room: it has a leaf, and no one is to remove it.
pub(super) fn speaks(tx: &mut dyn Tx, row: &RoomRow, asker: &Asker) -> Result<bool, StoreError> {
    Ok(tx.leaf_of(row.key, &asker.device)?.is_some_and(|(leaf, due)| !due && leaf.user == asker.user))
}

/// Whether these direct messages are the asker's to take up: they are one of the two, and nobody is left there to let them in.
/// After both have begun anew (docs/protocol.md §5), every device with a leaf has come to its end.
pub(super) fn may_take_up(tx: &mut dyn Tx, row: &RoomRow, asker: &Asker) -> Result<bool, Fault> {
    if !is_dm_room(&row.room) {
        return Ok(false);
    }
    for leaf in tx.leaves(row.key)? {
        if tx.device(&leaf.device)?.is_some_and(|device| device.active) {
            return Ok(false);
        }
    }
    is_one_of_the_two(tx, &row.room, asker)
}

/// Whether a room's id is that of the asker's direct messages with somebody.
pub(super) fn is_one_of_the_two(tx: &mut dyn Tx, id: &RoomId, asker: &Asker) -> Result<bool, Fault> {
    let server = identity::read(tx)?.server_id;
    let others = tx.accounts()?.into_iter().filter(|account| account.active && account.user != asker.user);
    Ok(others.map(|account| dm_room(&server, &asker.user, &account.user)).any(|place| place == *id))
}

pub(super) fn check_epoch(row: &RoomRow, base_epoch: u64) -> Result<(), Fault> {
    if row.epoch.0 == base_epoch {
        return Ok(());
    }
    let refusal = Refusal::new(Code::StaleEpoch, format!("the room is at epoch {}", row.epoch));
    Err(Refusal { epoch: row.epoch.0, head_seq: row.head.0, ..refusal }.into())
}

pub(super) fn not_member() -> Fault {
    Fault::refuse(Code::NotMember, "the device is not in the room")
}

pub(super) fn rejected(why: impl std::fmt::Display) -> Fault {
    Fault::refuse(Code::Rejected, format!("{why}"))
}

/// An event as it goes out.
pub(super) fn event(room: &RoomId, row: EventRow) -> frame::Event {
    frame::Event {
        room: Bytes::copy_from_slice(room.as_bytes()),
        seq: row.seq.0,
        kind: row.kind.into(),
        epoch: row.epoch.0,
        device: Bytes::copy_from_slice(row.device.as_bytes()),
        message_id: Bytes::copy_from_slice(row.message_id.as_bytes()),
        time_ms: row.time.0,
        mls: row.mls,
        body: row.body,
    }
}
