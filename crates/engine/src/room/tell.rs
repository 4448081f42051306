//! What a newcomer has to be told: the room's name and, in the team room, where the open rooms are.
//!
//! Whoever adds somebody tells them; after an external commit the first device in the tree that is online does. Telling
//! twice does no harm, and a newcomer whom nobody could tell yet is remembered.

use std::collections::BTreeSet;

use securechat_ids::{DeviceId, RoomId, Seq, UserId};
use securechat_mls::{History, Kind, Leaf, Policy};

use super::event::Place;
use crate::Cx;
use crate::clean::clean_line;
use crate::content::{Content, Listing};
use crate::engine::{Engine, EngineError};
use crate::memory::{NewMessage, RoomRow, RoomState, account_rows, history_rows, message_rows, room_rows};
use crate::output::News;

/// Open rooms named in one message, so that it stays under the size of a message.
const LISTINGS_PER_MESSAGE: usize = 100;
/// Longest name or topic kept, in characters.
pub(super) const NAME_CHARACTERS_MAX: usize = 80;

impl Engine {
    /// Remembers that devices came into a room, and when this device would tell them its name. `back` came by a commit of its
    /// own, and knows nothing of the room even if it was there before.
    pub(super) fn newcomers(
        &mut self,
        row: &mut RoomRow,
        place: Place,
        before: &[Leaf],
        after: &[Leaf],
        back: Option<DeviceId>,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let known: BTreeSet<_> =
            before.iter().map(|leaf| leaf.member.device_id).filter(|device| Some(*device) != back).collect();
        let new: Vec<u32> = after
            .iter()
            .filter(|leaf| !known.contains(&leaf.member.device_id))
            .map(|leaf| leaf.index)
            .collect();
        if new.is_empty() || row.kind == Kind::Dm || row.name.is_empty() {
            return Ok(());
        }
        row.tell_newcomer = Some(place.seq);
        let delay_ms = if place.device == self.me.device_id {
            0
        } else {
            300 + self.rank(&row.room, &new)? * 1_500 + cx.jitter_ms(300)
        };
        self.work.entry(row.room).or_default().tell_at = Some(cx.now.plus(delay_ms));
        Ok(())
    }

    /// After a new connection: whom nobody has told yet is told now, in the tree's order.
    pub(super) fn resume_telling(&mut self, row: &RoomRow, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        if row.tell_newcomer.is_some() || !history_rows::owed(&self.conn, &row.room)?.is_empty() {
            let delay_ms = 1_000 + self.rank(&row.room, &[])? * 1_500 + cx.jitter_ms(300);
            self.work.entry(row.room).or_default().tell_at = Some(cx.now.plus(delay_ms));
        }
        Ok(())
    }

    pub(super) fn due_telling(&mut self, row: &RoomRow, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let work = self.work.entry(row.room).or_default();
        if work.tell_at.is_none_or(|at| at > cx.now) {
            return Ok(());
        }
        work.tell_at = None;
        let Some(mut row) = room_rows::read(&self.conn, &row.room)? else { return Ok(()) };
        self.tell_keys(&row.room, cx)?;
        if row.tell_newcomer.take().is_none() || row.name.is_empty() {
            return Ok(());
        }
        room_rows::write(&self.conn, &row)?;
        if self.me.team_room == Some(row.room) {
            let open = self.open_rooms()?;
            for rooms in open.chunks(LISTINGS_PER_MESSAGE) {
                self.enqueue(&row.room, &Content::Directory { rooms: rooms.to_vec() }, "", cx)?;
            }
        }
        // Last, because its arrival tells the others that all has been said.
        self.enqueue(&row.room, &Content::Meta { name: row.name, topic: row.topic }, "", cx)?;
        Ok(())
    }

    /// Does at once what this device would do only if no other one were faster: it is about to go.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn hurry(&mut self, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        self.step(cx, |engine, cx| {
            engine.items_at = Some(cx.now);
            for (room, work) in &mut engine.work {
                for due in [&mut work.tell_at, &mut work.remove_at] {
                    if due.is_some() {
                        *due = Some(cx.now);
                        engine.dirty.insert(*room);
                    }
                }
            }
            Ok(())
        })
    }

    fn open_rooms(&self) -> Result<Vec<Listing>, EngineError> {
        let rooms = room_rows::all(&self.conn)?.into_iter();
        Ok(rooms
            .filter(|row| {
                let open = matches!(row.state, RoomState::Joined | RoomState::Listed);
                open && row.kind == Kind::Channel
                    && !row.name.is_empty()
                    && self.me.team_room != Some(row.room)
            })
            .map(|row| Listing { room: row.room, name: row.name, topic: row.topic })
            .collect())
    }

    pub(super) fn take_in_name(
        &mut self,
        row: &mut RoomRow,
        seq: Seq,
        name: &str,
        topic: &str,
    ) -> Result<(), EngineError> {
        if row.tell_newcomer.is_some_and(|due| due < seq) {
            row.tell_newcomer = None;
            self.work.entry(row.room).or_default().tell_at = None;
        }
        row.name = shorten(name);
        row.topic = shorten(topic);
        self.hand_on_keys(&row.room)?;
        self.tell(News::Rooms);
        Ok(())
    }

    pub(super) fn take_in_directory(
        &mut self,
        row: &RoomRow,
        _seq: Seq,
        listings: &[Listing],
    ) -> Result<(), EngineError> {
        if self.me.team_room != Some(row.room) {
            return Ok(());
        }
        for listing in listings.iter().take(LISTINGS_PER_MESSAGE) {
            let known = room_rows::read(&self.conn, &listing.room)?;
            // Whoever is in a room knows its name better.
            if known.as_ref().is_some_and(|row| row.state != RoomState::Listed) {
                continue;
            }
            let fresh = RoomRow::new(listing.room, RoomState::Listed, Kind::Channel, History::Shared);
            let mut row = known.unwrap_or(fresh);
            row.name = shorten(&listing.name);
            row.topic = shorten(&listing.topic);
            room_rows::write(&self.conn, &row)?;
        }
        self.tell(News::Rooms);
        Ok(())
    }

    pub(super) fn take_in_profile(&mut self, user: &UserId, name: &str) -> Result<(), EngineError> {
        account_rows::set_profile(&self.conn, user, &shorten(name))?;
        self.tell(News::Rooms);
        Ok(())
    }

    /// A line in the timeline for people who came or went and for a new policy, from the commit, never from the server's
    /// word.
    pub(super) fn keep_change(
        &mut self,
        row: &RoomRow,
        place: Place,
        (was, before): (&Policy, &[Leaf]),
        (is, after): (&Policy, &[Leaf]),
        back: Option<DeviceId>,
    ) -> Result<(), EngineError> {
        let users = |leaves: &[Leaf]| leaves.iter().map(|leaf| leaf.member.user_id).collect::<BTreeSet<_>>();
        let (were, are) = (users(before), users(after));
        let author = before
            .iter()
            .chain(after)
            .find(|leaf| leaf.member.device_id == place.device)
            .map_or(self.me.user_id, |leaf| leaf.member.user_id);
        let mut lines = Vec::new();
        let came: Vec<UserId> = are.difference(&were).copied().collect();
        if came == [author] {
            lines.push(format!("{} joined", self.mention(&author)?));
        } else if !came.is_empty() {
            lines.push(format!("{} added {}", self.mention(&author)?, self.mentions(&came)?));
        }
        if before.iter().any(|leaf| Some(leaf.member.device_id) == back) {
            lines.push(format!("a device of {} came back into the room", self.mention(&author)?));
        }
        let went: Vec<UserId> = were.difference(&are).copied().collect();
        if !went.is_empty() {
            let verb = if went.len() == 1 { "is" } else { "are" };
            lines.push(format!("{} {verb} no longer in this room", self.mentions(&went)?));
        }
        lines.extend(self.policy_lines(&author, was, is, &are)?);
        if lines.is_empty() {
            return Ok(());
        }
        message_rows::insert(
            &self.conn,
            &NewMessage {
                room: &row.room,
                message_id: &place.message_id,
                device: &place.device,
                user: &author,
                seq: Some(place.seq),
                time: place.time,
                kind: "members",
                text: &lines.join("; "),
                content: &[],
            },
        )?;
        Ok(())
    }

    pub(super) fn mentions(&self, users: &[UserId]) -> Result<String, EngineError> {
        let names = users.iter().map(|user| self.mention(user)).collect::<Result<Vec<_>, _>>()?;
        Ok(names.join(", "))
    }

    /// Tells the team where an open room is.
    pub(super) fn list_room(
        &mut self,
        room: RoomId,
        name: &str,
        topic: &str,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let Some(team_room) = self.me.team_room else { return Ok(()) };
        let listing = Listing { room, name: name.to_owned(), topic: topic.to_owned() };
        self.enqueue(&team_room, &Content::Directory { rooms: vec![listing] }, "", cx)?;
        Ok(())
    }
}

pub(super) fn shorten(text: &str) -> String {
    clean_line(text).chars().take(NAME_CHARACTERS_MAX).collect()
}
