//! An event of a room comes in: a commit is judged and entered, a message opened and kept, the cursor moves by one.

use rusqlite::Connection;
use securechat_ids::{DeviceId, MessageId, RoomId, Seq, UnixMillis, UserId};
use securechat_mls::{Author, Facts, Leaf, Removable, judge};
use securechat_mls_member::{Group, MemberError, Provider, Received, StagedIn};
use securechat_proto::frame::{Event, EventKind, Events};
use sha2::{Digest as _, Sha256};

use super::echo::TWICE;
use crate::content::{Content, Envelope};
use crate::engine::{Engine, EngineError};
use crate::evidence::{Evidence, EvidenceDetails, EvidenceKind};
use crate::memory::{
    Halt, NewMessage, RoomRow, RoomState, history_rows, intent_rows, limit_rows, message_rows, room_rows,
};
use crate::output::News;
use crate::seal::{Bound, Origin, unseal};
use crate::unreadable::Unreadable;
use crate::{Cx, transcript};

const FROM_ARCHIVE: &str = "a message of this room did not open as it came and was read from the archive, so nobody knows \
                            whether it stands where its sender put it";

/// The parts of an event that every kind has.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub device: DeviceId,
    pub message_id: MessageId,
    pub seq: Seq,
    pub time: UnixMillis,
}

/// Whether the room goes on after an event.
enum Taken {
    /// The cursor has moved.
    In,
    /// It names a device that the chain log does not have yet: first the log, then this event again.
    AwaitsLog,
}

/// What came of a message's bytes.
enum Opened {
    Content(Envelope),
    Unreadable(Unreadable),
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

    fn take_in_commit(
        &mut self,
        row: &mut RoomRow,
        event: &Event,
        place: Place,
        cx: &mut Cx<'_>,
    ) -> Result<Taken, EngineError> {
        let intent = intent_rows::next(&self.conn, &row.room)?;
        let mut group = self.take_group(&row.room)?;
        let (roster, policy) = (group.leaves(), group.policy().clone());
        let author;
        let mut back = None;
        // Ours by its bytes: under our name and id a server can show another commit, which the others would enter.
        if let Some(intent) = intent.as_ref().filter(|i| i.is_made_as(&event.mls) && group.has_staged()) {
            author = self.me.device_id;
            group.accept_own(&Provider::new(&self.conn))?;
            intent_rows::delete(&self.conn, intent.number)?;
            self.work.entry(row.room).or_default().awaits_echo = None;
            self.tell(News::Wished { room: row.room });
        } else {
            match group.receive(&Provider::new(&self.conn), &event.mls) {
                Ok(Received::Commit(staged)) => {
                    match self.judge_commit(&group, &roster, &staged) {
                        Judged::Good => {}
                        Judged::AwaitsLog => return Ok(Taken::AwaitsLog),
                        Judged::Bad(why) => {
                            self.halt(row, Halt::People, &why)?;
                            return Ok(Taken::In);
                        }
                    }
                    author = match staged.facts().author {
                        Author::Leaf(leaf) => leaf.member.device_id,
                        Author::Newcomer(newcomer) => *back.insert(newcomer.member.device_id),
                    };
                    if staged.removes_us() {
                        self.room_gone(&row.room)?;
                        row.state = RoomState::Gone;
                        return Ok(Taken::In);
                    }
                    group.accept(&Provider::new(&self.conn), staged)?;
                    if let Some(intent) = intent.as_ref().filter(|intent| intent.made.is_some()) {
                        intent_rows::set_made(&self.conn, intent.number, None)?;
                    }
                }
                Ok(Received::Message { .. }) => {
                    self.halt(row, Halt::LeftOut, "the server passed a message off as a change of the room")?;
                    return Ok(Taken::In);
                }
                Err(error) => {
                    self.halt(
                        row,
                        Halt::Desync,
                        &format!("a change of this room cannot be followed ({error})"),
                    )?;
                    return Ok(Taken::In);
                }
            }
        }
        let ended = row.epoch;
        let place = self.true_origin(row, place, author, event)?;
        self.entered_epoch(row, &group, place.seq, cx.now)?;
        limit_rows::epoch_ended(&self.conn, &row.room, ended, place.time)?;
        self.look_at_link(row, ended, &event.body, &roster, &group.leaves(), cx)?;
        self.keep_change(row, place, (&policy, &roster), (group.policy(), &group.leaves()), back)?;
        self.newcomers(row, place, &roster, &group.leaves(), back, cx)?;
        self.keep_group(group);
        self.tell(News::Rooms);
        Ok(Taken::In)
    }

    /// Who made a change is in its commit; what the server says of it must be the same, under an id of its own.
    fn true_origin(
        &mut self,
        row: &mut RoomRow,
        place: Place,
        author: DeviceId,
        event: &Event,
    ) -> Result<Place, EngineError> {
        let mut origin = Place { device: author, ..place };
        if author != place.device {
            self.alarm_in(row, "the server named somebody else as the maker of a change of this room");
        }
        if message_rows::by_id(&self.conn, &row.room, &author, &place.message_id)?.is_some() {
            self.alarm_in(row, TWICE);
            let hash: [u8; 32] = Sha256::digest(&event.mls).into();
            origin.message_id = MessageId::try_from(&hash[..16]).unwrap_or(place.message_id);
        }
        Ok(origin)
    }

    /// Brings a room's row and roster to the epoch its group is in.
    pub(super) fn entered_epoch(
        &mut self,
        row: &mut RoomRow,
        group: &Group,
        began: Seq,
        now: UnixMillis,
    ) -> Result<(), EngineError> {
        self.keep_archive_key(group)?;
        self.keep_limit(group, now)?;
        row.epoch = group.epoch();
        row.epoch_began = began;
        row.kind = group.policy().kind;
        row.history = group.policy().history;
        let leaves = group.leaves();
        row.peer = leaves
            .iter()
            .map(|leaf| leaf.member.user_id)
            .find(|user| *user != self.me.user_id)
            .or(row.peer)
            .filter(|_| row.kind == securechat_mls::Kind::Dm);
        room_rows::write_members(&self.conn, &row.room, &leaves)?;
        room_rows::clear_transcript(&self.conn, &row.room)?;
        room_rows::add_transcript(
            &self.conn,
            &row.room,
            began,
            &transcript::begin(&group.epoch_authenticator()),
        )?;
        let indices: std::collections::BTreeSet<u32> = leaves.iter().map(|leaf| leaf.index).collect();
        let work = self.work.entry(row.room).or_default();
        work.must_remove.retain(|leaf| indices.contains(leaf));
        work.losses = 0;
        work.receipt_wanted = true;
        Ok(())
    }

    fn judge_commit(&self, group: &Group, roster: &[Leaf], staged: &StagedIn) -> Judged {
        let facts = staged.facts();
        if let Err(violation) = judge(group.policy(), roster, facts, Removable::Unchecked) {
            return Judged::Bad(format!("a change of this room breaks its rules: {violation}"));
        }
        match self.all_vouched(facts) {
            true => Judged::Good,
            false if self.log.size > self.registry.size() && !self.log.broken => Judged::AwaitsLog,
            false => Judged::Bad(
                "a device was added to this room that is not on its owner's list of devices".to_owned(),
            ),
        }
    }

    /// Whether every key a commit brings in or speaks with is a device of the user it names. One that was revoked since
    /// will do: the server took the commit when it was active, and who was away reads of both at once.
    fn all_vouched(&self, facts: &Facts) -> bool {
        let author = match facts.author {
            Author::Leaf(leaf) => (leaf.member, leaf.key),
            Author::Newcomer(added) => (added.member, added.key),
        };
        let added = facts.added.iter().map(|added| (added.member, added.key));
        std::iter::once(author)
            .chain(facts.path_leaf)
            .chain(added)
            .all(|(m, key)| self.registry.has_vouched_for(&m.user_id, &m.device_id, &key))
    }

    fn take_in_message(
        &mut self,
        row: &mut RoomRow,
        event: &Event,
        place: Place,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        if place.device == self.me.device_id {
            return self.take_in_echo(row, place, event);
        }
        if let Some(known) = message_rows::by_id(&self.conn, &row.room, &place.device, &place.message_id)? {
            if !known.imported {
                self.alarm_in(row, TWICE);
                return Ok(());
            }
            message_rows::delete(&self.conn, &row.room, &place.device, &place.message_id)?;
        }
        match self.open(row, event, place, cx)? {
            Opened::Content(envelope) => self.keep(row, place, &envelope),
            Opened::Unreadable(why) => match self.read_from_archive(row, place, &event.body, why)? {
                Some(envelope) => {
                    self.alarm_in(row, FROM_ARCHIVE);
                    self.keep(row, place, &envelope)
                }
                None => self.keep_unreadable(row, place, why),
            },
        }
    }

    /// What MLS does not open but the epoch's own key does: said by that device of this room, in this epoch, under this id.
    /// Where its sender stood in the log is not known of it, so it is never taken in without an alarm.
    pub(super) fn read_from_archive(
        &self,
        row: &RoomRow,
        place: Place,
        body: &[u8],
        why: Unreadable,
    ) -> Result<Option<Envelope>, EngineError> {
        let is_of_ratchets =
            matches!(why, Unreadable::Undecryptable | Unreadable::OutOfWindow | Unreadable::OwnLost);
        if !is_of_ratchets || body.is_empty() {
            return Ok(None);
        }
        let Some(user) = sender_of(&self.conn, &row.room, &place.device)? else { return Ok(None) };
        let device = self.registry.chain(&user).and_then(|chain| chain.devices().get(&place.device));
        let key = history_rows::own_key(&self.conn, &row.room, row.epoch)?;
        let (Some(device), Some(archive)) = (device, key) else { return Ok(None) };
        let origin = Origin {
            room: row.room,
            epoch: row.epoch,
            user,
            device: place.device,
            key: device.key,
            message_id: place.message_id,
        };
        Ok(origin.unseal(&archive, body).ok())
    }

    /// Decrypts in a savepoint: what cannot be opened leaves no trace in the ratchets.
    fn open(
        &mut self,
        row: &mut RoomRow,
        event: &Event,
        place: Place,
        cx: &mut Cx<'_>,
    ) -> Result<Opened, EngineError> {
        self.conn.execute_batch("SAVEPOINT message")?;
        let mut group = self.take_group(&row.room)?;
        let opened = decrypt(&mut group, &self.conn, event, place);
        match opened {
            Ok((envelope, bound)) => {
                self.conn.execute_batch("RELEASE message")?;
                self.keep_group(group);
                self.compare_bound(row, event, &envelope, &bound, cx)?;
                Ok(Opened::Content(envelope))
            }
            Err(why) => {
                self.conn.execute_batch("ROLLBACK TO message; RELEASE message")?;
                Ok(Opened::Unreadable(why))
            }
        }
    }

    /// A sender who saw another history or another list of people than we did means that the server shows different people
    /// different things.
    fn compare_bound(
        &mut self,
        row: &mut RoomRow,
        event: &Event,
        envelope: &Envelope,
        bound: &Bound,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let seen = Evidence {
            time: cx.now,
            what: EvidenceKind::Fork,
            sentence: String::new(),
            room: Some(row.room),
            user: Some(envelope.user),
            device: Some(envelope.device),
            looked_at: false,
            details: EvidenceDetails {
                epoch: Some(event.epoch),
                seq: Some(bound.last_seen.0),
                said: event.mls.to_vec().into(),
                bound: bound.to_bytes().into(),
                ..EvidenceDetails::default()
            },
        };
        self.compare_head(bound.log, seen.clone())?;
        // Checked first: a seq is a number for the database only when it can be one of this room.
        let ours = match bound.last_seen.0 < event.seq {
            true => room_rows::transcript(&self.conn, &row.room, bound.last_seen)?,
            false => None,
        };
        if ours == Some(bound.transcript) {
            return Ok(());
        }
        self.fork(row, ours, bound.transcript, seen)
    }

    /// Says that somebody is shown another version of a room.
    pub(super) fn fork(
        &mut self,
        row: &mut RoomRow,
        ours: Option<[u8; 32]>,
        theirs: [u8; 32],
        seen: Evidence,
    ) -> Result<(), EngineError> {
        let who = self.whose(seen.user)?;
        let sentence = format!("{who} and you are shown different versions of this room by the server");
        row.trouble = Some(sentence.clone());
        let details = EvidenceDetails {
            our_hash: ours.map(Vec::from).unwrap_or_default().into(),
            their_hash: theirs.to_vec().into(),
            ..seen.details
        };
        self.keep_evidence(Evidence { sentence, details, ..seen })
    }

    pub(super) fn keep(
        &mut self,
        row: &mut RoomRow,
        place: Place,
        envelope: &Envelope,
    ) -> Result<(), EngineError> {
        match &envelope.content {
            Content::Text { text } => {
                self.keep_message(row, place, envelope, text)?;
                self.tell(News::Arrived { room: row.room, seq: place.seq });
            }
            Content::Unknown { .. } => {
                self.keep_message(row, place, envelope, Unreadable::NeedsNewerVersion.sentence())?;
            }
            Content::Meta { name, topic } => self.take_in_name(row, place.seq, name, topic)?,
            Content::Directory { rooms } => self.take_in_directory(row, place.seq, rooms)?,
            Content::Profile { name } => self.take_in_profile(&envelope.user, name)?,
            Content::Keys { keys } => self.take_in_keys(row, keys)?,
            Content::Predecessor { room, epoch, key } => {
                let key = key.as_ref().map(|key| (*epoch, key));
                if self.take_in_predecessor(row, &envelope.user, room, key)? {
                    self.keep_message(row, place, envelope, super::reset::GOES_ON_FROM)?;
                    self.tell(News::Timeline { room: row.room });
                }
            }
            Content::Successor { room } => {
                if self.take_in_successor(row, &envelope.user, room)? {
                    self.keep_message(row, place, envelope, &super::reset::goes_on_in(&row.name))?;
                    self.tell(News::Timeline { room: row.room });
                }
            }
        }
        Ok(())
    }

    /// Keeps a message at its place; whether it is new here.
    pub(super) fn keep_message(
        &self,
        row: &RoomRow,
        place: Place,
        envelope: &Envelope,
        text: &str,
    ) -> Result<bool, EngineError> {
        let new = message_rows::insert(
            &self.conn,
            &NewMessage {
                room: &row.room,
                message_id: &place.message_id,
                device: &envelope.device,
                user: &envelope.user,
                seq: Some(place.seq),
                time: place.time,
                kind: envelope.content.kind(),
                text,
                content: &envelope.content.to_bytes(),
            },
        )?;
        Ok(new)
    }

    /// Keeps a line in place of what cannot be shown: never a silent gap.
    pub(super) fn keep_unreadable(
        &self,
        row: &RoomRow,
        place: Place,
        why: Unreadable,
    ) -> Result<(), EngineError> {
        let user = sender_of(&self.conn, &row.room, &place.device)?.unwrap_or(self.me.user_id);
        self.keep_unreadable_of(row, place, user, why)
    }

    pub(super) fn keep_unreadable_of(
        &self,
        row: &RoomRow,
        place: Place,
        user: UserId,
        why: Unreadable,
    ) -> Result<(), EngineError> {
        message_rows::insert(
            &self.conn,
            &NewMessage {
                room: &row.room,
                message_id: &place.message_id,
                device: &place.device,
                user: &user,
                seq: Some(place.seq),
                time: place.time,
                kind: "unreadable",
                text: why.sentence(),
                content: why.name().as_bytes(),
            },
        )?;
        Ok(())
    }
}

/// Whose a device of a room is.
pub(super) fn sender_of(
    conn: &Connection,
    room: &RoomId,
    device: &DeviceId,
) -> Result<Option<UserId>, EngineError> {
    let leaves = room_rows::leaves(conn, room)?;
    Ok(leaves.into_iter().find(|(_, _, leaf_of)| leaf_of == device).map(|(_, user, _)| user))
}

enum Judged {
    Good,
    AwaitsLog,
    Bad(String),
}

fn decrypt(
    group: &mut Group,
    conn: &Connection,
    event: &Event,
    place: Place,
) -> Result<(Envelope, Bound), Unreadable> {
    let provider = Provider::new(conn);
    let received = group.receive(&provider, &event.mls).map_err(|error| match error {
        MemberError::Epoch { .. } => Unreadable::WrongEpoch,
        MemberError::OutOfWindow => Unreadable::OutOfWindow,
        MemberError::OwnMessage
        | MemberError::NoKeyPackage
        | MemberError::Invalid(_)
        | MemberError::Store(_) => Unreadable::Undecryptable,
    })?;
    let Received::Message { leaf, aad, plaintext } = received else {
        return Err(Unreadable::Tampered);
    };
    let bound = Bound::from_bytes(&aad).ok_or(Unreadable::Tampered)?;
    let is_as_bound = bound.room == group.room()
        && bound.message_id == place.message_id
        && leaf.member.device_id == place.device;
    if !is_as_bound {
        return Err(Unreadable::Tampered);
    }
    let envelope = unseal(&provider, group, &leaf, &place.message_id, &plaintext, &event.body)
        .map_err(|_| Unreadable::Tampered)?;
    Ok((envelope, bound))
}
