//! A device's inbox: Welcomes that wait for it.

use securechat_proto::{frame, limits};

use crate::{Asker, Fault, Tx};

/// A page of the asking device's inbox. (Reads.)
///
/// # Errors
/// [`Fault::Store`].
pub fn fetch(tx: &mut dyn Tx, asker: &Asker, request: &frame::FetchInbox) -> Result<frame::Inbox, Fault> {
    let rows = tx.inbox(&asker.device, request.after, limits::FETCH_INBOX_MAX, limits::FETCH_BYTES_MAX)?;
    let items = rows
        .into_iter()
        .map(|row| frame::InboxItem {
            number: row.number,
            room: row.room.as_bytes().to_vec().into(),
            epoch: row.epoch.0,
            seq: row.seq.0,
            welcome: row.welcome,
        })
        .collect();
    Ok(frame::Inbox { items })
}

/// Deletes what the asking device has handled. (Writes.)
///
/// # Errors
/// [`Fault::Store`].
pub fn ack(tx: &mut dyn Tx, asker: &Asker, request: &frame::AckInbox) -> Result<(), Fault> {
    Ok(tx.delete_inbox(&asker.device, request.up_to)?)
}
