//! A room's limit: what is older is deleted on this device, and what the server deleted is taken in
//! (docs/protocol.md §8.4).

use securechat_ids::{MessageId, RoomId, Seq, UnixMillis};
use securechat_mls_member::Group;
use securechat_proto::frame::Event;
use sha2::{Digest, Sha256};

use super::event::Place;
use super::policy::days_text;
use crate::Cx;
use crate::engine::{Engine, EngineError};
use crate::memory::{
    Ended, LimitRow, NewMessage, RoomRow, history_rows, limit_rows, message_rows, outbox_rows, room_rows,
};
use crate::output::News;

/// Between two looks for what is due, milliseconds.
const LOOK_EVERY_MS: u64 = 60 * 60 * 1_000;
/// Messages deleted in one step, and the time until the next step, milliseconds: faces and frames go in between.
const MESSAGES_AT_ONCE: usize = 500;
const NEXT_STEP_MS: u64 = 20;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// What clocks may differ by before a server that deletes is said to delete too early, milliseconds.
const PATIENCE_MS: u64 = DAY_MS;

const TOO_EARLY: &str = "the server has deleted messages of this room that its limit does not let it delete; \
                         somebody who was there may still have them";

impl Engine {
    /// Keeps the limit of a group's policy.
    pub(super) fn keep_limit(&mut self, group: &Group, now: UnixMillis) -> Result<(), EngineError> {
        let (room, policy) = (group.room(), group.policy());
        let was = limit_rows::read(&self.conn, &room)?;
        let is = LimitRow { keep_days: policy.keep_days, server_days: policy.server_keep_days(), ..was };
        let unexplained = is.unexplained.filter(|time| !is_explained(&is, *time, now));
        limit_rows::write(&self.conn, &room, &LimitRow { unexplained, ..is })?;
        if is.keep_days != was.keep_days {
            self.delete_at = self.delete_at.min(now.plus(NEXT_STEP_MS));
        }
        Ok(())
    }

    /// Takes in a message that the server has deleted. It was folded into the transcript by its hashes.
    pub(super) fn take_in_deleted(
        &mut self,
        row: &mut RoomRow,
        event: &Event,
        place: Place,
        now: UnixMillis,
    ) -> Result<(), EngineError> {
        let mut limit = limit_rows::read(&self.conn, &row.room)?;
        if !is_explained(&limit, place.time, now) {
            limit.unexplained = limit.unexplained.max(Some(place.time));
            limit_rows::write(&self.conn, &row.room, &limit)?;
        }
        if place.device == self.me.device_id
            && let Some(waiting) = outbox_rows::find(&self.conn, &row.room, &place.message_id)?
        {
            let sent = waiting.sealed.is_some_and(|(_, mls, body)| {
                event.mls == Sha256::digest(mls)[..] && event.body == Sha256::digest(body)[..]
            });
            return self.own_is_there(row, place, sent);
        }
        if let Some((device, id)) = message_rows::deleted_line_before(&self.conn, &row.room, place.seq)? {
            message_rows::place(&self.conn, &row.room, &device, &id, place.seq, place.time)?;
            return Ok(());
        }
        let text = match limit.server_days {
            0 => "messages were deleted here".to_owned(),
            days => format!("messages were deleted here by the room's limit of {}", days_text(days)),
        };
        message_rows::insert(
            &self.conn,
            &NewMessage {
                room: &row.room,
                message_id: &deleted_line(&row.room, place.seq),
                device: &self.me.device_id,
                user: &self.me.user_id,
                seq: Some(place.seq),
                time: place.time,
                kind: "deleted",
                text: &text,
                content: &[],
            },
        )?;
        Ok(())
    }

    /// Everything has been taken in: what no policy explains by now was deleted without leave.
    pub(super) fn look_at_deletions(&mut self, room: &RoomId) -> Result<(), EngineError> {
        let mut limit = limit_rows::read(&self.conn, room)?;
        if limit.unexplained.is_none() {
            return Ok(());
        }
        let Some(mut row) = room_rows::read(&self.conn, room)? else { return Ok(()) };
        if row.cursor >= row.head {
            limit.unexplained = None;
            limit_rows::write(&self.conn, room, &limit)?;
            self.alarm_in(&mut row, TOO_EARLY);
            room_rows::write(&self.conn, &row)?;
        }
        Ok(())
    }

    /// Deletes a step's worth of what is due in all rooms.
    pub(super) fn delete_due(&mut self, cx: &Cx<'_>) -> Result<(), EngineError> {
        let now = self.trusted_now(cx.now);
        self.delete_at = cx.now.plus(LOOK_EVERY_MS);
        for (room, days) in limit_rows::limited(&self.conn)? {
            let before = due_before(days, now);
            self.delete_due_keys(&room, cx.now)?;
            let (count, newest) = message_rows::delete_before(&self.conn, &room, before, MESSAGES_AT_ONCE)?;
            if count == 0 {
                continue;
            }
            self.begins_after(&room, newest)?;
            self.has_deleted = true;
            self.tell(News::Timeline { room });
            self.tell(News::Rooms);
            if count == MESSAGES_AT_ONCE {
                self.delete_at = cx.now.plus(NEXT_STEP_MS);
                break;
            }
        }
        Ok(())
    }

    /// Deletes a room's archive keys of epochs that ended too long ago.
    pub(super) fn delete_due_keys(&mut self, room: &RoomId, now: UnixMillis) -> Result<(), EngineError> {
        let mut limit = limit_rows::read(&self.conn, room)?;
        let before = due_before(limit.keep_days, self.trusted_now(now));
        let Some(to) = limit_rows::newest_ended(&self.conn, room, before)? else { return Ok(()) };
        limit.keys_gone = limit.keys_gone.max(Some(to));
        limit_rows::write(&self.conn, room, &limit)?;
        if limit_rows::delete_keys(&self.conn, room, to)? > 0 {
            self.hand_on_keys(room)?;
        }
        self.has_deleted = true;
        Ok(())
    }

    /// The timeline of a room begins after `newest` now, for a reason that has a name.
    fn begins_after(&self, room: &RoomId, newest: Seq) -> Result<(), EngineError> {
        let Some(mut history) = history_rows::read(&self.conn, room)? else { return Ok(()) };
        history.gap = history.gap.filter(|(to, _)| *to > newest);
        if history.gap.is_none() && history.reached <= newest.next() {
            (history.reached, history.wanted, history.ended) = (newest.next(), 0, Some(Ended::Deleted));
        }
        Ok(history_rows::write(&self.conn, room, &history)?)
    }

    /// A clock that is ahead would delete what is not due: the server's counts, if that is behind.
    fn trusted_now(&self, now: UnixMillis) -> UnixMillis {
        UnixMillis(now.0.saturating_sub(self.ahead_of_server_ms))
    }

    /// Whether the server may have deleted what it took at `time`, by a room's limit as it stands.
    pub(super) fn may_be_deleted(
        &self,
        room: &RoomId,
        time: UnixMillis,
        now: UnixMillis,
    ) -> Result<bool, EngineError> {
        Ok(is_explained(&limit_rows::read(&self.conn, room)?, time, now))
    }

    /// Lets nothing that was deleted stand in the write-ahead log any longer.
    pub(super) fn empty_log(&mut self) -> Result<(), EngineError> {
        if std::mem::take(&mut self.has_deleted) {
            // Where there is no such log, this does nothing.
            self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        Ok(())
    }
}

/// What came before this moment is due; nothing is where messages are kept for ever.
fn due_before(days: u32, now: UnixMillis) -> UnixMillis {
    match days {
        0 => UnixMillis(0),
        days => UnixMillis(now.0.saturating_sub(u64::from(days) * DAY_MS)),
    }
}

fn is_explained(limit: &LimitRow, time: UnixMillis, now: UnixMillis) -> bool {
    limit.server_days > 0 && time < due_before(limit.server_days, now.plus(PATIENCE_MS))
}

/// Names the line that stands for deleted messages from a place on.
fn deleted_line(room: &RoomId, from: Seq) -> MessageId {
    let hash = Sha256::new()
        .chain_update(b"deleted")
        .chain_update(room.as_bytes())
        .chain_update(from.0.to_be_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    MessageId::from_bytes(id)
}
