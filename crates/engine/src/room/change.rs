//! Changes of a room go out: a wish is kept until the log shows that it came true; each lost race makes its commit anew.

use std::collections::BTreeSet;

use bytes::Bytes;
use securechat_ids::{DeviceId, Epoch, RoomId, Seq, UserId};
use securechat_mls::{Kind, Member, Policy, check_key_package};
use securechat_mls_member::{Change, Group, MemberError, Provider, StagedOut};
use securechat_proto::frame::{
    ClaimKeyPackages, Commit, Committed, CreateRoom, GetGroup, KeyPackages, Leave, Request,
};
use securechat_proto::{Code, Refusal};
use serde_bytes::ByteBuf;

use super::pump::bytes;
use crate::Cx;
use crate::engine::{Engine, EngineError};
use crate::memory::{Halt, IntentRow, Made, MadeCommit, RoomRow, RoomState, Wish, intent_rows, room_rows};
use crate::output::News;
use crate::work::Asked;

const NOT_THEIRS: &str = "the server offered a device that is not on its owner's list, or a key package that does not hold; nobody was added";
const STILL_LISTENS: &str = "a device that its owner has ended is still in this room, and the server does not let it be removed; \
                             nothing is sent here until it is";
const NOT_ASKED_FOR: &str =
    "the server offered a device twice, or one that was not asked for; nobody was added";

impl Engine {
    /// Goes on with a room's next wish; whether there is one.
    pub(super) fn pump_change(&mut self, row: &RoomRow, cx: &mut Cx<'_>) -> Result<bool, EngineError> {
        if self.hold.is_some() {
            return Ok(true);
        }
        let Some(intent) = intent_rows::next(&self.conn, &row.room)? else { return Ok(false) };
        // Whoever this would bring together may not be who the server says; it waits until somebody has looked.
        if self.log.broken && matches!(intent.wish, Wish::Join | Wish::Add(_)) {
            return Ok(false);
        }
        match (&intent.wish, &intent.made) {
            (Wish::Found { team_room }, Some((_, Made::Founding(group_info, tree)))) => {
                let create = CreateRoom {
                    room: bytes(row.room.as_bytes()),
                    group_info: group_info.to_vec().into(),
                    tree: tree.to_vec().into(),
                    team_room: *team_room,
                };
                let number = intent.number;
                self.ask_for(row.room, Request::CreateRoom(create), |room| Asked::Found { room, number });
            }
            (_, Some((epoch, Made::Commit(made)))) => {
                if intent.wish != Wish::Join && *epoch != row.epoch {
                    intent_rows::set_made(&self.conn, intent.number, None)?;
                    self.dirty.insert(row.room);
                    return Ok(true);
                }
                self.send_commit(&intent, *epoch, made);
            }
            (Wish::Join, _) => {
                let ask = GetGroup { room: bytes(row.room.as_bytes()) };
                let number = intent.number;
                self.ask_for(row.room, Request::GetGroup(ask), |room| Asked::Group { room, number });
            }
            (Wish::Add(users), _) => self.claim_for(row, &intent, users)?,
            (Wish::Remove(user), _) => {
                let leaves = self.leaves_of(&row.room, |owner, _| owner == *user)?;
                let policy = self.policy_without(row, user)?;
                self.stage_removal(row, &intent, leaves, policy, cx)?;
            }
            (Wish::RemoveListed, _) => {
                let due = self.work.entry(row.room).or_default().must_remove.clone();
                let leaves = self.leaves_of(&row.room, |_, leaf| due.contains(&leaf))?;
                self.stage_removal(row, &intent, leaves, None, cx)?;
            }
            (Wish::Policy(wish), _) => self.stage_policy(row, &intent, *wish, cx)?,
            (Wish::Leave, _) => {
                let number = intent.number;
                let leave = Leave { room: bytes(row.room.as_bytes()) };
                self.ask_for(row.room, Request::Leave(leave), |room| Asked::Leave { room, number });
            }
            (Wish::Found { .. }, _) => self.wish_done(&row.room, intent.number)?,
        }
        Ok(true)
    }

    pub(super) fn ask_for(&mut self, room: RoomId, request: Request, asked: impl FnOnce(RoomId) -> Asked) {
        self.work.entry(room).or_default().asking = true;
        self.ask(request, asked(room));
    }

    fn send_commit(&mut self, intent: &IntentRow, epoch: Epoch, made: &MadeCommit) {
        let commit = Commit {
            room: bytes(intent.room.as_bytes()),
            base_epoch: epoch.0,
            message_id: bytes(intent.message_id.as_bytes()),
            commit: Bytes::copy_from_slice(&made.commit),
            group_info: Bytes::copy_from_slice(&made.group_info),
            welcome: Bytes::copy_from_slice(&made.welcome),
            link: Bytes::copy_from_slice(&made.link),
        };
        let number = intent.number;
        self.ask_for(intent.room, Request::Commit(commit), |room| Asked::Commit { room, number });
    }

    fn leaves_of(
        &self,
        room: &RoomId,
        mut wanted: impl FnMut(UserId, u32) -> bool,
    ) -> Result<Vec<u32>, EngineError> {
        Ok(room_rows::leaves(&self.conn, room)?
            .into_iter()
            .filter(|(leaf, user, device)| *device != self.me.device_id && wanted(*user, *leaf))
            .map(|(leaf, ..)| leaf)
            .collect())
    }

    fn stage_removal(
        &mut self,
        row: &RoomRow,
        intent: &IntentRow,
        remove: Vec<u32>,
        policy: Option<Policy>,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        if remove.is_empty() {
            return self.wish_done(&row.room, intent.number);
        }
        self.stage(row, intent, &Change { remove, policy, ..Change::default() }, cx)
    }

    /// Makes the commit, keeps it with its wish, and sends it.
    pub(super) fn stage(
        &mut self,
        row: &RoomRow,
        intent: &IntentRow,
        change: &Change,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let mut group = self.take_group(&row.room)?;
        let provider = Provider::new(&self.conn);
        if group.has_staged() {
            group.discard_own(&provider)?;
        }
        let staged = match group.stage(&provider, &self.me.key, change) {
            Ok(staged) => staged,
            Err(MemberError::Store(why)) => return Err(MemberError::Store(why).into()),
            // What others offered does not fit: made anew it would not fit either.
            Err(error) => {
                let why = format!("the change cannot be made: {error}");
                return self.wish_failed(&row.room, intent.number, &why);
            }
        };
        let link = self.make_link(&group, change, cx)?;
        let epoch = group.epoch();
        self.keep_group(group);
        self.keep_made(intent, epoch, staged, link)
    }

    /// Keeps a commit with its wish and sends it.
    pub(super) fn keep_made(
        &mut self,
        intent: &IntentRow,
        epoch: Epoch,
        staged: StagedOut,
        link: Vec<u8>,
    ) -> Result<(), EngineError> {
        let made = MadeCommit {
            commit: ByteBuf::from(staged.commit),
            group_info: ByteBuf::from(staged.group_info),
            welcome: ByteBuf::from(staged.welcome.unwrap_or_default()),
            link: ByteBuf::from(link),
        };
        self.send_commit(intent, epoch, &made);
        intent_rows::set_made(&self.conn, intent.number, Some((epoch, &Made::Commit(made))))?;
        Ok(())
    }

    /// Who has a device in a room that still speaks for them: not who has begun anew since.
    pub(super) fn people_there(&self, room: &RoomId) -> Result<Vec<UserId>, EngineError> {
        let leaves = room_rows::leaves(&self.conn, room)?.into_iter();
        let speaks = |user: &UserId, device: &DeviceId| {
            self.registry.chain(user).is_some_and(|chain| chain.active_key(device).is_some())
        };
        Ok(leaves.filter(|(_, user, device)| speaks(user, device)).map(|(_, user, _)| user).collect())
    }

    fn claim_for(&mut self, row: &RoomRow, intent: &IntentRow, users: &[UserId]) -> Result<(), EngineError> {
        let there = self.people_there(&row.room)?;
        let missing: Vec<Bytes> =
            users.iter().filter(|user| !there.contains(user)).map(|user| bytes(user.as_bytes())).collect();
        if missing.is_empty() {
            return self.wish_done(&row.room, intent.number);
        }
        let number = intent.number;
        self.ask_for(row.room, Request::ClaimKeyPackages(ClaimKeyPackages { users: missing }), |room| {
            Asked::Claim { room, number }
        });
        Ok(())
    }

    /// Key packages came: adds their devices, all of which must be on their owners' chains.
    pub(super) fn claimed(
        &mut self,
        room: &RoomId,
        number: i64,
        packages: &KeyPackages,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let Some((row, intent)) = self.row_and_intent(room, number)? else { return Ok(()) };
        let Wish::Add(users) = &intent.wish else { return Ok(()) };
        let there = self.people_there(room)?;
        let mut add = Vec::new();
        let mut reached = there.clone();
        let mut devices = BTreeSet::new();
        for package in &packages.packages {
            let Some(member) = self.offered(&package.key_package, cx) else {
                if self.awaits_log() {
                    // It has grown since the question, by this device perhaps: asked again when it is here.
                    return Ok(());
                }
                return self.offer_refused(room, number, NOT_THEIRS);
            };
            // Who is added is what the package says, not what the server says beside it.
            let named = package.user.as_ref() == member.user_id.as_bytes();
            if !named || !users.contains(&member.user_id) || !devices.insert(member.device_id) {
                return self.offer_refused(room, number, NOT_ASKED_FOR);
            }
            // Came by themselves since they were asked for.
            if there.contains(&member.user_id) {
                continue;
            }
            reached.push(member.user_id);
            add.push(package.key_package.to_vec());
        }
        if let Some(user) = users.iter().find(|user| !reached.contains(user)) {
            let why = format!("{} has no device that can be added now", self.mention(user)?);
            return self.wish_failed(room, number, &why);
        }
        if add.is_empty() {
            return self.wish_done(room, number);
        }
        self.stage(&row, &intent, &Change { add, ..Change::default() }, cx)
    }

    /// Whose device a key package adds, if it holds and is on its owner's chain.
    fn offered(&self, key_package: &[u8], cx: &Cx<'_>) -> Option<Member> {
        let checked = check_key_package(key_package, cx.now).ok()?;
        let m = checked.member;
        self.registry.vouches_for(&m.user_id, &m.device_id, &m.root16, &checked.key).then_some(m)
    }

    fn offer_refused(&mut self, room: &RoomId, number: i64, what: &str) -> Result<(), EngineError> {
        self.tell(News::Alarm { room: Some(*room), what: what.to_owned() });
        self.wish_failed(room, number, what)
    }

    pub(super) fn row_and_intent(
        &self,
        room: &RoomId,
        number: i64,
    ) -> Result<Option<(RoomRow, IntentRow)>, EngineError> {
        let row = room_rows::read(&self.conn, room)?;
        let intent = intent_rows::next(&self.conn, room)?.filter(|intent| intent.number == number);
        Ok(row.zip(intent))
    }

    /// The server has a commit of ours; the log will show it.
    pub(super) fn committed(
        &mut self,
        room: &RoomId,
        number: i64,
        committed: Committed,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let Some((mut row, intent)) = self.row_and_intent(room, number)? else { return Ok(()) };
        if intent.wish == Wish::Join {
            return self.joined_by_commit(row, &intent, committed, cx);
        }
        if row.cursor.0 < committed.seq {
            row.head = row.head.max(Seq(committed.seq));
            room_rows::write(&self.conn, &row)?;
            self.work.entry(*room).or_default().awaits_echo = Some(Seq(committed.seq));
            return Ok(());
        }
        if committed.seq <= row.joined_at.0 {
            // Made before this device came back into the room, which did not see it happen.
            return self.wish_done(room, number);
        }
        self.miss_change(&mut row)?;
        Ok(room_rows::write(&self.conn, &row)?)
    }

    pub(super) fn commit_refused(
        &mut self,
        room: &RoomId,
        number: i64,
        refusal: &Refusal,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let Some((mut row, intent)) = self.row_and_intent(room, number)? else { return Ok(()) };
        if intent.wish == Wish::Join {
            self.groups.remove(room);
            Group::delete(&Provider::new(&self.conn), *room)?;
        } else {
            let mut group = self.take_group(room)?;
            if group.has_staged() {
                group.discard_own(&Provider::new(&self.conn))?;
            }
            self.keep_group(group);
        }
        intent_rows::set_made(&self.conn, number, None)?;
        if refusal.code != Code::StaleEpoch && refusal.code != Code::MustCommit {
            return self.wish_refused(room, number, refusal);
        }
        let made_in = intent.made.as_ref().map(|(epoch, _)| *epoch);
        if refusal.code == Code::StaleEpoch
            && intent.wish != Wish::Join
            && made_in > Some(Epoch(refusal.epoch))
        {
            return self.halt(&mut row, Halt::RolledBack, super::send::EARLIER_EPOCH);
        }
        row.head = row.head.max(Seq(refusal.head_seq));
        room_rows::write(&self.conn, &row)?;
        let jitter_ms = cx.jitter_ms(5_000);
        self.work.entry(*room).or_default().back_off(cx.now, jitter_ms);
        Ok(())
    }

    /// The server has taken up our new room.
    pub(super) fn founded(&mut self, room: &RoomId, number: i64, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let Some((mut row, _)) = self.row_and_intent(room, number)? else { return Ok(()) };
        let group = self.take_group(room)?;
        row.state = RoomState::Joined;
        self.entered_epoch(&mut row, &group, Seq(0), cx.now)?;
        self.history_is_all_here(room)?;
        room_rows::write(&self.conn, &row)?;
        self.keep_group(group);
        self.wish_done(room, number)
    }

    pub(super) fn wish_done(&mut self, room: &RoomId, number: i64) -> Result<(), EngineError> {
        intent_rows::delete(&self.conn, number)?;
        self.dirty.insert(*room);
        self.tell(News::Wished { room: *room });
        self.tell(News::Rooms);
        Ok(())
    }

    pub(super) fn wish_failed(&mut self, room: &RoomId, number: i64, why: &str) -> Result<(), EngineError> {
        intent_rows::delete(&self.conn, number)?;
        self.dirty.insert(*room);
        self.refusals.insert(*room, why.to_owned());
        self.tell(News::WishFailed { room: *room, why: why.to_owned() });
        Ok(())
    }

    pub(super) fn wish_refused(
        &mut self,
        room: &RoomId,
        number: i64,
        refusal: &Refusal,
    ) -> Result<(), EngineError> {
        let known = self.row_and_intent(room, number)?;
        if let Some((mut row, IntentRow { wish: Wish::Join, .. })) = known.clone()
            && row.kind == Kind::Dm
            && row.cursor == Seq(0)
            && refusal.code == Code::NotMember
        {
            return self.wait_to_be_let_in(&mut row);
        }
        let wish = known.map(|(_, intent)| intent.wish);
        self.wish_failed(room, number, &refusal.message)?;
        match (wish, refusal.code) {
            (Some(Wish::Join), _) | (_, Code::NotMember) => self.room_gone(room),
            (Some(Wish::RemoveListed), _) => self.say_who_listens(room),
            _ => Ok(()),
        }
    }

    /// The server does not let an ended device be removed: what waits here waits for a reason.
    fn say_who_listens(&mut self, room: &RoomId) -> Result<(), EngineError> {
        let still = self.work.get(room).is_some_and(|work| !work.ended.1.is_empty());
        if let Some(mut row) = room_rows::read(&self.conn, room)?.filter(|_| still) {
            self.alarm_in(&mut row, STILL_LISTENS);
            room_rows::write(&self.conn, &row)?;
        }
        Ok(())
    }

    /// Removes due leaves, unless a device before ours in the tree is faster.
    pub(super) fn must_remove(
        &mut self,
        room: &RoomId,
        leaves: &[u32],
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let rank = self.rank(room, leaves)?;
        let jitter_ms = cx.jitter_ms(200);
        let work = self.work.entry(*room).or_default();
        work.must_remove = leaves.iter().copied().collect();
        work.remove_at = (!work.must_remove.is_empty()).then(|| cx.now.plus(rank * 1_500 + jitter_ms));
        self.dirty.insert(*room);
        Ok(())
    }

    /// Whether every leaf is a device that its owner's chain still has. Those that are not are due, whether or not the
    /// server lists them.
    pub(super) fn nobody_ended_listens(
        &mut self,
        row: &RoomRow,
        cx: &mut Cx<'_>,
    ) -> Result<bool, EngineError> {
        let at = Some((self.registry.size(), row.epoch));
        if self.work.entry(row.room).or_default().ended.0 != at {
            let leaves = room_rows::leaves(&self.conn, &row.room)?;
            let has_ended = |user: &UserId, device| {
                self.registry.chain(user).is_none_or(|chain| chain.active_key(device).is_none())
            };
            let ended: Vec<_> =
                leaves.iter().filter(|(_, user, device)| has_ended(user, device)).copied().collect();
            let work = self.work.entry(row.room).or_default();
            let was_silent = !work.ended.1.is_empty();
            work.ended = (at, ended.iter().map(|(leaf, ..)| *leaf).collect());
            let again = ended.iter().filter(|(_, _, device)| !work.put_out.insert(*device));
            let again: BTreeSet<u32> = again.map(|(leaf, ..)| *leaf).collect();
            let new = work.ended.1.iter().filter(|leaf| !again.contains(leaf)).copied();
            let due: BTreeSet<u32> = work.must_remove.iter().copied().chain(new).collect();
            if due != work.must_remove {
                self.must_remove(&row.room, &due.into_iter().collect::<Vec<_>>(), cx)?;
            }
            if was_silent && ended.is_empty() {
                self.resume_telling(row, cx)?;
            }
        }
        Ok(self.work.entry(row.room).or_default().ended.1.is_empty())
    }

    /// How many other devices stand before ours in the tree, leaves that are going left aside.
    pub(super) fn rank(&self, room: &RoomId, going: &[u32]) -> Result<u64, EngineError> {
        let leaves = room_rows::leaves(&self.conn, room)?;
        let before = leaves
            .iter()
            .take_while(|(_, _, device)| *device != self.me.device_id)
            .filter(|(leaf, ..)| !going.contains(leaf))
            .count();
        Ok(u64::try_from(before.min(20)).unwrap_or(20))
    }

    pub(super) fn due_removal(&mut self, row: &RoomRow, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let work = self.work.entry(row.room).or_default();
        if work.remove_at.is_none_or(|at| at > cx.now) {
            return Ok(());
        }
        work.remove_at = None;
        if !work.must_remove.is_empty() {
            intent_rows::insert(&self.conn, &row.room, &Wish::RemoveListed, &cx.message_id())?;
        }
        Ok(())
    }
}
