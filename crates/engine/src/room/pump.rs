//! Looks what can go on: each room does one thing at a time, in the order fetch, change, tell, send.

use bytes::Bytes;
use securechat_ids::RoomId;
use securechat_proto::frame::{Fetch, FetchLog, Request};
use securechat_proto::limits;

use crate::Cx;
use crate::engine::{Engine, EngineError};
use crate::memory::{RoomRow, RoomState, intent_rows, outbox_rows, room_rows};
use crate::output::News;
use crate::work::{Asked, Link};

pub(super) fn bytes(id: &[u8; 16]) -> Bytes {
    Bytes::copy_from_slice(id)
}

impl Engine {
    /// Runs at the end of every step, inside its transaction.
    pub(crate) fn pump(&mut self, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        if self.link != Link::Online {
            return Ok(());
        }
        let known = self.registry.size();
        let wanted = self.log.size.max(self.log.claimed);
        if !self.log.asking && self.hold.is_none() && !self.log.broken && wanted > known {
            self.log.asking = true;
            let claimed = self.log.claimed;
            self.ask(Request::FetchLog(FetchLog { from: known }), Asked::Log { claimed });
        }
        self.next_welcome();
        self.pump_items(cx)?;
        self.pump_receipts();
        if !self.awaits_log() {
            self.pump_coming(cx)?;
        }
        while let Some(room) = self.dirty.pop_first() {
            self.pump_room(&room, cx)?;
        }
        self.look_whether_caught_up()
    }

    fn pump_room(&mut self, room: &RoomId, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let Some(row) = room_rows::read(&self.conn, room)? else { return Ok(()) };
        let work = self.work.entry(*room).or_default();
        if row.state != RoomState::Joined {
            (work.receipt_at, work.receipt_wanted) = (None, false);
        }
        if work.asking || work.fetching || work.awaits_log || work.not_before.is_some_and(|at| at > cx.now) {
            return Ok(());
        }
        match row.state {
            RoomState::Joined => self.pump_joined(&row, cx),
            RoomState::Joining if self.coming.contains(room) => Ok(()),
            RoomState::Joining if !self.awaits_log() => self.pump_change(&row, cx).map(drop),
            RoomState::Halted => self.pump_halted(&row, cx),
            RoomState::Listed | RoomState::Gone => self.ask_what_became(&row),
            RoomState::Joining => Ok(()),
        }
    }

    fn pump_joined(&mut self, row: &RoomRow, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        if row.head > row.cursor {
            let work = self.work.entry(row.room).or_default();
            work.fetching = true;
            let fetch = Fetch {
                room: bytes(row.room.as_bytes()),
                from_seq: row.cursor.next().0,
                limit: u32::try_from(limits::FETCH_EVENTS_MAX).unwrap_or(u32::MAX),
                before_seq: 0,
            };
            self.ask(Request::Fetch(fetch), Asked::Fetch { room: row.room });
            return Ok(());
        }
        // People are judged by the whole log, so what changes a room waits for it.
        if self.hold.is_some() || self.awaits_log() {
            return Ok(());
        }
        self.pump_receipt(row, cx)?;
        self.pump_history(row)?;
        if self.work.entry(row.room).or_default().awaits_echo.is_some() {
            return Ok(());
        }
        let may_speak = self.nobody_ended_listens(row, cx)?;
        self.due_removal(row, cx)?;
        // A change is made in a group; what waits for one that does not load waits until this device has come back.
        if intent_rows::next(&self.conn, &row.room)?.is_some() && !self.group_loads(&mut row.clone())? {
            return Ok(());
        }
        if self.pump_change(row, cx)? {
            return Ok(());
        }
        if !may_speak {
            // Told when somebody may be told something again; until then no timer waits for it.
            self.work.entry(row.room).or_default().tell_at = None;
            return Ok(());
        }
        self.due_telling(row, cx)?;
        self.pump_outbox(row, cx)
    }

    /// Whether the log is longer than what is here of it.
    pub(super) fn awaits_log(&self) -> bool {
        self.log.size > self.registry.size() && !self.log.broken
    }

    /// Tells once, when nothing is on its way and nothing is known to be missing.
    fn look_whether_caught_up(&mut self) -> Result<(), EngineError> {
        // What is said for the others, and what was said long ago: nobody waits for either.
        let aside = |asked: &Asked| {
            matches!(asked, Asked::Back { .. } | Asked::PutReceipt { .. } | Asked::Receipts { .. })
        };
        let asking = self.asked.values().any(|asked| !aside(asked));
        if asking || self.awaits_log() || !self.inbox.is_empty() {
            self.caught_up = false;
            return Ok(());
        }
        let quiet = self.work.values().all(|work| work.awaits_echo.is_none() && work.not_before.is_none());
        if !self.caught_up && quiet && self.hold.is_none() {
            self.caught_up = true;
            self.tell(News::CaughtUp);
        }
        Ok(())
    }

    /// Whether nothing waits that could go out by itself: messages and changes.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn nothing_waits(&self) -> Result<bool, EngineError> {
        Ok(outbox_rows::count(&self.conn)? == 0 && intent_rows::count(&self.conn)? == 0)
    }

    /// Whether the connection stands and everything the server had is here.
    pub fn is_caught_up(&self) -> bool {
        self.link == Link::Online && self.caught_up
    }
}
