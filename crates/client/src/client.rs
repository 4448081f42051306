//! The handle faces hold: ask, act, listen. Everything behind it runs on the engine's thread.

use securechat_engine::view::{
    History, ImportedMessage, ImportedRoom, MeView, MessageView, PersonView, RoomView,
};
use securechat_engine::{CommandError, Cx, Engine, EngineError, NewRoom, News};
use securechat_ids::{MessageId, RoomId, Seq, ServerId, UnixMillis, UserId};
use securechat_proto::http::Session;
use tokio::sync::{broadcast, oneshot, watch};

use crate::account::open_session;
use crate::address::{Address, InviteLink};
use crate::drive::{Connection, Drive, Told};
use crate::failure::Failure;
use crate::http::{Api, server_info};
use crate::platform::{Home, now, sleep_until};
use crate::relay::Offered;

/// Longest time a short visit is made longer for the others.
const HURRY_MS: u64 = 3_000;

/// A device at work. Dropping it ends the connection; [`Client::close`] also waits until the home is free.
pub struct Client {
    drive: Drive,
    me: MeView,
    pub(crate) address: Address,
    /// A new device that waits for this one's person to answer.
    pub(crate) offered: std::sync::Mutex<Option<Offered>>,
}

/// What a person names when they send: a room here, or somebody with whom there is no room yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A room.
    Room(RoomId),
    /// A person.
    Person(UserId),
}

impl Client {
    /// Takes up the device in a folder and connects.
    ///
    /// # Errors
    /// [`Failure::NotLoggedIn`], or whatever keeps the folder from being used.
    #[cfg(not(target_family = "wasm"))]
    pub fn open(dir: &std::path::Path) -> Result<Self, Failure> {
        Self::start(Home::own(dir)?)
    }

    /// Takes up the device in a folder that is owned already.
    ///
    /// # Errors
    /// As [`Client::open`].
    pub fn start(home: Home) -> Result<Self, Failure> {
        if !home.is_taken() {
            return Err(Failure::NotLoggedIn);
        }
        let engine = Engine::load(home.open_database()?)?.ok_or(Failure::NotLoggedIn)?;
        let me = engine.me();
        let link: InviteLink = me.server_url.parse()?;
        let address = Address { pin: Some(me.server_pin.clone()), ..link.address };
        let drive = Drive::start(home, engine, address.clone())?;
        Ok(Self { drive, me, address, offered: std::sync::Mutex::new(None) })
    }

    /// Ends the connection and frees the home.
    pub async fn close(self) {
        self.drive.stop().await;
    }

    /// Does what others in its rooms wait for (names told to newcomers, leavers removed) before a short visit ends. A few
    /// seconds at most: what is not done then stays due.
    pub async fn hurry(&self) {
        if *self.drive.connection.borrow() != Connection::Online {
            return;
        }
        let done = async {
            let mut listener = self.listen();
            let _stopped = self.with(|engine, cx| engine.hurry(cx)).await;
            let settled = |engine: &Engine| Ok(engine.nothing_waits()? && !engine.items_wait()?);
            while !matches!(self.read(settled).await, Ok(true) | Err(_)) {
                if listener.next().await.is_none() {
                    break;
                }
            }
        };
        tokio::select! {
            () = done => {}
            () = sleep_until(Some(now().plus(HURRY_MS))) => {}
        }
    }

    /// The machine slept, or its network is back: a connection is tried at once where there is none, and put to the proof
    /// where there seems to be one.
    pub fn wake(&self) {
        self.drive.woken.notify_one();
    }

    /// Who this device is, as it was when opened.
    pub fn me(&self) -> &MeView {
        &self.me
    }

    /// Who this device is now: a role may have changed.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn me_now(&self) -> Result<MeView, Failure> {
        self.with(|engine, _| engine.me()).await
    }

    /// The room that holds the whole team, once the server has named it.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn team_room(&self) -> Result<Option<RoomId>, Failure> {
        self.with(|engine, _| engine.team_room()).await
    }

    /// Everything that is told from now on.
    pub fn listen(&self) -> Listener {
        Listener(self.drive.news.subscribe())
    }

    /// Where the connection stands, now and on every change.
    pub fn connection(&self) -> watch::Receiver<Connection> {
        self.drive.connection.clone()
    }

    /// Runs `ask` on the engine's thread.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Engine, &mut Cx<'_>) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (answer, answered) = oneshot::channel();
        let call = Box::new(move |engine: &mut Engine, cx: &mut Cx<'_>| {
            // Whoever asked may have gone away meanwhile.
            let _listening = answer.send(ask(engine, cx));
        });
        let stopped = || Failure::Other("the engine has stopped".into());
        self.drive.calls.send(call).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Engine) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, Failure> {
        Ok(self.with(move |engine, _| ask(engine)).await??)
    }

    pub(crate) async fn act<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Engine, &mut Cx<'_>) -> Result<T, CommandError> + Send + 'static,
    ) -> Result<T, Failure> {
        Ok(self.with(act).await??)
    }

    /// The JSON API with a session that the server accepts.
    pub(crate) async fn api(&self) -> Result<Api, Failure> {
        let (token, signer) =
            self.with(|engine, _| (engine.token().map(str::to_owned), engine.session_signer())).await?;
        let token = match token {
            Some(token) => token,
            None => {
                let session: Session = open_session(&self.address, &signer).await?;
                let token = session.token.0;
                let kept = token.clone();
                self.with(move |engine, cx| engine.keep_token(&kept, cx)).await??;
                token
            }
        };
        Ok(Api { address: self.address.clone(), token: Some(token) })
    }

    /// Waits until everything the server had is here.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be reached or does not accept this device.
    pub async fn caught_up(&self) -> Result<(), Failure> {
        let mut listener = self.listen();
        let mut connection = self.connection();
        loop {
            if self.with(|engine, _| engine.is_caught_up()).await? {
                return Ok(());
            }
            tokio::select! {
                told = listener.next() => {
                    if told.is_none() {
                        return Err(Failure::Other("the engine has stopped".into()));
                    }
                }
                _changed = connection.changed() => {
                    match &*connection.borrow_and_update() {
                        Connection::Waiting { why, .. } => return Err(Failure::Unreachable(strip(why))),
                        Connection::Over { why, exit_code } => return Err(over(why, *exit_code)),
                        Connection::Connecting | Connection::Online => {}
                    }
                }
            }
        }
    }

    /// Whether nothing waits that could go out by itself.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn nothing_waits(&self) -> Result<bool, Failure> {
        self.read(Engine::nothing_waits).await
    }

    /// How many changes of a room wait to come true.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn wishes_waiting(&self, room: RoomId) -> Result<u64, Failure> {
        self.read(move |engine| engine.wishes_waiting(&room)).await
    }

    /// Why the last change of a room could not come true; told once.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn last_refusal(&self, room: RoomId) -> Result<Option<String>, Failure> {
        self.with(move |engine, _| engine.take_refusal(&room)).await
    }

    /// How far this machine's clock is ahead of the server's, in milliseconds.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn clock_difference_ms(&self) -> Result<i64, Failure> {
        let before = now();
        let info = server_info(&self.address).await?;
        let middle = before.0.midpoint(now().0);
        let ms = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
        Ok(ms(middle) - ms(info.now_ms.0))
    }

    /// Rooms, the team's first.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn rooms(&self) -> Result<Vec<RoomView>, Failure> {
        self.read(Engine::rooms).await
    }

    /// One room.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn room(&self, room: RoomId) -> Result<Option<RoomView>, Failure> {
        self.read(move |engine| engine.room(&room)).await
    }

    /// A person looks at a room: if this device is still on its way into it, it goes there now.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn turn_to(&self, room: RoomId) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.turn_to(&room, cx)).await
    }

    /// Waits until this device has come into all rooms of its person, and says each time how many are left.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn come_into_rooms(&self, mut left: impl FnMut(usize)) -> Result<(), Failure> {
        let mut listener = self.listen();
        loop {
            let rooms = self.with(|engine, _| engine.rooms_to_come()).await?;
            if rooms == 0 {
                return self.caught_up().await;
            }
            left(rooms);
            if listener.next().await.is_none() {
                return Err(Failure::Other("the engine has stopped".into()));
            }
        }
    }

    /// The newest `limit` lines of a room before `before`, oldest first, then what waits.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn timeline(
        &self,
        room: RoomId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<Vec<MessageView>, Failure> {
        self.read(move |engine| engine.timeline(&room, before, limit)).await
    }

    /// Lines of a room after `after`, oldest first.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn messages_after(
        &self,
        room: RoomId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<MessageView>, Failure> {
        self.read(move |engine| engine.messages_after(&room, after, limit)).await
    }

    /// Place of the newest line of a room before `time`.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn seq_at(&self, room: RoomId, time: UnixMillis) -> Result<Seq, Failure> {
        self.read(move |engine| engine.seq_at(&room, time)).await
    }

    /// One message of this device.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn own_message(&self, room: RoomId, id: MessageId) -> Result<Option<MessageView>, Failure> {
        self.read(move |engine| engine.own_message(&room, &id)).await
    }

    /// Everything unread, room by room.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn inbox(&self, limit: usize) -> Result<Vec<MessageView>, Failure> {
        self.read(move |engine| engine.inbox(limit)).await
    }

    /// Messages with all these words, newest first.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn search(&self, words: String, limit: usize) -> Result<Vec<MessageView>, Failure> {
        self.read(move |engine| engine.search(&words, limit)).await
    }

    /// Messages of one room with all these words, newest first.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn search_in(
        &self,
        room: RoomId,
        words: String,
        limit: usize,
    ) -> Result<Vec<MessageView>, Failure> {
        self.read(move |engine| engine.search_in(&room, &words, limit)).await
    }

    /// People in a room.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn members(&self, room: RoomId) -> Result<Vec<PersonView>, Failure> {
        self.read(move |engine| engine.members(&room)).await
    }

    /// People of the team.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn people(&self) -> Result<Vec<PersonView>, Failure> {
        self.read(Engine::people).await
    }

    /// What was being written in a room.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn draft(&self, room: RoomId) -> Result<String, Failure> {
        self.read(move |engine| engine.draft(&room)).await
    }

    /// The room called `#name`.
    ///
    /// # Errors
    /// [`Failure::Usage`] if there is none.
    pub async fn find_room(&self, label: &str) -> Result<RoomId, Failure> {
        let label = label.to_owned();
        self.act(move |engine, _| engine.find_room(&label)).await
    }

    /// The person called `@name`.
    ///
    /// # Errors
    /// [`Failure::Usage`] if there is none.
    pub async fn find_person(&self, name: &str) -> Result<UserId, Failure> {
        let name = name.to_owned();
        self.act(move |engine, _| engine.find_person(&name)).await
    }

    /// The room or person called `#room` or `@user`.
    ///
    /// # Errors
    /// [`Failure::Usage`] if there is none.
    pub async fn find(&self, name: &str) -> Result<Target, Failure> {
        if name.starts_with('@') {
            return Ok(Target::Person(self.find_person(name).await?));
        }
        Ok(Target::Room(self.find_room(name).await?))
    }

    /// The room of a target; direct messages with a person are opened if need be.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn room_for(&self, target: Target) -> Result<RoomId, Failure> {
        match target {
            Target::Room(room) => Ok(room),
            Target::Person(user) => self.act(move |engine, cx| engine.open_dm(&user, cx)).await,
        }
    }

    /// Sends a text; it waits in the outbox until the server has it.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn send(&self, room: RoomId, text: String) -> Result<MessageId, Failure> {
        self.act(move |engine, cx| engine.send_text(&room, &text, cx)).await
    }

    /// As [`Client::send`], under an id of the asker's: asked twice, it is sent once.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn send_as(&self, id: MessageId, room: RoomId, text: String) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.send_text_as(id, &room, &text, cx)).await
    }

    /// Lets a failed message go out again.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn retry(&self, room: RoomId, id: MessageId) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.retry(&room, &id, cx)).await
    }

    /// Drops a message that has not left.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn discard(&self, room: RoomId, id: MessageId) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.discard(&room, &id, cx)).await
    }

    /// Makes a room.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn create_room(&self, new: NewRoom) -> Result<RoomId, Failure> {
        self.act(move |engine, cx| engine.create_room(&new, cx)).await
    }

    /// Joins an open room.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn join_room(&self, room: RoomId) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.join_room(&room, cx)).await
    }

    /// Leaves a room.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn leave_room(&self, room: RoomId) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.leave_room(&room, cx)).await
    }

    /// Adds people to a room.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn add_people(&self, room: RoomId, users: Vec<UserId>) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.add_people(&room, &users, cx)).await
    }

    /// Removes a person from a room.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn remove_person(&self, room: RoomId, user: UserId) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.remove_person(&room, &user, cx)).await
    }

    /// Makes a person an admin of a room.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn make_admin(&self, room: RoomId, user: UserId) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.make_admin(&room, &user, cx)).await
    }

    /// Takes a person's being an admin of a room away.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn unmake_admin(&self, room: RoomId, user: UserId) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.unmake_admin(&room, &user, cx)).await
    }

    /// From now on newcomers of a room read back no further than this. There is no way back.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn tighten_history(&self, room: RoomId, history: History) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.tighten_history(&room, history, cx)).await
    }

    /// From now on messages of a room are kept for so many days; 0 is for ever.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn keep_for(&self, room: RoomId, days: u32) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.keep_for(&room, days, cx)).await
    }

    /// Keeps those messages of an export that are not here; how many.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn import(&self, room: ImportedRoom, messages: Vec<ImportedMessage>) -> Result<usize, Failure> {
        self.act(move |engine, cx| engine.import(&room, &messages, cx)).await
    }

    /// Who the server is.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn server_id(&self) -> Result<ServerId, Failure> {
        self.with(|engine, _| engine.server_id()).await
    }

    /// Everything up to `seq` has been read here.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn mark_read(&self, room: RoomId, seq: Seq) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.mark_read(&room, seq, cx)).await
    }

    /// Keeps what is being written in a room.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn keep_draft(&self, room: RoomId, text: String) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.keep_draft(&room, &text, cx)).await
    }

    /// Everything from `seq` on counts as unread again.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn mark_unread(&self, room: RoomId, seq: Seq) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.mark_unread(&room, seq, cx)).await
    }

    /// Settings of this device, by name.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn settings(&self) -> Result<Vec<(String, String)>, Failure> {
        self.read(Engine::settings).await
    }

    /// Sets one, or forgets it.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn set_setting(&self, name: String, value: Option<String>) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.set_setting(&name, value.as_deref(), cx)).await
    }

    /// Tells the team how this person wants to be called.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn set_display_name(&self, name: String) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.set_display_name(&name, cx)).await
    }
}

/// Hears what the engine tells.
pub struct Listener(broadcast::Receiver<News>);

impl Listener {
    /// The next thing told; `None` once the engine has stopped.
    pub async fn next(&mut self) -> Option<Told> {
        match self.0.recv().await {
            Ok(news) => Some(Told::News(news)),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Told::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

/// A failure's words without the lead-in that its kind adds again.
fn strip(why: &str) -> String {
    why.trim_start_matches("cannot reach the server: ").to_owned()
}

pub(crate) fn over(why: &str, exit_code: u8) -> Failure {
    if exit_code == 4 { Failure::Other(why.to_owned()) } else { Failure::Trust(why.to_owned()) }
}
