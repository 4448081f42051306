//! This device comes into rooms, by Welcome or by external commit, and goes out of them.

use bytes::Bytes;
use securechat_ids::{Epoch, RoomId, Seq};
use securechat_mls::{History, Kind, Leaf};
use securechat_mls_member::{Group, Joining, MemberError, Provider};
use securechat_proto::frame::Group as GroupFrame;
use securechat_proto::frame::{AckInbox, Committed, FetchInbox, GetTree, InboxItem, Request};
use securechat_proto::{Code, Refusal};

use crate::Cx;
use crate::engine::{Engine, EngineError};
use crate::memory::{
    Halt, IntentRow, RoomRow, RoomState, Wish, history_rows, intent_rows, repair_rows, room_rows,
};
use crate::output::News;
use crate::work::Asked;

impl Engine {
    /// What an external commit needs came: joins, if everybody in the room is who their chain says.
    pub(super) fn group_for_join(
        &mut self,
        room: &RoomId,
        number: i64,
        frame: &GroupFrame,
        _cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let Some((mut row, intent)) = self.row_and_intent(room, number)? else { return Ok(()) };
        let provider = Provider::new(&self.conn);
        let joined = Group::join_by_commit(&provider, &self.me.key, &frame.group_info, &frame.tree);
        let (group, staged) = match joined {
            Ok(joined) => joined,
            Err(MemberError::Store(why)) => return Err(MemberError::Store(why).into()),
            Err(error) => {
                let why = format!("the room cannot be joined: {error}");
                self.stays_out(&mut row, Halt::Desync, &why)?;
                return self.wish_failed(room, number, &why);
            }
        };
        if group.room() != *room || !self.vouched_leaves(&group.leaves()) {
            Group::delete(&Provider::new(&self.conn), group.room())?;
            if self.awaits_log() {
                // The log has grown since the question, by whoever that is perhaps: asked again when it is here.
                return Ok(());
            }
            let what = "somebody in this room is not who the list of devices says, so it was not joined";
            self.tell(News::Alarm { room: Some(*room), what: what.into() });
            self.stays_out(&mut row, Halt::People, what)?;
            return self.wish_failed(room, number, what);
        }
        // A member is not led back to where people were who have gone since, whoever says that its state is of no use.
        if group.epoch() <= row.epoch && !repair_rows::read(&self.conn, room)?.earlier {
            Group::delete(&Provider::new(&self.conn), *room)?;
            let why = super::send::EARLIER_EPOCH;
            self.halt(&mut row, Halt::RolledBack, why)?;
            return self.wish_failed(room, number, why);
        }
        self.keep_group(group);
        // A newcomer does not know the key that its commit's link would hold.
        self.keep_made(&intent, Epoch(frame.epoch), staged, Vec::new())
    }

    /// A room that this device was in and cannot come back into stays stopped, and says why.
    fn stays_out(&mut self, row: &mut RoomRow, halt: Halt, why: &str) -> Result<(), EngineError> {
        if row.cursor > Seq(0) { self.halt(row, halt, why) } else { Ok(()) }
    }

    fn vouched_leaves(&self, leaves: &[Leaf]) -> bool {
        // Devices that were revoked a moment ago may still be there, to be removed next; strangers may not.
        leaves.iter().all(|leaf| {
            self.registry.has_vouched_for(&leaf.member.user_id, &leaf.member.device_id, &leaf.key)
        })
    }

    pub(super) fn joined_by_commit(
        &mut self,
        row: RoomRow,
        intent: &IntentRow,
        committed: Committed,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let group = self.take_group(&row.room)?;
        self.enter(row, &group, Seq(committed.seq), cx)?;
        self.keep_group(group);
        self.wish_done(&intent.room, intent.number)
    }

    /// In the room from `seq` on.
    fn enter(
        &mut self,
        mut row: RoomRow,
        group: &Group,
        seq: Seq,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        self.keep_gap(&row, seq, cx.now)?;
        let before = room_rows::users(&self.conn, &row.room)?;
        self.note_coming_back(&row, &before, group, seq, cx.now)?;
        self.history_begins(&row, seq)?;
        if row.name.is_empty() {
            self.name_as_handed(&mut row)?;
        }
        row.state = RoomState::Joined;
        row.trouble = None;
        row.cursor = seq;
        // Events that were pushed before this device knew the room were dropped: look at least once.
        row.head = row.head.max(seq.next());
        row.joined_at = seq;
        row.read_to = row.read_to.max(seq);
        self.entered_epoch(&mut row, group, seq, cx.now)?;
        room_rows::write(&self.conn, &row)?;
        self.forget_acknowledged(&row.room, seq)?;
        self.receipts_due.insert(row.room);
        self.dirty.insert(row.room);
        self.tell(News::Rooms);
        Ok(())
    }

    pub(super) fn fetch_inbox(&mut self) {
        let after = self.inbox.back().map_or(0, |item| item.number);
        if !self.asked.values().any(|asked| *asked == Asked::Inbox) {
            self.ask(Request::FetchInbox(FetchInbox { after }), Asked::Inbox);
        }
    }

    pub(super) fn inbox_items(&mut self, items: Vec<InboxItem>) {
        let last = self.inbox.back().map_or(0, |item| item.number);
        self.inbox.extend(items.into_iter().filter(|item| item.number > last));
    }

    /// Asks for the tree of the next Welcome. One at a time, in order.
    pub(super) fn next_welcome(&mut self) {
        let busy = self.asked.values().any(|asked| matches!(asked, Asked::Tree { .. }));
        // The people in a room are judged by the whole log, and not at all where that cannot be believed.
        if busy || self.hold.is_some() || self.log.broken || self.log.size > self.registry.size() {
            return;
        }
        if let Some(item) = self.inbox.front().cloned() {
            let ask = GetTree { room: item.room.clone(), epoch: item.epoch };
            self.ask(Request::GetTree(ask), Asked::Tree { item });
        }
    }

    pub(super) fn tree_for_welcome(
        &mut self,
        item: &InboxItem,
        tree: &Bytes,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let Ok(room) = RoomId::try_from(item.room.as_ref()) else { return self.welcome_handled(item) };
        let known = room_rows::read(&self.conn, &room)?;
        let is_in = known.as_ref().is_some_and(|row| {
            matches!(row.state, RoomState::Joined | RoomState::Halted) && row.cursor.0 >= item.seq
        });
        if is_in {
            return self.welcome_handled(item);
        }
        // A commit of this device's own is on its way: where the server has taken it, the Welcome is of an epoch that is over,
        // and a device that entered it would see itself removed. Where it has not, the next one leads in all the same.
        let intent = intent_rows::next(&self.conn, &room)?;
        if intent.is_some_and(|intent| intent.wish == Wish::Join && intent.made.is_some()) {
            self.refill_key_packages(0, true, cx)?;
            return self.welcome_handled(item);
        }
        let joining = match Joining::open(&Provider::new(&self.conn), &item.welcome, tree) {
            Ok(joining) => joining,
            Err(MemberError::Store(why)) => return Err(MemberError::Store(why).into()),
            Err(_) => return self.welcome_unusable(item, cx),
        };
        if joining.room() != room || !self.vouched_leaves(&joining.leaves()) {
            let what = "an invitation to a room was dropped: somebody in it is not on the list of devices";
            self.tell(News::Alarm { room: Some(room), what: what.into() });
            return self.welcome_handled(item);
        }
        self.groups.remove(&room);
        Group::delete(&Provider::new(&self.conn), room)?;
        let group = joining.accept(&Provider::new(&self.conn))?;
        // A wish to be there has come true; the others speak of an older membership.
        while let Some(intent) = intent_rows::next(&self.conn, &room)? {
            intent_rows::delete(&self.conn, intent.number)?;
        }
        let row =
            known.unwrap_or_else(|| RoomRow::new(room, RoomState::Joining, Kind::Private, History::None));
        self.enter(row, &group, Seq(item.seq), cx)?;
        self.keep_group(group);
        self.welcome_handled(item)?;
        self.refill_key_packages(0, true, cx)
    }

    /// A Welcome that leads nowhere: the user is in the room's roster, so an external commit does.
    pub(super) fn welcome_unusable(&mut self, item: &InboxItem, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        if let Ok(room) = RoomId::try_from(item.room.as_ref()) {
            let known = room_rows::read(&self.conn, &room)?;
            let row =
                known.unwrap_or_else(|| RoomRow::new(room, RoomState::Joining, Kind::Private, History::None));
            if row.state != RoomState::Joined {
                self.wish_to_join(row, cx)?;
            }
        }
        // A key package is gone with it, whether or not it was one that is here.
        self.refill_key_packages(0, true, cx)?;
        self.welcome_handled(item)
    }

    fn welcome_handled(&mut self, item: &InboxItem) -> Result<(), EngineError> {
        self.inbox.retain(|waiting| waiting.number > item.number);
        self.ask(Request::AckInbox(AckInbox { up_to: item.number }), Asked::AckInbox);
        Ok(())
    }

    /// The server refused to take up our new room.
    pub(super) fn found_refused(
        &mut self,
        room: &RoomId,
        number: i64,
        refusal: &Refusal,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let Some((mut row, _)) = self.row_and_intent(room, number)? else { return Ok(()) };
        self.groups.remove(room);
        Group::delete(&Provider::new(&self.conn), *room)?;
        if row.kind == Kind::Dm && refusal.code == Code::Conflict {
            return self.dm_is_taken(&mut row, cx);
        }
        row.state = RoomState::Gone;
        room_rows::write(&self.conn, &row)?;
        self.wish_failed(room, number, &refusal.message)?;
        // Whoever was to come in, and what was to be said: there is no room for it.
        self.closed(room, &refusal.message)
    }

    /// We left.
    pub(super) fn left(&mut self, room: &RoomId, number: i64) -> Result<(), EngineError> {
        self.room_gone(room)?;
        self.wish_done(room, number)
    }

    /// The room is closed to this device. What was read stays readable; what was not sent says so.
    pub(super) fn room_gone(&mut self, room: &RoomId) -> Result<(), EngineError> {
        let Some(mut row) = room_rows::read(&self.conn, room)? else { return Ok(()) };
        if row.state == RoomState::Gone {
            return Ok(());
        }
        // Open channels stay in the directory.
        let listed = row.kind == Kind::Channel && !row.name.is_empty();
        row.state = if listed { RoomState::Listed } else { RoomState::Gone };
        row.trouble = None;
        room_rows::write(&self.conn, &row)?;
        self.closed(room, super::send::NOT_IN_ANY_MORE)
    }

    /// Lets go of everything that a room which this device is not in any more would go on with.
    fn closed(&mut self, room: &RoomId, why: &str) -> Result<(), EngineError> {
        room_rows::write_members(&self.conn, room, &[])?;
        room_rows::clear_transcript(&self.conn, room)?;
        self.groups.remove(room);
        Group::delete(&Provider::new(&self.conn), *room)?;
        while let Some(intent) = intent_rows::next(&self.conn, room)? {
            intent_rows::delete(&self.conn, intent.number)?;
            if intent.wish != Wish::Leave {
                self.tell(News::WishFailed { room: *room, why: why.to_owned() });
            }
        }
        history_rows::owe_nothing(&self.conn, room)?;
        self.work.remove(room);
        self.fail_unsent(room, why)?;
        self.tell(News::Rooms);
        Ok(())
    }
}
