//! Receipts: what each device of a room says, sealed, of how far it has come (docs/protocol.md §8.3).

use bytes::Bytes;
use securechat_ids::Epoch;
use securechat_proto::{Code, frame, limits};

use super::access::{check_size, not_member, room, speaks};
use crate::{Asker, Fault, Outcome, Tx, Wake};

/// Puts the asking device's receipt in place of its last one. (Writes.)
///
/// # Errors
/// `NotMember`, `TooLarge`; `BadRequest` for an epoch that has not begun.
pub fn put_receipt(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &frame::PutReceipt,
) -> Result<Outcome<()>, Fault> {
    check_size(request.sealed.len(), limits::RECEIPT_BYTES_MAX, "receipt")?;
    let row = room(tx, &request.room)?;
    if !speaks(tx, &row, asker)? {
        return Err(not_member());
    }
    if request.epoch > row.epoch.0 {
        return Err(Fault::refuse(Code::BadRequest, "the room has not come to that epoch"));
    }
    tx.put_receipt(row.key, &asker.device, Epoch(request.epoch), &request.sealed)?;
    let receipt = frame::RoomReceipt {
        room: request.room.clone(),
        device: Bytes::copy_from_slice(asker.device.as_bytes()),
        epoch: request.epoch,
        sealed: request.sealed.clone(),
    };
    let to = tx.audience(row.key)?.into_iter().filter(|device| *device != asker.device).collect();
    Ok(Outcome { answer: (), wakes: vec![Wake::Receipt { receipt, to }] })
}

/// The newest receipt of each device of a room. (Reads.)
///
/// # Errors
/// `NotMember`.
pub fn receipts(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &frame::FetchReceipts,
) -> Result<frame::Receipts, Fault> {
    let row = room(tx, &request.room)?;
    if !speaks(tx, &row, asker)? {
        return Err(not_member());
    }
    let receipts = tx.receipts(row.key)?.into_iter().map(|row| frame::Receipt {
        device: Bytes::copy_from_slice(row.device.as_bytes()),
        epoch: row.epoch.0,
        sealed: row.sealed,
    });
    Ok(frame::Receipts { receipts: receipts.collect() })
}
