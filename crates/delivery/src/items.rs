//! A person's sealed items: what their devices keep for each other and the server cannot read (docs/protocol.md §2.1).

use securechat_proto::{Code, frame, limits};

use crate::{Asker, Fault, Limits, Outcome, Tx, Wake};

/// Puts an item in place of its last version. (Writes.)
///
/// # Errors
/// `Conflict` when it was changed meanwhile; `TooLarge`, `LimitReached`, `BadRequest`.
pub fn put(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &frame::PutItem,
    limits: &Limits,
) -> Result<Outcome<()>, Fault> {
    let name: [u8; 16] = request
        .name
        .as_ref()
        .try_into()
        .map_err(|_| Fault::refuse(Code::BadRequest, "an item's name has 16 bytes"))?;
    if request.sealed.len() > limits::ITEM_BYTES_MAX {
        return Err(Fault::refuse(Code::TooLarge, "the item is larger than items may be"));
    }
    let version = tx.item_version(&asker.user, &name)?;
    if request.version != version + 1 {
        return Err(Fault::refuse(Code::Conflict, "the item was changed meanwhile; read it again"));
    }
    if version == 0 && tx.count_items(&asker.user)?.0 >= limits.items_per_user_max as u64 {
        return Err(Fault::refuse(Code::LimitReached, "there are as many items as there may be"));
    }
    tx.put_item(&asker.user, &name, request.version, &request.sealed)?;
    let devices = tx.active_devices(&asker.user)?;
    let to = devices.into_iter().map(|row| row.device).filter(|device| *device != asker.device).collect();
    Ok(Outcome { answer: (), wakes: vec![Wake::Items { to }] })
}

/// A page of the asker's items, by number. (Reads.)
///
/// # Errors
/// [`Fault::Store`].
pub fn fetch(tx: &mut dyn Tx, asker: &Asker, request: &frame::FetchItems) -> Result<frame::Items, Fault> {
    let rows = tx.items(&asker.user, request.after, limits::FETCH_ITEMS_MAX, limits::FETCH_BYTES_MAX)?;
    let items = rows
        .into_iter()
        .map(|row| frame::Item {
            number: row.number,
            name: row.name.to_vec().into(),
            version: row.version,
            sealed: row.sealed,
        })
        .collect();
    Ok(frame::Items { items })
}
