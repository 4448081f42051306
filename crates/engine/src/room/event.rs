//! An event of a room comes in: it is the next one, it is of a known kind, and the cursor moves by one.

use securechat_ids::{DeviceId, MessageId, RoomId, Seq, UnixMillis};
use securechat_proto::frame::{Event, EventKind, Events};

use crate::engine::{Engine, EngineError};
use crate::memory::{Halt, RoomRow, RoomState, room_rows};
use crate::output::News;
use crate::unreadable::Unreadable;
use crate::{Cx, transcript};

/// The parts of an event that every kind has.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub device: DeviceId,
    pub message_id: MessageId,
    pub seq: Seq,
    pub time: UnixMillis,
}

/// Whether the room goes on after an event.
pub(super) enum Taken {
    /// The cursor has moved.
    In,
    /// It names a device that the chain log does not have yet: first the log, then this event again.
    AwaitsLog,
}

impl Engine {
    /// An event that the server sent by itself.
    pub(super) fn pushed(&mut self, event: &Event, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let Ok(room) = RoomId::try_from(event.room.as_ref()) else { return Ok(()) };
        let Some(mut row) = room_rows::read(&self.conn, &room)? else { return Ok(()) };
        if row.state == RoomState::Halted {
            self.heard_while_halted(&mut row, Seq(event.seq), cx);
            return Ok(room_rows::write(&self.conn, &row)?);
        }
        if row.state != RoomState::Joined || event.seq <= row.cursor.0 {
            return Ok(());
        }
        let work = self.work.entry(room).or_default();
        let is_next = Seq(event.seq) == row.cursor.next();
        if is_next && !work.fetching && !work.awaits_log {
            self.take_in(&room, std::slice::from_ref(event), cx)?;
        } else if row.head.0 < event.seq {
            row.head = Seq(event.seq);
            room_rows::write(&self.conn, &row)?;
        }
        self.dirty.insert(room);
        Ok(())
    }

    /// A page of the log.
    pub(super) fn fetched(
        &mut self,
        room: &RoomId,
        page: &Events,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let Some(mut row) = room_rows::read(&self.conn, room)? else { return Ok(()) };
        if row.state != RoomState::Joined {
            return Ok(());
        }
        let before = row.cursor;
        if page.events.is_empty() && page.head_seq <= before.0 {
            // Nothing after the cursor: what we took for the head is not there.
            row.head = row.cursor;
            if self.work.get(room).is_some_and(|work| work.awaits_echo.is_some()) {
                self.miss_change(&mut row)?;
            }
            return Ok(room_rows::write(&self.conn, &row)?);
        }
        row.head = row.head.max(Seq(page.head_seq));
        room_rows::write(&self.conn, &row)?;
        self.take_in(room, &page.events, cx)?;
        self.halt_unless_it_goes_on(room, before)
    }

    /// Asked for what follows the cursor, a server has it, or says that there is no more. Asked again, the one that has
    /// neither would be asked for ever.
    fn halt_unless_it_goes_on(&mut self, room: &RoomId, before: Seq) -> Result<(), EngineError> {
        let Some(mut row) = room_rows::read(&self.conn, room)? else { return Ok(()) };
        let awaits_log = self.work.get(room).is_some_and(|work| work.awaits_log);
        if row.state == RoomState::Joined && row.cursor == before && !awaits_log {
            self.halt(
                &mut row,
                Halt::LeftOut,
                "the server left out messages of this room; nothing more is taken in or sent here",
            )?;
        }
        Ok(())
    }

    /// Takes in events that follow the cursor one by one.
    fn take_in(&mut self, room: &RoomId, events: &[Event], cx: &mut Cx<'_>) -> Result<(), EngineError> {
        for event in events {
            let Some(row) = room_rows::read(&self.conn, room)? else { return Ok(()) };
            if event.seq <= row.cursor.0 {
                continue;
            }
            if row.state != RoomState::Joined || Seq(event.seq) != row.cursor.next() {
                return Ok(());
            }
            match self.take_in_one(row, event, cx)? {
                Taken::In => {}
                Taken::AwaitsLog => {
                    self.work.entry(*room).or_default().awaits_log = true;
                    return Ok(());
                }
            }
        }
        self.later_receipts(room, cx)?;
        self.look_at_deletions(room)?;
        self.tell(News::Timeline { room: *room });
        Ok(())
    }

    fn take_in_one(
        &mut self,
        mut row: RoomRow,
        event: &Event,
        cx: &mut Cx<'_>,
    ) -> Result<Taken, EngineError> {
        let (Ok(device), Ok(message_id)) =
            (DeviceId::try_from(event.device.as_ref()), MessageId::try_from(event.message_id.as_ref()))
        else {
            self.halt(&mut row, Halt::LeftOut, "the server sent an event without an origin")?;
            return Ok(Taken::In);
        };
        let place = Place { device, message_id, seq: Seq(event.seq), time: UnixMillis(event.time_ms) };
        if !self.group_loads(&mut row)? {
            return Ok(Taken::In);
        }
        let before = room_rows::transcript(&self.conn, &row.room, row.cursor)?.unwrap_or_default();
        match event.kind() {
            EventKind::Commit => {
                if let Taken::AwaitsLog = self.take_in_commit(&mut row, event, place, cx)? {
                    return Ok(Taken::AwaitsLog);
                }
                if row.state != RoomState::Joined {
                    return Ok(Taken::In);
                }
            }
            EventKind::Message => {
                room_rows::add_transcript(
                    &self.conn,
                    &row.room,
                    place.seq,
                    &transcript::fold(&before, event),
                )?;
                self.take_in_message(&mut row, event, place, cx)?;
            }
            EventKind::Deleted => {
                let (room, seq) = (&row.room, place.seq);
                let folded = transcript::fold_deleted(&before, event).filter(|_| event.epoch == row.epoch.0);
                let Some(folded) = folded else {
                    self.halt(
                        &mut row,
                        Halt::LeftOut,
                        "the server sent a deleted message that cannot be one",
                    )?;
                    return Ok(Taken::In);
                };
                room_rows::add_transcript(&self.conn, room, seq, &folded)?;
                self.take_in_deleted(&mut row, event, place, cx.now)?;
            }
            EventKind::Unknown => {
                room_rows::add_transcript(
                    &self.conn,
                    &row.room,
                    place.seq,
                    &transcript::fold(&before, event),
                )?;
                self.keep_unreadable(&row, place, Unreadable::NeedsNewerVersion)?;
            }
        }
        row.cursor = place.seq;
        row.head = row.head.max(row.cursor);
        self.miss_up_to(&mut row, place.seq)?;
        room_rows::write(&self.conn, &row)?;
        if place.device != self.me.device_id {
            self.heard(&row.room)?;
        }
        self.compare_receipts(&mut row, cx)?;
        Ok(Taken::In)
    }
}
