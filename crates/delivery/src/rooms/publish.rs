//! Appends a message. The busiest path: it reads a few small rows and never the group's public state.

use bytes::Bytes;
use securechat_ids::UnixMillis;
use securechat_mls::peek_private_message;
use securechat_proto::frame::{self, EventKind};
use securechat_proto::{Code, Refusal};

use super::access::{
    check_epoch, check_size, earlier, event, message_id, not_member, rejected, room, speaks,
};
use crate::rows::{EventRow, RoomRow};
use crate::{Asker, Fault, Limits, Outcome, Tx, Wake};

/// Appends a message. (Writes.)
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
    check_size(request.mls.len() + request.body.len(), limits.message_bytes_max, "message")?;
    let message_id = message_id(&request.message_id)?;
    let row = room(tx, &request.room)?;
    if let Some(place) = earlier(tx, &row, asker, &message_id, EventKind::Message)? {
        return Ok(Outcome::quiet(frame::Published { seq: place.seq.0, time_ms: place.time.0 }));
    }
    if !speaks(tx, &row, asker)? {
        return Err(not_member());
    }
    check_none_due(tx, &row)?;
    check_epoch(&row, request.base_epoch)?;
    check_outside(&row, &request.mls)?;
    let appended = EventRow {
        seq: row.head.next(),
        kind: EventKind::Message,
        epoch: row.epoch,
        device: asker.device,
        message_id,
        time: now,
        mls: request.mls,
        body: request.body,
    };
    tx.append_event(row.key, &appended)?;
    let answer = frame::Published { seq: appended.seq.0, time_ms: now.0 };
    let to = tx.audience(row.key)?;
    let wake = Wake::Event { room: row.room, event: event(&row.room, appended), to };
    Ok(Outcome { answer, wakes: vec![wake] })
}

/// As long as somebody is to be removed, nothing is said: it would be said to them.
fn check_none_due(tx: &mut dyn Tx, row: &RoomRow) -> Result<(), Fault> {
    if row.due == 0 {
        return Ok(());
    }
    let refusal = Refusal::new(Code::MustCommit, "the room has leaves that must be removed first");
    Err(Refusal { leaves: tx.due(row.key)?, ..refusal }.into())
}

/// What the server can check of a message it cannot read.
fn check_outside(row: &RoomRow, mls: &Bytes) -> Result<(), Fault> {
    let peeked = peek_private_message(mls).map_err(rejected)?;
    if peeked.room != row.room || peeked.epoch != row.epoch {
        return Err(rejected("the message was encrypted for another room or epoch"));
    }
    Ok(())
}
