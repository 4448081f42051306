//! What was said before this device came: read back page by page, newest first (docs/protocol.md §8.2).

use std::collections::BTreeMap;

use securechat_ids::{DeviceId, Epoch, MessageId, RoomId, Seq, UnixMillis, UserId};
use securechat_mls::{History, is_external_commit};
use securechat_proto::frame::{Event, EventKind, Events, Fetch, Request};
use securechat_proto::limits;
use sha2::{Digest, Sha256};

use super::event::Place;
use super::pump::bytes;
use super::tell::shorten;
use super::{CommandError, keep::sender_of};
use crate::Cx;
use crate::content::{Content, Envelope};
use crate::engine::{Engine, EngineError};
use crate::memory::{
    Ended, HistoryRow, RoomRow, RoomState, history_rows, limit_rows, message_rows, room_rows,
};
use crate::output::News;
use crate::seal::Origin;
use crate::unreadable::Unreadable;
use crate::view::Earlier;
use crate::work::{Asked, Link};

/// Messages that a device which came into a room reads back by itself, so that its timeline is not empty.
const READ_AT_FIRST: u64 = 200;

/// Who may have spoken with a device's id: their id and the device's key.
type Speakers = BTreeMap<DeviceId, Vec<(UserId, [u8; 32])>>;

/// What came of one event of long ago.
enum Read {
    /// A message, or nothing to show.
    On { messages: u64 },
    /// No further.
    Ended(Ended),
}

impl Engine {
    /// Reads back at least `messages` more of what was said in a room before, as far as there is more.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn read_back(&mut self, room: &RoomId, messages: u64, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        let Some(mut history) = history_rows::read(&self.conn, room)? else { return Ok(()) };
        if history.ended.is_some() || history.wanted >= messages {
            return Ok(());
        }
        self.command(cx, |engine, _| {
            history.wanted = messages;
            history_rows::write(&engine.conn, room, &history)?;
            engine.dirty.insert(*room);
            engine.tell(News::Timeline { room: *room });
            Ok(Ok(()))
        })
    }

    /// How a room's timeline begins on this device.
    pub(super) fn earlier(&self, row: &RoomRow) -> Result<Earlier, EngineError> {
        let Some(history) = history_rows::read(&self.conn, &row.room)? else { return Ok(Earlier::All) };
        Ok(match history.ended {
            Some(Ended::Beginning) => Earlier::All,
            Some(Ended::SinceJoin) => Earlier::SinceJoin,
            Some(Ended::None) => Earlier::NothingKept,
            Some(Ended::Owed) => Earlier::Waits,
            Some(Ended::Deleted) => Earlier::Deleted,
            None if history.wanted > 0 && row.state == RoomState::Joined && self.link == Link::Online => {
                Earlier::Reading
            }
            None => Earlier::More,
        })
    }

    /// This device came into a room by the commit at `joined`; what it had of it before stays.
    pub(super) fn history_begins(&self, row: &RoomRow, joined: Seq) -> Result<(), EngineError> {
        let before = history_rows::read(&self.conn, &row.room)?;
        let gap = before.filter(|was| was.gap.is_none() && row.cursor > Seq(0));
        let history = HistoryRow {
            reached: joined.next(),
            wanted: READ_AT_FIRST,
            ended: None,
            gap: gap.map(|was| (row.cursor, was.reached)),
        };
        Ok(history_rows::write(&self.conn, &row.room, &history)?)
    }

    /// Who comes back into a room lacks what was said meanwhile until it is read back: a line says so.
    pub(super) fn keep_gap(&self, row: &RoomRow, seq: Seq, now: UnixMillis) -> Result<(), EngineError> {
        if row.cursor == Seq(0) || seq <= row.cursor.next() {
            return Ok(());
        }
        let (device, message_id) = (self.me.device_id, gap_line(&row.room, row.cursor));
        self.keep_unreadable(row, Place { device, message_id, seq, time: now }, Unreadable::Gap)
    }

    /// A room of our own making has no history before us.
    pub(super) fn history_is_all_here(&self, room: &RoomId) -> Result<(), EngineError> {
        let history = HistoryRow { reached: Seq(1), wanted: 0, ended: Some(Ended::Beginning), gap: None };
        Ok(history_rows::write(&self.conn, room, &history)?)
    }

    /// Asks for the next page back, if one is wanted. Nothing else waits for it.
    pub(super) fn pump_history(&mut self, row: &RoomRow) -> Result<(), EngineError> {
        if self.work.entry(row.room).or_default().reading_back {
            return Ok(());
        }
        let Some(history) = history_rows::read(&self.conn, &row.room)? else { return Ok(()) };
        if history.wanted == 0 || history.ended.is_some() {
            return Ok(());
        }
        self.work.entry(row.room).or_default().reading_back = true;
        let fetch = Fetch {
            room: bytes(row.room.as_bytes()),
            from_seq: 0,
            limit: u32::try_from(limits::FETCH_EVENTS_MAX).unwrap_or(u32::MAX),
            before_seq: history.reached.0,
        };
        let before = history.reached;
        self.ask(Request::Fetch(fetch), Asked::Back { room: row.room, before });
        Ok(())
    }

    /// A page of long ago came.
    pub(super) fn back_page(
        &mut self,
        room: &RoomId,
        before: Seq,
        page: &Events,
        cx: &Cx<'_>,
    ) -> Result<(), EngineError> {
        let row = room_rows::read(&self.conn, room)?;
        let Some((mut row, mut history)) = row.zip(history_rows::read(&self.conn, room)?) else {
            return Ok(());
        };
        if history.reached != before || history.ended.is_some() {
            return Ok(());
        }
        if page.events.is_empty() && history.reached > Seq(1) {
            history.ended = Some(Ended::Deleted);
        }
        let mut speakers = Speakers::new();
        for event in page.events.iter().rev() {
            if Seq(event.seq).next() != history.reached {
                break;
            }
            let mut read = self.read_one(&mut row, event, &mut speakers)?;
            if matches!(read, Read::Ended(Ended::Owed | Ended::SinceJoin)) && event.body.is_empty() {
                // Its link may have gone with what is before it.
                let is_deleted = |other: &Event| other.seq < event.seq && other.kind() == EventKind::Deleted;
                let time = UnixMillis(event.time_ms);
                if page.events.iter().any(is_deleted) || self.may_be_deleted(room, time, cx.now)? {
                    read = Read::Ended(Ended::Deleted);
                }
            }
            match read {
                Read::On { messages } => {
                    history.wanted = history.wanted.saturating_sub(messages);
                    history.reached = Seq(event.seq);
                }
                Read::Ended(ended) => {
                    history.ended = Some(ended);
                    break;
                }
            }
            if let Some((to, resume)) = history.gap.filter(|(to, _)| history.reached <= to.next()) {
                let line = gap_line(room, to);
                message_rows::delete_unreadable(&self.conn, room, &self.me.device_id, &line)?;
                history.reached = resume.min(history.reached);
                history.gap = None;
                break;
            }
        }
        if history.reached <= Seq(1) {
            history.ended = Some(Ended::Beginning);
        }
        if history.reached == before && history.ended.is_none() {
            // The server answers with something else than it was asked for: it is not asked in a circle.
            history.ended = Some(Ended::Deleted);
        }
        history_rows::write(&self.conn, room, &history)?;
        room_rows::write(&self.conn, &row)?;
        self.tell(News::Rooms);
        self.tell(News::Timeline { room: *room });
        Ok(())
    }

    fn read_one(
        &mut self,
        row: &mut RoomRow,
        event: &Event,
        speakers: &mut Speakers,
    ) -> Result<Read, EngineError> {
        match event.kind() {
            EventKind::Commit => self.read_commit(row, event),
            EventKind::Message if !event.body.is_empty() => self.read_message(row, event, speakers),
            // Where the room keeps bodies, the server has this one no more, or says so.
            EventKind::Message if row.history == History::None => Ok(Read::Ended(Ended::None)),
            // It deletes in order: there is nothing before it either.
            EventKind::Message | EventKind::Deleted => Ok(Read::Ended(Ended::Deleted)),
            EventKind::Unknown => Ok(Read::On { messages: 0 }),
        }
    }

    /// Goes through a commit into the epoch that it ended.
    fn read_commit(&self, row: &RoomRow, event: &Event) -> Result<Read, EngineError> {
        let epoch = Epoch(event.epoch);
        let after = history_rows::keys(&self.conn, &row.room, epoch.next())?;
        for key in after.iter().filter_map(|after| after.follow(&event.body, &row.room, epoch)) {
            history_rows::add_key(&self.conn, &row.room, epoch, &key, false)?;
        }
        limit_rows::epoch_ended(&self.conn, &row.room, epoch, UnixMillis(event.time_ms))?;
        if !history_rows::keys(&self.conn, &row.room, epoch)?.is_empty() {
            return Ok(Read::On { messages: 0 });
        }
        Ok(Read::Ended(match row.history {
            History::None => Ended::None,
            History::Shared => Ended::Owed,
            History::SinceJoin if is_external_commit(&event.mls) => Ended::Owed,
            History::SinceJoin => Ended::SinceJoin,
        }))
    }

    fn read_message(
        &mut self,
        row: &mut RoomRow,
        event: &Event,
        speakers: &mut Speakers,
    ) -> Result<Read, EngineError> {
        let (Ok(device), Ok(message_id)) =
            (DeviceId::try_from(event.device.as_ref()), MessageId::try_from(event.message_id.as_ref()))
        else {
            return Ok(Read::On { messages: 0 });
        };
        let place = Place { device, message_id, seq: Seq(event.seq), time: UnixMillis(event.time_ms) };
        let speakers = speakers.entry(device).or_insert_with(|| self.speakers(&device));
        let keys = history_rows::keys(&self.conn, &row.room, Epoch(event.epoch))?;
        let opened = speakers.iter().find_map(|(user, key)| {
            let origin = Origin {
                room: row.room,
                epoch: Epoch(event.epoch),
                user: *user,
                device,
                key: *key,
                message_id,
            };
            keys.iter().find_map(|archive| origin.unseal(archive, &event.body).ok())
        });
        let messages = match opened {
            Some(envelope) => self.keep_earlier(row, place, &envelope)?,
            None => {
                let user = speakers.first().map(|(user, _)| *user);
                let user = user.or(sender_of(&self.conn, &row.room, &device)?).unwrap_or(self.me.user_id);
                self.keep_unreadable_of(row, place, user, Unreadable::WrongKey)?;
                1
            }
        };
        Ok(Read::On { messages })
    }

    /// Everybody on whose chain a device is or was.
    fn speakers(&self, device: &DeviceId) -> Vec<(UserId, [u8; 32])> {
        let chains = self.registry.chains();
        chains.filter_map(|c| c.devices().get(device).map(|d| (c.user_id(), d.key))).collect()
    }

    /// Keeps what was said; how many lines of the timeline it made.
    fn keep_earlier(
        &mut self,
        row: &mut RoomRow,
        place: Place,
        envelope: &Envelope,
    ) -> Result<u64, EngineError> {
        let text = match &envelope.content {
            Content::Text { text } => text,
            Content::Unknown { .. } => Unreadable::NeedsNewerVersion.sentence(),
            Content::Meta { name, topic } => {
                if row.name.is_empty() {
                    (row.name, row.topic) = (shorten(name), shorten(topic));
                    self.tell(News::Rooms);
                }
                return Ok(0);
            }
            Content::Keys { keys } => {
                self.take_in_keys(row, keys)?;
                return Ok(0);
            }
            Content::Predecessor { room, epoch, key } => {
                let key = key.as_ref().map(|key| (*epoch, key));
                if !self.take_in_predecessor(row, &envelope.user, room, key)? {
                    return Ok(0);
                }
                super::reset::GOES_ON_FROM
            }
            Content::Successor { room } => {
                if !self.take_in_successor(row, &envelope.user, room)? {
                    return Ok(0);
                }
                &super::reset::goes_on_in(&row.name)
            }
            // Newer ones have been taken in already, or will be.
            Content::Directory { .. } | Content::Profile { .. } => return Ok(0),
        };
        message_rows::delete_unreadable(&self.conn, &row.room, &place.device, &place.message_id)?;
        let new = self.keep_message(row, place, envelope, text)?;
        Ok(new.into())
    }
}

/// Names the line that stands for what was said after `to`, as long as that is missing.
fn gap_line(room: &RoomId, to: Seq) -> MessageId {
    let hash =
        Sha256::new().chain_update(b"gap").chain_update(room.as_bytes()).chain_update(to.0.to_be_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    MessageId::from_bytes(id)
}
