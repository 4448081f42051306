//! Takes a person out of a room.

use securechat_ids::UnixMillis;
use securechat_proto::frame;

use super::access::{not_member, room};
use crate::rows::RoomStay;
use crate::{Asker, Fault, Outcome, Tx, Wake};

/// Takes the asker out of a room: their leaves are to be removed by those who stay. (Writes.)
///
/// # Errors
/// `NotMember`.
pub fn leave(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &frame::Leave,
    now: UnixMillis,
) -> Result<Outcome<()>, Fault> {
    let row = room(tx, &request.room)?;
    match tx.stay(row.key, &asker.user)? {
        Some((RoomStay::Member, _)) => {}
        Some((RoomStay::Left, _)) => return Ok(Outcome::quiet(())),
        None => return Err(not_member()),
    }
    tx.set_stay(row.key, &asker.user, RoomStay::Left, now)?;
    let leaves = tx.refresh_due(row.key)?;
    let gone = tx.leaves(row.key)?.into_iter().filter(|leaf| leaf.user == asker.user);
    let gone = gone.map(|leaf| leaf.device).collect();
    let wakes = vec![
        Wake::RoomGone { room: row.room, to: gone },
        Wake::MustRemove { room: row.room, leaves, to: tx.audience(row.key)? },
    ];
    Ok(Outcome { answer: (), wakes })
}
