//! A stopped room: why it stopped, and what leads on (docs/protocol.md §9.1).

use std::collections::BTreeSet;

use securechat_ids::{MessageId, RoomId, Seq, UnixMillis, UserId};
use securechat_mls::History;
use securechat_mls_member::{Group, Provider};
use sha2::{Digest, Sha256};

use super::command::CommandError;
use crate::Cx;
use crate::engine::{Engine, EngineError};
use crate::memory::{
    Halt, NewMessage, RoomRow, RoomState, intent_rows, message_rows, repair_rows, room_rows,
};
use crate::output::News;

/// How long nothing new may have come into a stopped room before this device comes back into it, milliseconds.
const QUIET_MS: u64 = 5_000;
/// Least time between two times that a device comes back into one room by itself, milliseconds.
const BETWEEN_MS: u64 = 60 * 60 * 1_000;

pub(super) const KEYS_LOST: &str =
    "this device's keys for this room cannot be read; it leaves them behind and comes back with new ones";

/// What was done about a room that a person wanted repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Nothing is wrong with it.
    Nothing,
    /// What it stopped at is taken in once more.
    TriesAgain,
    /// This device leaves its state of the room behind and comes back by a commit of its own.
    ComesBack,
}

impl Engine {
    /// Stops a room: what comes next cannot be trusted or followed.
    pub(super) fn halt(&mut self, row: &mut RoomRow, halt: Halt, why: &str) -> Result<(), EngineError> {
        row.state = RoomState::Halted;
        row.trouble = Some(why.to_owned());
        room_rows::write(&self.conn, row)?;
        let before = repair_rows::read(&self.conn, &row.room)?;
        let repair = repair_rows::RepairRow { halt: Some(halt), earlier: false, ..before };
        repair_rows::write(&self.conn, &row.room, &repair)?;
        self.work.entry(row.room).or_default().repair_at = None;
        self.dirty.insert(row.room);
        self.tell(News::Alarm { room: Some(row.room), what: why.to_owned() });
        self.tell(News::Rooms);
        Ok(())
    }

    /// Whether this device's state of a room can be worked with; if not, the room stops, to come back.
    pub(super) fn group_loads(&mut self, row: &mut RoomRow) -> Result<bool, EngineError> {
        if self.groups.contains_key(&row.room) {
            return Ok(true);
        }
        if let Ok(Some(group)) = Group::load(&Provider::new(&self.conn), row.room) {
            self.keep_group(group);
            return Ok(true);
        }
        self.halt(row, Halt::Desync, KEYS_LOST)?;
        Ok(false)
    }

    /// Something new came into a stopped room: it is not quiet yet.
    pub(super) fn heard_while_halted(&mut self, row: &mut RoomRow, seq: Seq, cx: &mut Cx<'_>) {
        row.head = row.head.max(seq);
        let later = cx.now.plus(QUIET_MS + cx.jitter_ms(QUIET_MS));
        if let Some(at) = &mut self.work.entry(row.room).or_default().repair_at {
            *at = later.max(*at);
        }
    }

    /// Comes back into a room by itself, when that may help and everything else is here.
    pub(super) fn pump_halted(&mut self, row: &RoomRow, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let repair = repair_rows::read(&self.conn, &row.room)?;
        if repair_rows::successor(&self.conn, &row.room)?.is_some() {
            return self.pump_history(row);
        }
        if repair.halt != Some(Halt::Desync) {
            return Ok(());
        }
        // A clock that was set back is no reason to wait for years.
        let last = repair.came_back.filter(|last| *last <= cx.now);
        let earliest = last.map_or(UnixMillis(0), |last| last.plus(BETWEEN_MS));
        let quiet = cx.now.plus(QUIET_MS + cx.jitter_ms(QUIET_MS));
        let at = &mut self.work.entry(row.room).or_default().repair_at;
        let at = *at.insert(at.unwrap_or(quiet).max(earliest));
        if at > cx.now || self.hold.is_some() || !self.caught_up {
            return Ok(());
        }
        self.come_back(row.clone(), false, cx)
    }

    fn come_back(&mut self, mut row: RoomRow, earlier: bool, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let before = repair_rows::read(&self.conn, &row.room)?;
        let halt = before.halt.or(Some(Halt::LeftOut));
        let repair = repair_rows::RepairRow { halt, came_back: Some(cx.now), earlier, ..before };
        repair_rows::write(&self.conn, &row.room, &repair)?;
        self.groups.remove(&row.room);
        Group::delete(&Provider::new(&self.conn), row.room)?;
        intent_rows::clear_made(&self.conn, &row.room)?;
        let work = self.work.entry(row.room).or_default();
        (work.repair_at, work.awaits_echo, work.awaits_log) = (None, None, false);
        // What did not open in the state that is left behind is read anew as well.
        if let Some(first) = message_rows::first_unopened(&self.conn, &row.room, row.epoch_began)? {
            row.cursor = row.cursor.min(Seq(first.0 - 1));
        }
        if earlier {
            // What the server has now may be something else than what is here: all of it is read back anew.
            row.cursor = Seq(0);
        }
        self.wish_to_join(row, cx)?;
        self.tell(News::Rooms);
        Ok(())
    }

    /// A room that this device came into: if it came back, a line says so, and who is there now and was not.
    pub(super) fn note_coming_back(
        &mut self,
        row: &RoomRow,
        before: &[UserId],
        group: &Group,
        seq: Seq,
        now: UnixMillis,
    ) -> Result<(), EngineError> {
        let repair = repair_rows::read(&self.conn, &row.room)?;
        if repair.halt.is_none() {
            return Ok(());
        }
        let repair = repair_rows::RepairRow { halt: None, retried: None, earlier: false, ..repair };
        repair_rows::write(&self.conn, &row.room, &repair)?;
        let meanwhile = match group.policy().history {
            History::None => "what was said meanwhile is not kept in this room",
            History::Shared | History::SinceJoin => "what was said meanwhile is read from the archive",
        };
        let mut text = format!("this device came back into the room; {meanwhile}");
        let were: BTreeSet<UserId> = before.iter().copied().collect();
        let are: BTreeSet<UserId> = group.leaves().iter().map(|leaf| leaf.member.user_id).collect();
        for (who, what) in [(&are - &were, "here now and not before"), (&were - &are, "no longer here")] {
            if !who.is_empty() && !were.is_empty() {
                let who: Vec<UserId> = who.into_iter().collect();
                text.push_str(&format!("; {what}: {}", self.mentions(&who)?));
            }
        }
        message_rows::insert(
            &self.conn,
            &NewMessage {
                room: &row.room,
                message_id: &line_of(&row.room, seq),
                device: &self.me.device_id,
                user: &self.me.user_id,
                seq: Some(seq),
                time: now,
                kind: "members",
                text: &text,
                content: &[],
            },
        )?;
        self.tell(News::Timeline { room: row.room });
        Ok(())
    }

    /// A person wants a stopped room to go on.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn repair_room(&mut self, room: &RoomId, cx: &mut Cx<'_>) -> Result<Repair, CommandError> {
        let row =
            room_rows::read(&self.conn, room)?.ok_or_else(|| CommandError::NoSuchRoom(room.to_string()))?;
        let repair = repair_rows::read(&self.conn, room)?;
        let stuck =
            row.state == RoomState::Joining && !matches!(intent_rows::next(&self.conn, room), Ok(Some(_)));
        if row.state != RoomState::Halted && !stuck {
            return Ok(Repair::Nothing);
        }
        let by_itself = matches!(repair.halt, Some(Halt::Desync | Halt::RolledBack));
        let again = !by_itself && !stuck && repair.retried != Some(row.cursor);
        self.command(cx, |engine, cx| {
            if again && matches!(Group::load(&Provider::new(&engine.conn), row.room), Ok(Some(_))) {
                engine.try_again(row, repair)?;
                return Ok(Ok(Repair::TriesAgain));
            }
            engine.come_back(row, repair.halt == Some(Halt::RolledBack), cx)?;
            Ok(Ok(Repair::ComesBack))
        })
    }

    fn try_again(&mut self, mut row: RoomRow, repair: repair_rows::RepairRow) -> Result<(), EngineError> {
        let repair = repair_rows::RepairRow { halt: None, retried: Some(row.cursor), ..repair };
        repair_rows::write(&self.conn, &row.room, &repair)?;
        row.state = RoomState::Joined;
        row.trouble = None;
        row.head = row.head.max(row.cursor.next());
        room_rows::write(&self.conn, &row)?;
        self.dirty.insert(row.room);
        self.tell(News::Rooms);
        Ok(())
    }

    /// A person has looked at what was wrong with a room that goes on.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn dismiss_trouble(&mut self, room: &RoomId, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        let Some(mut row) = room_rows::read(&self.conn, room)? else { return Ok(()) };
        if row.state == RoomState::Halted || row.trouble.is_none() {
            return Ok(());
        }
        self.command(cx, |engine, _| {
            row.trouble = None;
            room_rows::write(&engine.conn, &row)?;
            engine.tell(News::Rooms);
            Ok(Ok(()))
        })
    }
}

/// Names the line of coming back at `seq`.
fn line_of(room: &RoomId, seq: Seq) -> MessageId {
    let hash =
        Sha256::new().chain_update(b"back").chain_update(room.as_bytes()).chain_update(seq.0.to_be_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    MessageId::from_bytes(id)
}
