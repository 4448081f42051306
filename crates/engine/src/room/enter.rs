//! A commit comes in: it is judged, its epoch entered, and what it changed kept.

use securechat_ids::{DeviceId, MessageId, Seq, UnixMillis};
use securechat_mls::{Author, Facts, Leaf, Removable, judge};
use securechat_mls_member::{Group, Provider, Received, StagedIn};
use securechat_proto::frame::Event;
use sha2::{Digest as _, Sha256};

use super::echo::TWICE;
use super::event::{Place, Taken};
use crate::engine::{Engine, EngineError};
use crate::memory::{Halt, RoomRow, RoomState, intent_rows, limit_rows, message_rows, room_rows};
use crate::output::News;
use crate::{Cx, transcript};

impl Engine {
    /// Takes in a change of the room: ours by its bytes, or judged; halts the room where it cannot be followed.
    pub(super) fn take_in_commit(
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
}

enum Judged {
    Good,
    AwaitsLog,
    Bad(String),
}
