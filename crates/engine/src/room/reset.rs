//! A room beyond repair goes on in a new one, with the same name, topic, policy and people (docs/protocol.md §9.2).

use std::collections::BTreeSet;

use securechat_ids::{Epoch, RoomId, Seq, UserId};
use securechat_mls::{Join, Kind, Policy};

use super::command::{CommandError, fresh_room};
use crate::Cx;
use crate::archive::ArchiveKey;
use crate::content::Content;
use crate::engine::{Engine, EngineError};
use crate::memory::{HistoryRow, RoomRow, RoomState, history_rows, repair_rows, room_rows};
use crate::output::News;

/// Messages of the earlier room that are read at once.
const READ_AT_FIRST: u64 = 200;
/// The line of a room that goes on from an earlier one.
pub(super) const GOES_ON_FROM: &str =
    "this room goes on from an earlier one of the same name, which was beyond repair";

/// The line of a room that has ended.
pub(super) fn goes_on_in(name: &str) -> String {
    format!("this room goes on in a new #{name}; nothing more is sent here")
}

impl Engine {
    /// Makes the successor of a room whose admin this person is, adds its people, and tells the old room where it goes on, if
    /// that can still be told.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn reset_room(&mut self, room: &RoomId, cx: &mut Cx<'_>) -> Result<RoomId, CommandError> {
        let row =
            room_rows::read(&self.conn, room)?.ok_or_else(|| CommandError::NoSuchRoom(room.to_string()))?;
        let label = self.label_of(&row)?;
        if row.kind == Kind::Dm {
            return Err(CommandError::DirectMessages);
        }
        if self.me.team_room == Some(*room) {
            return Err(CommandError::TeamRoom);
        }
        if let Some(next) = self.goes_on(room)? {
            return Err(CommandError::GoesOn(next));
        }
        let there = room_rows::users(&self.conn, room)?;
        if !there.contains(&self.me.user_id) {
            return Err(CommandError::NotIn(label));
        }
        // Where the group does not load, this device cannot know; the others judge by what they know.
        let policy = self.policy(room)?;
        if policy.as_ref().is_some_and(|policy| !policy.admins.contains(&self.me.user_id)) {
            return Err(CommandError::NotRoomAdmin(label));
        }
        self.command(cx, |engine, cx| Ok(Ok(engine.make_successor(&row, &there, policy.as_ref(), cx)?)))
    }

    fn make_successor(
        &mut self,
        old: &RoomRow,
        there: &[UserId],
        policy: Option<&Policy>,
        cx: &mut Cx<'_>,
    ) -> Result<RoomId, EngineError> {
        let room = fresh_room(cx);
        let join = match (policy, old.kind) {
            (Some(policy), _) => policy.join,
            (None, Kind::Channel) => Join::Open,
            (None, Kind::Private | Kind::Dm) => Join::Invite,
        };
        let mut next = Policy::new(old.kind, old.history, join, self.me.user_id);
        let still: BTreeSet<UserId> = there.iter().copied().collect();
        next.admins.extend(policy.iter().flat_map(|policy| policy.admins.intersection(&still)));
        let mut row = RoomRow::new(room, RoomState::Joining, old.kind, old.history);
        (row.name, row.topic) = (old.name.clone(), old.topic.clone());
        self.found(&row, &next, false, cx)?;
        let others: Vec<UserId> = there.iter().copied().filter(|user| *user != self.me.user_id).collect();
        self.wish_to_add(&room, &others, cx)?;
        let key = history_rows::own_key(&self.conn, &old.room, old.epoch)?;
        let before = Content::Predecessor { room: old.room, epoch: old.epoch, key };
        self.enqueue(&room, &before, GOES_ON_FROM, cx)?;
        if old.state == RoomState::Joined {
            let after = Content::Successor { room };
            self.enqueue(&old.room, &after, &goes_on_in(&old.name), cx)?;
        }
        if join == Join::Open {
            self.list_room(room, &row.name, &row.topic, cx)?;
        }
        repair_rows::set_successor(&self.conn, &old.room, &room)?;
        self.tell(News::Rooms);
        Ok(room)
    }

    /// Somebody says which room this one goes on from.
    pub(super) fn take_in_predecessor(
        &mut self,
        row: &RoomRow,
        by: &UserId,
        old: &RoomId,
        key: Option<(Epoch, &ArchiveKey)>,
    ) -> Result<bool, EngineError> {
        let Some(old) = room_rows::read(&self.conn, old)? else { return Ok(false) };
        if old.room == row.room || !self.may_move(&old, by)? {
            return Ok(false);
        }
        repair_rows::set_successor(&self.conn, &old.room, &row.room)?;
        if let Some((epoch, key)) = key {
            history_rows::add_key(&self.conn, &old.room, epoch, key, false)?;
            self.look_back_again(&old.room)?;
        }
        if old.state == RoomState::Halted && old.head > old.cursor {
            // What this device could not take in any more, it reads back.
            let was = history_rows::read(&self.conn, &old.room)?;
            let history = HistoryRow {
                reached: old.head.next(),
                wanted: READ_AT_FIRST,
                ended: None,
                gap: was.map(|was| (old.cursor, was.reached)).filter(|_| old.cursor > Seq(0)),
            };
            history_rows::write(&self.conn, &old.room, &history)?;
        }
        self.dirty.insert(old.room);
        self.tell(News::Rooms);
        Ok(true)
    }

    /// Somebody says where this room goes on.
    pub(super) fn take_in_successor(
        &mut self,
        row: &RoomRow,
        by: &UserId,
        next: &RoomId,
    ) -> Result<bool, EngineError> {
        if *next == row.room || !self.may_move(row, by)? {
            return Ok(false);
        }
        repair_rows::set_successor(&self.conn, &row.room, next)?;
        self.fail_all(&row.room, "this room goes on in a new one; say it there")?;
        self.tell(News::Rooms);
        Ok(true)
    }

    /// Whether a person was an admin of a room as this device last saw it; where it cannot know any more, whether they were
    /// in it.
    fn may_move(&self, old: &RoomRow, by: &UserId) -> Result<bool, EngineError> {
        Ok(match self.policy(&old.room)? {
            Some(policy) => policy.kind != Kind::Dm && policy.admins.contains(by),
            None => old.kind != Kind::Dm && room_rows::users(&self.conn, &old.room)?.contains(by),
        })
    }

    /// Where a room goes on, as a label, if it does. What this device has not come into yet has the same name.
    pub(super) fn goes_on(&self, room: &RoomId) -> Result<Option<String>, EngineError> {
        let Some(next) = repair_rows::successor(&self.conn, room)? else { return Ok(None) };
        if let Some(row) = room_rows::read(&self.conn, &next)? {
            return Ok(Some(self.label_of(&row)?));
        }
        Ok(room_rows::read(&self.conn, room)?.map(|row| format!("#{}", row.name)))
    }
}
