//! Deletes what rooms' limits make due, in small steps; places and hashes stay (docs/protocol.md §8.4).

use securechat_ids::UnixMillis;
use securechat_proto::frame::EventKind;
use sha2::{Digest, Sha256};

use crate::{StoreError, Tx};

/// Events looked at in one step: what is sent meanwhile waits for one step at most.
const EVENTS_AT_ONCE: usize = 200;
const BYTES_AT_ONCE: usize = 4 * 1024 * 1024;

/// Deletes a step's worth of one room; how many events it went over. Zero: nothing is due. (Writes.)
///
/// # Errors
/// The store's.
pub fn sweep(tx: &mut dyn Tx, now: UnixMillis) -> Result<usize, StoreError> {
    let Some((key, swept, before)) = tx.next_due(now)? else { return Ok(0) };
    let due = tx.events(key, swept.next(), EVENTS_AT_ONCE, BYTES_AT_ONCE)?;
    let (mut last, mut count) = (swept, 0);
    for event in due.into_iter().take_while(|event| event.time < before) {
        match event.kind {
            EventKind::Message => {
                let (mls, body) = (Sha256::digest(&event.mls), Sha256::digest(&event.body));
                tx.replace_event(key, event.seq, (&mls, &body), true)?;
            }
            // The commit itself is for members who were away; its key link is for those who read back.
            EventKind::Commit if !event.body.is_empty() => {
                tx.replace_event(key, event.seq, (&event.mls, &[]), false)?;
            }
            EventKind::Commit | EventKind::Deleted | EventKind::Unknown => {}
        }
        (last, count) = (event.seq, count + 1);
    }
    tx.set_swept(key, last)?;
    Ok(count)
}
