//! Events. A row's key is its room's number and its seq in one integer, see `migrations/0007_events.sql`.

use rusqlite::{Row, params};
use securechat_delivery::StoreError;
use securechat_delivery::rows::{EventRow, Place, RoomKey, RoomTraffic};
use securechat_ids::{DeviceId, Epoch, MessageId, Seq, UnixMillis, UserId};
use securechat_proto::frame::EventKind;

use crate::tx::{SqliteTx, int, uint};

/// Most events of one room.
const SEQ_MAX: i64 = 0xffff_ffff;

fn place_key(key: RoomKey, seq: Seq) -> i64 {
    key.0 << 32 | int(seq.0).min(SEQ_MAX)
}

fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    let place: i64 = row.get(column)?;
    Ok(Seq((place & SEQ_MAX).unsigned_abs()))
}

const COLUMNS: &str = "place, iif(deleted, 3, kind), epoch, device_id, message_id, time_ms, mls, body";

fn kind(row: &Row<'_>, column: usize) -> rusqlite::Result<EventKind> {
    let number: i32 = row.get(column)?;
    EventKind::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number.into()))
}

pub(super) fn append(tx: &mut SqliteTx<'_>, key: RoomKey, event: &EventRow) -> Result<(), StoreError> {
    if int(event.seq.0) > SEQ_MAX {
        return Err(StoreError::Broken("a room has as many events as there can be".into()));
    }
    // Moving the head and the seq after it must fit, or the log has a gap.
    let moved = tx.changed(
        "UPDATE rooms SET head = ?2 WHERE number = ?1 AND head = ?2 - 1",
        (key.0, int(event.seq.0)),
    )?;
    if !moved {
        return Err(StoreError::Broken(format!("event {} does not follow its room's head", event.seq)));
    }
    tx.execute(
        "INSERT INTO events (place, kind, epoch, device_id, message_id, time_ms, mls, body)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            place_key(key, event.seq),
            i32::from(event.kind),
            int(event.epoch.0),
            event.device.as_bytes(),
            event.message_id.as_bytes(),
            int(event.time.0),
            &event.mls[..],
            &event.body[..],
        ],
    )?;
    Ok(())
}

/// Puts other bytes in place of an event's.
pub(super) fn replace(
    tx: &mut SqliteTx<'_>,
    key: RoomKey,
    seq: Seq,
    bytes: (&[u8], &[u8]),
    deleted: bool,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE events SET mls = ?, body = ?, deleted = ? WHERE place = ?",
        params![bytes.0, bytes.1, deleted, place_key(key, seq)],
    )?;
    Ok(())
}

/// The first room whose oldest event that was not swept is due, how far it was swept, and what is due there.
pub(super) fn next_due(
    tx: &mut SqliteTx<'_>,
    now: UnixMillis,
) -> Result<Option<(RoomKey, Seq, UnixMillis)>, StoreError> {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    tx.one(
        "SELECT r.number, r.swept, ?1 - r.keep_days * ?2 FROM rooms r
         JOIN events e ON e.place = (r.number << 32 | (r.swept + 1))
         WHERE r.keep_days > 0 AND e.time_ms < ?1 - r.keep_days * ?2 ORDER BY r.number LIMIT 1",
        (int(now.0), DAY_MS),
        |row| Ok((RoomKey(row.get(0)?), Seq(uint(row, 1)?), UnixMillis(uint(row, 2)?))),
    )
}

pub(super) fn place(
    tx: &mut SqliteTx<'_>,
    key: RoomKey,
    device: &DeviceId,
    message: &MessageId,
) -> Result<Option<Place>, StoreError> {
    tx.one(
        "SELECT place, kind, epoch, time_ms FROM events
         WHERE message_id = ? AND device_id = ? AND place >> 32 = ?",
        params![message.as_bytes(), device.as_bytes(), key.0],
        |row| {
            Ok(Place {
                seq: seq(row, 0)?,
                kind: kind(row, 1)?,
                epoch: Epoch(uint(row, 2)?),
                time: UnixMillis(uint(row, 3)?),
            })
        },
    )
}

pub(super) fn page(
    tx: &mut SqliteTx<'_>,
    key: RoomKey,
    from: Seq,
    events_max: usize,
    bytes_max: usize,
) -> Result<Vec<EventRow>, StoreError> {
    tx.some(
        &format!("SELECT {COLUMNS} FROM events WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?"),
        (place_key(key, from), place_key(key, Seq(u64::MAX)), int(events_max as u64)),
        event,
        fits(bytes_max),
    )
}

pub(super) fn page_before(
    tx: &mut SqliteTx<'_>,
    key: RoomKey,
    before: Seq,
    events_max: usize,
    bytes_max: usize,
) -> Result<Vec<EventRow>, StoreError> {
    let mut newest_first = tx.some(
        &format!("SELECT {COLUMNS} FROM events WHERE place >= ? AND place < ? ORDER BY place DESC LIMIT ?"),
        (place_key(key, Seq(0)), place_key(key, before), int(events_max as u64)),
        event,
        fits(bytes_max),
    )?;
    newest_first.reverse();
    Ok(newest_first)
}

fn event(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        seq: seq(row, 0)?,
        kind: kind(row, 1)?,
        epoch: Epoch(uint(row, 2)?),
        device: DeviceId::from_bytes(row.get(3)?),
        message_id: MessageId::from_bytes(row.get(4)?),
        time: UnixMillis(uint(row, 5)?),
        mls: row.get::<_, Vec<u8>>(6)?.into(),
        body: row.get::<_, Vec<u8>>(7)?.into(),
    })
}

/// Whether one more event fits a page; the first one always does.
fn fits(bytes_max: usize) -> impl FnMut(&EventRow) -> bool {
    let (mut bytes, mut events) = (0, 0);
    move |event| {
        bytes += event.mls.len() + event.body.len();
        events += 1;
        events == 1 || bytes <= bytes_max
    }
}

pub(super) fn traffic(tx: &mut SqliteTx<'_>, key: RoomKey, user: &UserId) -> Result<RoomTraffic, StoreError> {
    let found = tx.one(
        "SELECT count(*), coalesce(sum(length(mls) + length(body)), 0) FROM events
         WHERE place BETWEEN ? AND ? AND device_id IN (SELECT device_id FROM devices WHERE user_id = ?)",
        params![place_key(key, Seq(0)), place_key(key, Seq(u64::MAX)), user.as_bytes()],
        |row| Ok(RoomTraffic { events: uint(row, 0)?, bytes: uint(row, 1)? }),
    )?;
    Ok(found.unwrap_or_default())
}
