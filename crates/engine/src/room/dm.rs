//! Direct messages: made by whoever writes first, waited for by the other, and taken up again where nobody is left to let
//! either in (docs/protocol.md §9).

use securechat_ids::{RoomId, UserId};
use securechat_mls::{History, Join, Kind, Policy, dm_room};
use securechat_mls_member::{Group, Provider};

use super::command::CommandError;
use crate::Cx;
use crate::engine::{Engine, EngineError};
use crate::memory::{RoomRow, RoomState, Wish, intent_rows, outbox_rows, room_rows};

impl Engine {
    /// The room of direct messages with a person, made if there is none yet.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn open_dm(&mut self, user: &UserId, cx: &mut Cx<'_>) -> Result<RoomId, CommandError> {
        if *user == self.me.user_id {
            return Err(CommandError::Yourself);
        }
        let room = dm_room(&self.me.server_id, &self.me.user_id, user);
        let known = room_rows::read(&self.conn, &room)?;
        if let Some(row) = known.filter(|row| row.state != RoomState::Gone && row.state != RoomState::Listed)
        {
            self.command(cx, |engine, cx| Ok(Ok(engine.bring_together(&row, cx)?)))?;
            self.turn_to(&room, cx)?;
            return Ok(room);
        }
        self.command(cx, |engine, cx| {
            let policy = Policy::new(Kind::Dm, History::Shared, Join::Invite, engine.me.user_id);
            let mut row = RoomRow::new(room, RoomState::Joining, Kind::Dm, History::Shared);
            row.peer = Some(*user);
            Group::delete(&Provider::new(&engine.conn), room)?;
            engine.found(&row, &policy, false, cx)?;
            engine.wish_to_add(&room, &[*user], cx)?;
            Ok(Ok(room))
        })
    }

    /// The place is taken: the other person was faster, and their Welcome comes. Where both have begun anew since, nobody can
    /// send one; the server knows, and lets the first of them in who asks.
    pub(super) fn dm_is_taken(&mut self, row: &mut RoomRow, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        self.wait_to_be_let_in(row)?;
        self.fetch_inbox();
        self.wish_to_take_up(row, cx)
    }

    /// The server does not let this device in, or not any more: somebody is there who will.
    pub(super) fn wait_to_be_let_in(&mut self, row: &mut RoomRow) -> Result<(), EngineError> {
        while let Some(intent) = intent_rows::next(&self.conn, &row.room)? {
            intent_rows::delete(&self.conn, intent.number)?;
        }
        row.state = RoomState::Joining;
        room_rows::write(&self.conn, row)?;
        Ok(())
    }

    /// A person writes: whoever of the two is not there is to be. Who has begun anew is added again by whoever writes to them.
    pub(super) fn bring_together(&mut self, row: &RoomRow, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let Some(peer) = row.peer.filter(|_| row.kind == Kind::Dm) else { return Ok(()) };
        if row.state == RoomState::Joined && !self.people_there(&row.room)?.contains(&peer) {
            self.wish_to_add(&row.room, &[peer], cx)?;
        }
        if self.waits_to_be_let_in(row)? {
            self.wish_to_take_up(row, cx)?;
        }
        Ok(())
    }

    /// After a new connection: where something waits to be said, nobody may be left by now who could let this device in.
    pub(super) fn resume_taking_up(&mut self, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        for room in outbox_rows::rooms(&self.conn)? {
            let row = room_rows::read(&self.conn, &room)?;
            if let Some(row) = row.filter(|row| row.kind == Kind::Dm)
                && self.waits_to_be_let_in(&row)?
            {
                self.wish_to_take_up(&row, cx)?;
            }
        }
        Ok(())
    }

    /// Whether this device was never in these direct messages and does nothing by itself to come in.
    fn waits_to_be_let_in(&self, row: &RoomRow) -> Result<bool, EngineError> {
        let waits = row.state == RoomState::Joining && !self.coming.contains(&row.room);
        Ok(waits && intent_rows::count_in(&self.conn, &row.room)? == 0)
    }

    /// Comes in by a commit of its own, if the server says that nobody is left, and adds the other.
    fn wish_to_take_up(&mut self, row: &RoomRow, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let Some(peer) = row.peer else { return Ok(()) };
        intent_rows::insert(&self.conn, &row.room, &Wish::Join, &cx.message_id())?;
        self.wish_to_add(&row.room, &[peer], cx)
    }
}
