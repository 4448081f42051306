//! What this device sent comes back in the log: compared with what was sent, and missed where it does not come.
//!
//! An acknowledgement is the server's word; the log is what everybody sees. A message stays in the outbox until the log
//! shows it, so what the server acknowledged and left out is still here to be sent again.

use securechat_ids::{MessageId, RoomId, Seq, UnixMillis};
use securechat_mls_member::{Group, Provider};
use securechat_proto::frame::{Event, Published};

use super::event::Place;
use crate::engine::{Engine, EngineError};
use crate::memory::{RoomRow, Wish, intent_rows, message_rows, outbox_rows, room_rows};
use crate::output::News;
use crate::unreadable::Unreadable;

const LEFT_OUT: &str = "the server said that it had this message and left it out of the room; send it again";
const LEFT_OUT_ALARM: &str = "the server said that it had a message of this device and left it out of the room; the \
                              message is still here, to be sent again";
const CHANGED: &str = "the server changed this message on its way into the room; send it again";
const CHANGED_ALARM: &str = "the server changed a message of this device on its way into the room; the message is still \
                             here, to be sent again";
const MOVED: &str = "the server put a message of this device into another place than it said";
pub(super) const TWICE: &str =
    "the server showed an entry of this room twice, or two under one id; it was taken in once";
const CHANGE_LEFT_OUT: &str = "the server said that it had made a change of this room and left it out";

impl Engine {
    /// The server says that it has a message of ours.
    pub(super) fn published(
        &mut self,
        room: &RoomId,
        message_id: &MessageId,
        published: Published,
    ) -> Result<(), EngineError> {
        // Without a row its echo was faster, and that is what counts.
        let Some(waiting) = outbox_rows::find(&self.conn, room, message_id)? else { return Ok(()) };
        let Some(mut row) = room_rows::read(&self.conn, room)? else { return Ok(()) };
        let seq = Seq(published.seq);
        if seq > row.joined_at && seq <= row.cursor {
            self.left_out(&row, waiting.number, message_id, LEFT_OUT)?;
            self.alarm_in(&mut row, LEFT_OUT_ALARM);
            return Ok(room_rows::write(&self.conn, &row)?);
        }
        self.place_own(room, message_id, seq, UnixMillis(published.time_ms))?;
        if seq <= row.joined_at {
            outbox_rows::delete(&self.conn, room, message_id)?;
        }
        Ok(())
    }

    /// Our own message came back: it has its place. We cannot decrypt it, but we know what we sent.
    pub(super) fn take_in_echo(
        &mut self,
        row: &mut RoomRow,
        place: Place,
        event: &Event,
    ) -> Result<(), EngineError> {
        let id = &place.message_id;
        if message_rows::by_id(&self.conn, &row.room, &self.me.device_id, id)?.is_none() {
            return match self.read_from_archive(row, place, &event.body, Unreadable::OwnLost)? {
                Some(envelope) => self.keep(row, place, &envelope),
                None => self.keep_unreadable(row, place, Unreadable::OwnLost),
            };
        }
        let Some(waiting) = outbox_rows::find(&self.conn, &row.room, id)? else {
            self.alarm_in(row, TWICE);
            return Ok(());
        };
        let as_sent = waiting.sealed.is_none_or(|(_, mls, body)| mls == event.mls && body == event.body);
        self.own_is_there(row, place, as_sent)
    }

    /// The log shows a message that is in the outbox, with its bytes or the hashes of them: as sent, or changed.
    pub(super) fn own_is_there(
        &mut self,
        row: &mut RoomRow,
        place: Place,
        as_sent: bool,
    ) -> Result<(), EngineError> {
        let id = &place.message_id;
        let Some(waiting) = outbox_rows::find(&self.conn, &row.room, id)? else { return Ok(()) };
        if !as_sent {
            self.left_out(row, waiting.number, id, CHANGED)?;
            self.alarm_in(row, CHANGED_ALARM);
            return Ok(());
        }
        let known = message_rows::by_id(&self.conn, &row.room, &self.me.device_id, id)?;
        if known.and_then(|known| known.seq).is_some_and(|said| said != place.seq) {
            self.alarm_in(row, MOVED);
        }
        self.place_own(&row.room, id, place.seq, place.time)?;
        outbox_rows::delete(&self.conn, &row.room, id)?;
        Ok(())
    }

    /// Gives a message of this device its place.
    fn place_own(
        &mut self,
        room: &RoomId,
        message_id: &MessageId,
        seq: Seq,
        time: UnixMillis,
    ) -> Result<(), EngineError> {
        let before = message_rows::by_id(&self.conn, room, &self.me.device_id, message_id)?;
        message_rows::place(&self.conn, room, &self.me.device_id, message_id, seq, time)?;
        if before.is_some_and(|message| message.seq.is_none()) {
            self.tell(News::Sent { room: *room, message_id: *message_id, seq, time });
            self.tell(News::Timeline { room: *room });
        }
        Ok(())
    }

    /// Misses what the server acknowledged at a place where the log shows something else, up to and with `shown`.
    pub(super) fn miss_up_to(&mut self, row: &mut RoomRow, shown: Seq) -> Result<(), EngineError> {
        self.miss(row, |seq| seq <= shown)?;
        if self.work.get(&row.room).and_then(|work| work.awaits_echo).is_some_and(|seq| seq <= shown) {
            self.miss_change(row)?;
        }
        Ok(())
    }

    /// Misses what the server acknowledged at a place beyond the end that it names now.
    pub(super) fn miss_beyond(&mut self, row: &mut RoomRow, head: Seq) -> Result<(), EngineError> {
        self.miss(row, |seq| seq > head)
    }

    fn miss(&mut self, row: &mut RoomRow, is_missing: impl Fn(Seq) -> bool) -> Result<(), EngineError> {
        let acknowledged = outbox_rows::acknowledged(&self.conn, &row.room)?;
        for (number, message_id, _) in acknowledged.into_iter().filter(|(_, _, seq)| is_missing(*seq)) {
            self.left_out(row, number, &message_id, LEFT_OUT)?;
            self.alarm_in(row, LEFT_OUT_ALARM);
        }
        Ok(())
    }

    fn left_out(
        &mut self,
        row: &RoomRow,
        number: i64,
        message_id: &MessageId,
        why: &str,
    ) -> Result<(), EngineError> {
        message_rows::unplace(&self.conn, &row.room, &self.me.device_id, message_id)?;
        outbox_rows::set_failed(&self.conn, number, why)?;
        self.tell(News::Failed { room: row.room, message_id: *message_id, why: why.to_owned() });
        self.tell(News::Timeline { room: row.room });
        Ok(())
    }

    /// Our commit was acknowledged and is not where it was said to be: the wish fails, for made anew it might fail so again
    /// and again.
    pub(super) fn miss_change(&mut self, row: &mut RoomRow) -> Result<(), EngineError> {
        self.work.entry(row.room).or_default().awaits_echo = None;
        self.alarm_in(row, CHANGE_LEFT_OUT);
        let Some(intent) = intent_rows::next(&self.conn, &row.room)? else { return Ok(()) };
        if intent.wish != Wish::Join {
            let mut group: Group = self.take_group(&row.room)?;
            if group.has_staged() {
                group.discard_own(&Provider::new(&self.conn))?;
            }
            self.keep_group(group);
        }
        self.wish_failed(&row.room, intent.number, CHANGE_LEFT_OUT)
    }

    /// Forgets what was acknowledged before this device came (back) into a room: its echo is not looked at.
    pub(super) fn forget_acknowledged(&self, room: &RoomId, joined_at: Seq) -> Result<(), EngineError> {
        for (_, message_id, seq) in outbox_rows::acknowledged(&self.conn, room)? {
            if seq <= joined_at {
                outbox_rows::delete(&self.conn, room, &message_id)?;
            }
        }
        Ok(())
    }

    /// Says that something happened in a room that must not, and keeps it beside the room. Whoever calls this writes the row.
    pub(super) fn alarm_in(&mut self, row: &mut RoomRow, what: &str) {
        row.trouble = Some(what.to_owned());
        self.tell(News::Alarm { room: Some(row.room), what: what.to_owned() });
    }
}
