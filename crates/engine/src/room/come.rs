//! A new device comes into its rooms one by one: those that somebody waits for at once, the rest slowly, so that a person in
//! two hundred rooms does not make two hundred commits in a moment (docs/protocol.md §3.1).

use securechat_ids::{RoomId, UnixMillis};
use securechat_mls::is_dm_room;

use super::command::CommandError;
use crate::Cx;
use crate::engine::{Engine, EngineError};
use crate::memory::{RoomRow, RoomState, intent_rows, room_rows};

/// Between two joins that nobody waits for, at least, milliseconds; with as much again of chance.
const PACE_MS: u64 = 1_000;

/// Rooms to come into, direct messages first, and when the next one's turn is.
#[derive(Debug, Default)]
pub(crate) struct Coming {
    rooms: std::collections::BTreeSet<(bool, RoomId)>,
    next_at: Option<UnixMillis>,
}

impl Coming {
    fn insert(&mut self, room: RoomId) {
        self.rooms.insert((!is_dm_room(&room), room));
    }

    pub(super) fn remove(&mut self, room: &RoomId) -> bool {
        self.rooms.remove(&(!is_dm_room(room), *room))
    }

    pub(super) fn contains(&self, room: &RoomId) -> bool {
        self.rooms.contains(&(!is_dm_room(room), *room))
    }

    pub(super) fn next_at(&self) -> Option<UnixMillis> {
        if self.rooms.is_empty() { None } else { self.next_at }
    }

    /// When the next one's turn is, to set by another clock.
    pub(crate) fn pace(&mut self) -> &mut Option<UnixMillis> {
        &mut self.next_at
    }

    /// Forgets the rooms, which the next connection names again, but not the pace: who comes again and again is no faster.
    pub(crate) fn clear(&mut self) {
        self.rooms.clear();
    }
}

impl Engine {
    /// A person looks at a room. If this device is still on its way into it, it goes there now.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn turn_to(&mut self, room: &RoomId, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        if !self.coming.contains(room) {
            return Ok(());
        }
        self.command(cx, |engine, cx| {
            engine.come_now(room, cx)?;
            Ok(Ok(()))
        })
    }

    /// How many rooms this device is still to come into by itself.
    pub fn rooms_to_come(&self) -> usize {
        self.coming.rooms.len()
    }

    /// A room that this device joins because its person is there: the team's at once, the others in turn.
    pub(super) fn come_in_turn(&mut self, mut row: RoomRow, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        if self.me.team_room == Some(row.room) {
            return self.wish_to_join(row, cx);
        }
        // The wish is made when its turn comes: what waits for all wishes to come true is not to wait for all rooms.
        row.state = RoomState::Joining;
        room_rows::write(&self.conn, &row)?;
        self.coming.insert(row.room);
        Ok(())
    }

    /// Goes into a room by external commit, unless that was wished already or a Welcome was faster.
    fn come_now(&mut self, room: &RoomId, cx: &mut Cx<'_>) -> Result<bool, EngineError> {
        self.coming.remove(room);
        let row = room_rows::read(&self.conn, room)?.filter(|row| row.state == RoomState::Joining);
        let Some(row) = row else { return Ok(false) };
        if intent_rows::count_in(&self.conn, room)? == 0 {
            self.wish_to_join(row, cx)?;
        }
        self.dirty.insert(*room);
        Ok(true)
    }

    /// Lets the next room have its turn.
    pub(super) fn pump_coming(&mut self, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        if self.hold.is_some() || self.coming.next_at.is_some_and(|at| at > cx.now) {
            return Ok(());
        }
        while let Some((_, room)) = self.coming.rooms.pop_first() {
            if self.come_now(&room, cx)? {
                self.coming.next_at = Some(cx.now.plus(PACE_MS + cx.jitter_ms(PACE_MS)));
                return Ok(());
            }
        }
        Ok(())
    }
}
