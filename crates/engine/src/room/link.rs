//! A connection begins, stands and ends.

use bytes::Bytes;
use securechat_ids::{DeviceId, Epoch, Generation, RoomId, Seq, ServerId, UnixMillis};
use securechat_mls::{History, Kind, is_dm_room};
use securechat_mls_member::{DeviceKey, Provider, new_key_package};
use securechat_proto::frame::{Empty, FetchInbox, Hello, PutKeyPackages, Ready, Request, RoomHead};
use securechat_proto::http::{Role, session_challenge};
use securechat_proto::{Code, Refusal, VERSION, limits};

use crate::Cx;
use crate::engine::{Engine, EngineError};
use crate::memory::{
    Halt, RoomRow, RoomState, Wish, account_rows, intent_rows, outbox_rows, repair_rows, room_rows,
};
use crate::output::News;
use crate::work::{Asked, Greeted, Link, Missed};

/// Signs the nonces that open sessions by device key, and nothing else.
pub struct SessionSigner {
    server_id: ServerId,
    key: DeviceKey,
}

impl SessionSigner {
    /// Which device opens the session.
    pub fn device_id(&self) -> DeviceId {
        self.key.member().device_id
    }

    /// The signature over a nonce from the server.
    pub fn sign(&self, nonce: &[u8]) -> [u8; 64] {
        self.key.sign(&session_challenge(&self.server_id, &self.device_id(), nonce))
    }
}

/// Between two looks at something that is due and cannot be done yet, milliseconds.
const LOOK_AGAIN_MS: u64 = 1_000;

impl Engine {
    /// The session token to open a connection with; `None` calls for a session by device key first.
    pub fn token(&self) -> Option<&str> {
        self.me.token.as_deref()
    }

    /// What signs the nonces that open sessions by device key.
    pub fn session_signer(&self) -> SessionSigner {
        SessionSigner { server_id: self.me.server_id, key: self.me.key.clone() }
    }

    /// Keeps a new session token.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn keep_token(&mut self, token: &str, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        self.step(cx, |engine, _| {
            account_rows::set_token(&engine.conn, Some(token))?;
            engine.me.token = Some(token.to_owned());
            Ok(())
        })
    }

    /// The server opens no session for this device, which signed with its key. Where that says that the device or the account
    /// has come to its end, what waits here does not go out.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn session_refused(&mut self, refusal: &Refusal, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        match refusal.code {
            Code::Unauthenticated | Code::WrongCredentials | Code::Deactivated => {
                self.step(cx, |engine, _| engine.nothing_goes_out())
            }
            _ => Ok(()),
        }
    }

    /// A connection is open: says `Hello`.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn connected(&mut self, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        self.forget_link();
        let Some(token) = self.me.token.clone() else {
            self.tell(News::TokenRefused);
            return Ok(());
        };
        self.step(cx, |engine, _| {
            engine.link = Link::Greeting;
            engine.ask(Request::Hello(Hello { version: VERSION, token }), Asked::Hello);
            Ok(())
        })
    }

    /// The connection is gone. What was on its way is asked again from memory on the next one.
    pub fn disconnected(&mut self) {
        self.forget_link();
    }

    /// Asks for a sign of life.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn ping(&mut self, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        self.step(cx, |engine, _| {
            if engine.link == Link::Online {
                engine.ask(Request::Ping(Empty {}), Asked::Ping);
            }
            Ok(())
        })
    }

    /// The earliest moment at which [`Engine::timeout`] has something to do.
    pub fn next_timeout(&self) -> Option<UnixMillis> {
        // Deleting needs no connection.
        let delete_at = Some(self.delete_at);
        if self.link != Link::Online {
            return delete_at;
        }
        // While sending waits, no room can do what it is due for.
        if let Some((until, _)) = self.hold {
            return Some(until.min(self.delete_at));
        }
        let rooms = self.work.values().flat_map(|work| {
            [work.remove_at, work.tell_at, work.receipt_at, work.not_before, work.repair_at]
        });
        let at = rooms.chain([self.items_at, self.coming.next_at(), delete_at]).flatten().min()?;
        // What was due already and could not be done waits for an answer or an event, which wakes it. To be called again at
        // once would leave a shell with one thread no time to bring either.
        Some(if at <= self.timed_at { self.timed_at.plus(LOOK_AGAIN_MS) } else { at })
    }

    /// Time has passed.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn timeout(&mut self, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        self.step(cx, |engine, cx| {
            let now = cx.now;
            engine.timed_at = now;
            let due = |at: Option<UnixMillis>| at.is_some_and(|at| at <= now);
            if due(engine.hold.map(|(until, _)| until)) {
                engine.hold = None;
                engine.ask_again(cx)?;
                engine.dirty.extend(outbox_rows::rooms(&engine.conn)?);
                engine.dirty.extend(intent_rows::rooms(&engine.conn)?);
                // What reads back waited as well.
                engine.dirty.extend(engine.work.keys());
            }
            for (room, work) in &mut engine.work {
                if due(work.not_before) {
                    work.not_before = None;
                    engine.dirty.insert(*room);
                }
                let at = [work.remove_at, work.tell_at, work.receipt_at, work.repair_at];
                if at.into_iter().any(due) {
                    engine.dirty.insert(*room);
                }
            }
            if due(Some(engine.delete_at)) {
                engine.delete_due(cx)?;
            }
            Ok(())
        })?;
        self.empty_log()
    }

    /// Asks again what the server was too busy for.
    fn ask_again(&mut self, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        for missed in std::mem::take(&mut self.missed) {
            match missed {
                Missed::Inbox => self.fetch_inbox(),
                Missed::Items => self.fetch_items()?,
                Missed::KeyPackages => {
                    let greeted = self.greeted;
                    let left = greeted.map_or(0, |greeted| greeted.key_packages_left);
                    let last_resort = greeted.is_some_and(|greeted| greeted.last_resort);
                    self.refill_key_packages(left, last_resort, cx)?;
                }
            }
        }
        Ok(())
    }

    /// `Ready`: compares what the server has with what is here.
    pub(super) fn ready(&mut self, ready: &Ready, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let (Ok(server), Ok(generation)) =
            (ServerId::try_from(ready.server_id.as_ref()), Generation::try_from(ready.generation.as_ref()))
        else {
            self.tell(News::Alarm { room: None, what: "the server's greeting is malformed".into() });
            return Ok(());
        };
        if server != self.me.server_id {
            self.tell(News::Alarm { room: None, what: "another server answers at this address".into() });
            return Ok(());
        }
        let rolled_back = self.me.generation.is_some_and(|known| known != generation);
        self.link = Link::Online;
        self.ahead_of_server_ms = cx.now.since(UnixMillis(ready.now_ms));
        self.me.generation = Some(generation);
        self.me.role = ready.role.parse().unwrap_or(Role::Member);
        self.me.team_room = RoomId::try_from(ready.team_room.as_ref()).ok();
        account_rows::set_server(&self.conn, &generation, self.me.team_room, self.me.role)?;
        self.tell_evidence()?;
        if rolled_back {
            self.keep_restored(cx)?;
        }
        if !self.log_reaches_expected(ready.log_size)? {
            self.other_log();
            return Ok(());
        }
        self.log_grew(ready.log_size);
        // Before any room: what this user's other devices know of them.
        self.fetch_items()?;
        self.compare_rooms(&ready.rooms, ready.inbox_head == 0, cx)?;
        if ready.team_room.is_empty() && self.me.role == Role::Owner {
            self.found_team_room(cx)?;
        }
        if ready.inbox_head > 0 {
            self.ask(Request::FetchInbox(FetchInbox { after: 0 }), Asked::Inbox);
        }
        let left = usize::try_from(ready.key_packages_left).unwrap_or(usize::MAX);
        self.greeted = Some(Greeted {
            here: cx.now,
            there: UnixMillis(ready.now_ms),
            key_packages_left: left,
            last_resort: ready.last_resort,
        });
        self.refill_key_packages(left, ready.last_resort, cx)?;
        self.dirty.extend(outbox_rows::rooms(&self.conn)?);
        self.dirty.extend(intent_rows::rooms(&self.conn)?);
        self.tell(News::Online);
        self.tell(News::Rooms);
        Ok(())
    }

    fn compare_rooms(
        &mut self,
        heads: &[RoomHead],
        inbox_empty: bool,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let mut open = std::collections::BTreeSet::new();
        for head in heads {
            let Ok(room) = RoomId::try_from(head.room.as_ref()) else { continue };
            open.insert(room);
            let known = room_rows::read(&self.conn, &room)?;
            let is_in = |row: &RoomRow| matches!(row.state, RoomState::Joined | RoomState::Halted);
            match known {
                Some(mut row) if is_in(&row) && head.device_is_member => {
                    self.miss_beyond(&mut row, Seq(head.head_seq))?;
                    self.notice_rollback(&mut row, head)?;
                    row.head = Seq(head.head_seq).max(row.cursor);
                    room_rows::write(&self.conn, &row)?;
                    self.must_remove(&room, &head.must_remove, cx)?;
                    self.resume_telling(&row, cx)?;
                    self.resume_receipts(&row)?;
                    self.dirty.insert(room);
                }
                // A Welcome may be in the inbox; where it leads nowhere, or none is there, a commit of our own is left.
                Some(row) if row.state == RoomState::Joining => {
                    let ours = self.me.team_room == Some(room) || head.user_is_member;
                    let waits = inbox_empty && intent_rows::next(&self.conn, &room)?.is_none();
                    if ours && (!head.device_is_member || waits) {
                        self.come_in_turn(row, cx)?;
                    }
                    self.dirty.insert(room);
                }
                // The server's word alone does not lead around what it stopped at.
                Some(row) if row.state == RoomState::Halted && !self.comes_back_by_itself(&room)? => {}
                known => {
                    let ours = self.me.team_room == Some(room) || head.user_is_member;
                    // With a leaf but no group here, either a Welcome waits or its keys are lost.
                    if ours && (!head.device_is_member || inbox_empty) {
                        let row = known.unwrap_or_else(|| {
                            RoomRow::new(room, RoomState::Joining, Kind::Private, History::None)
                        });
                        self.come_in_turn(row, cx)?;
                    }
                }
            }
        }
        for row in room_rows::all(&self.conn)? {
            let over = match row.state {
                RoomState::Joined | RoomState::Halted => true,
                // Nothing leads in any more: its person has left on another device meanwhile, or was removed. Whoever lost the
                // race for a room of two waits for the other's Welcome, which comes before the server names the room.
                RoomState::Joining => {
                    row.kind != Kind::Dm
                        && !is_dm_room(&row.room)
                        && intent_rows::count_in(&self.conn, &row.room)? == 0
                }
                RoomState::Listed | RoomState::Gone => false,
            };
            if over && !open.contains(&row.room) {
                self.room_gone(&row.room)?;
            }
        }
        if inbox_empty {
            self.resume_taking_up(cx)?;
        }
        Ok(())
    }

    fn comes_back_by_itself(&self, room: &RoomId) -> Result<bool, EngineError> {
        Ok(repair_rows::read(&self.conn, room)?.halt == Some(Halt::Desync))
    }

    /// A server that is behind what it once acknowledged has lost something.
    fn notice_rollback(&mut self, row: &mut RoomRow, head: &RoomHead) -> Result<(), EngineError> {
        if head.head_seq >= row.cursor.0 && Epoch(head.epoch) >= row.epoch {
            return Ok(());
        }
        let what =
            "the server has lost messages of this room that this device has seen; nothing more is sent here";
        if row.state == RoomState::Halted {
            return Ok(());
        }
        self.halt(row, Halt::RolledBack, what)
    }

    /// Wants this device in a room by external commit.
    pub(super) fn wish_to_join(&mut self, mut row: RoomRow, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        self.coming.remove(&row.room);
        row.state = RoomState::Joining;
        room_rows::write(&self.conn, &row)?;
        // Whatever else is wanted of the room comes true only in it.
        intent_rows::insert_first(&self.conn, &row.room, &Wish::Join, &cx.message_id())?;
        self.dirty.insert(row.room);
        Ok(())
    }

    /// Leaves enough key packages at the server for others to add this device while it is away.
    pub(crate) fn refill_key_packages(
        &mut self,
        left: usize,
        last_resort: bool,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        if left >= limits::KEY_PACKAGES_LOW && last_resort {
            return Ok(());
        }
        let provider = Provider::new(&self.conn);
        let make = |last| new_key_package(&provider, &self.me.key, last, cx.now).map(Bytes::from);
        let missing = limits::KEY_PACKAGES_FULL.saturating_sub(left);
        let packages = (0..missing).map(|_| make(false)).collect::<Result<_, _>>()?;
        let last_resort = if last_resort { Bytes::new() } else { make(true)? };
        self.ask(Request::PutKeyPackages(PutKeyPackages { packages, last_resort }), Asked::KeyPackages);
        Ok(())
    }
}
