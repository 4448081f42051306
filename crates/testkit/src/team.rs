//! A team: devices that come and go, crash and come back, and a wire that delivers in order.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use rusqlite::Connection;
use securechat_chain::{Chain, SignedLink};
use securechat_delivery::{Asker, Wake};
use securechat_engine::account::Stretched;
use securechat_engine::{Cx, Engine, NewHome, News, Output, account};
use securechat_ids::{DeviceId, RoomId, UnixMillis};
use securechat_proto::Refusal;
use securechat_proto::frame::{
    Answer, ClientFrame, Empty, LogGrew, MustRemove, Request, RoomGone, ServerFrame,
};
use securechat_proto::http::{AddDevice, Deactivate, LoggedIn, Secret, Session};
use tempfile::TempDir;

use crate::{Malice, Seeded, Server};

/// Names a device of a [`Team`].
pub type DeviceNumber = usize;

/// Longest virtual time that [`Team::run`] waits for things to settle, in milliseconds.
const PATIENCE_MS: u64 = 120_000;
/// Frames that are delivered at most before the clock must move on.
const FRAMES_AT_ONCE: usize = 5_000;

/// Several devices and their server.
pub struct Team {
    pub(crate) dir: TempDir,
    /// The server.
    pub server: Server,
    /// A second one that says it is the same: see [`Team::fork`].
    pub(crate) other: Option<Server>,
    /// Who stands between server and devices.
    pub malice: Malice,
    /// The virtual clock. It starts at the real time, because OpenMLS checks key packages against that.
    pub now: UnixMillis,
    /// Devices take turns on the wire, one frame each, so that what they do at once mixes. Otherwise all that one has under
    /// way is delivered before the next one's.
    pub in_turns: bool,
    /// Whose turn it is.
    pub(crate) turn: DeviceNumber,
    pub(crate) devices: Vec<Device>,
    pub(crate) chance: Seeded,
    pub(crate) invite: String,
}

pub(crate) struct Device {
    pub(crate) engine: Engine,
    pub(crate) token: String,
    pub(crate) id: DeviceId,
    pub(crate) online: bool,
    /// Whether the other server of a fork answers it.
    pub(crate) elsewhere: bool,
    pub(crate) to_server: VecDeque<ClientFrame>,
    pub(crate) from_server: VecDeque<ServerFrame>,
    pub(crate) news: Vec<News>,
    /// How far its clock is ahead of the team's, in milliseconds.
    pub(crate) ahead_ms: i64,
    /// How often its disk was put back to an older one: each of them is another file.
    pub(crate) put_back: u32,
}

impl Device {
    /// When its engine's timer is due, by the team's clock.
    pub(crate) fn next_timeout(&self) -> Option<UnixMillis> {
        let at = self.engine.next_timeout()?;
        Some(UnixMillis(at.0.saturating_add_signed(-self.ahead_ms)))
    }
}

/// What [`Team::run_with`] is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// To deliver a frame.
    Frame(Leg),
    /// To let a device know that time has passed.
    Timer(DeviceNumber),
    /// To let the server delete a step's worth.
    Sweep,
}

/// Which way the next frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// A request of this device.
    Request(DeviceNumber),
    /// An answer to this device.
    Answer(DeviceNumber),
    /// Something this device did not ask for.
    News(DeviceNumber),
}

impl Team {
    /// A team whose owner, device 0, is called `owner` and has made `#general`.
    pub fn new(owner: &str) -> Self {
        let dir = folder();
        let mut server = Server::open(dir.path());
        let now = real_now();
        let code = server.owner_code(now);
        let mut team = Self {
            dir,
            server,
            other: None,
            malice: Malice::default(),
            now,
            in_turns: false,
            turn: 0,
            devices: Vec::new(),
            chance: Seeded::new(7),
            invite: String::new(),
        };
        team.join_with(owner, &code).expect("the owner registers");
        team.run();
        let asker = team.asker(0);
        team.invite = team.server.invite(asker, now);
        team
    }

    /// Somebody registers by the team's invite and comes online.
    pub fn join(&mut self, name: &str) -> DeviceNumber {
        let code = self.invite.clone();
        let device = self.join_with(name, &code).expect("registers");
        self.run();
        device
    }

    /// Somebody registers by a code.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn join_with(&mut self, name: &str, code: &str) -> Result<DeviceNumber, Refusal> {
        let name = name.parse().expect("a user name");
        let mut cx = Cx { now: self.now, chance: &mut self.chance };
        let new = account::register(code, &name, "correct horse", "test", &mut cx).expect("prepares");
        let done = self.server.register(new.request.clone(), self.now)?;
        let session = done.answer;
        let home = NewHome {
            server_id: self.server.identity.server_id,
            server_url: "https://localhost:8765".into(),
            server_pin: String::new(),
            user_id: new.user_id,
            user_name: new.user_name.to_string(),
            device_id: new.device_id,
            device_seed: new.device_seed,
            root16: new.root16,
            vault_key: new.vault_key,
            role: session.role,
            token: session.token.0.clone(),
            expected: None,
        };
        self.wake(done.wakes);
        Ok(self.begin(&home, &session))
    }

    /// Somebody logs in on a further device and comes online.
    pub fn log_in(&mut self, name: &str) -> DeviceNumber {
        self.log_in_with(name, "correct horse")
    }

    /// As [`Team::log_in`], with a password of their own.
    pub fn log_in_with(&mut self, name: &str, password: &str) -> DeviceNumber {
        let parameters = self.server.parameters(name);
        let stretched = account::stretch(password, &parameters).expect("stretches");
        let device = self.log_in_offline(name, &stretched);
        self.connect(device);
        self.run();
        device
    }

    /// As [`Team::log_in`] with a password that was stretched before, and stays offline.
    pub fn log_in_offline(&mut self, name: &str, stretched: &Stretched) -> DeviceNumber {
        let parts = self.server.log_in(name, self.now).expect("logs in");
        let logged_in = LoggedIn {
            user_id: parts.user,
            ticket: Secret(parts.ticket.0.clone()),
            share: parts.sealed_share.clone().into(),
            vault: parts.vault.clone(),
            chain: parts.chain.clone(),
        };
        let links = logged_in.chain.iter().map(|link| SignedLink::parse(&link.0).expect("a link"));
        let chain = links
            .fold(None, |chain: Option<Chain>, link| match chain {
                None => Chain::begin(&link).ok(),
                Some(chain) => chain.append(&link).ok(),
            })
            .expect("a chain");
        let unlocked =
            account::unlock(&logged_in.user_id, &logged_in.vault.sealed.0, stretched, &logged_in.share.0)
                .expect("unlocks");
        let mut cx = Cx { now: self.now, chance: &mut self.chance };
        let added = account::add_device(&chain, &unlocked, "second", &mut cx);
        let done = self
            .server
            .add_device(logged_in.ticket.0, added.request.clone(), self.now)
            .expect("adds the device");
        let session = done.answer;
        let home = NewHome {
            server_id: self.server.identity.server_id,
            server_url: "https://localhost:8765".into(),
            server_pin: String::new(),
            user_id: logged_in.user_id,
            user_name: name.to_owned(),
            device_id: added.device_id,
            device_seed: added.device_seed,
            root16: chain.root16(),
            vault_key: unlocked.key.clone(),
            role: session.role,
            token: session.token.0.clone(),
            expected: None,
        };
        self.wake(done.wakes);
        self.begin_offline(&home, &session.token.0)
    }

    pub(crate) fn begin(&mut self, home: &NewHome, session: &Session) -> DeviceNumber {
        let number = self.begin_offline(home, &session.token.0);
        self.connect(number);
        number
    }

    fn begin_offline(&mut self, home: &NewHome, token: &str) -> DeviceNumber {
        let number = self.devices.len();
        let conn = self.open_file(number);
        Engine::create(&conn, home).expect("a fresh home");
        self.take_up(conn, token.to_owned(), home.device_id);
        number
    }

    /// Takes up a device where its disk left it, offline.
    pub(crate) fn take_up(&mut self, conn: Connection, token: String, id: DeviceId) {
        let engine = Engine::load(conn).expect("loads").expect("somebody is logged in");
        self.devices.push(Device {
            engine,
            token,
            id,
            online: false,
            elsewhere: false,
            to_server: VecDeque::new(),
            from_server: VecDeque::new(),
            news: Vec::new(),
            ahead_ms: 0,
            put_back: 0,
        });
    }

    pub(crate) fn begin_linked(&mut self, home: &NewHome) -> DeviceNumber {
        self.begin_offline(home, &home.token)
    }

    /// A device puts another on its owner's chain.
    pub(crate) fn vouch(&mut self, by: DeviceNumber, request: AddDevice) {
        let asker = self.asker(by);
        let done = self.server.vouch_device(asker, request, self.now).expect("vouches");
        self.wake(done.wakes);
    }

    /// A device's disk, to damage.
    pub fn disk(&self, number: DeviceNumber) -> Connection {
        self.open_file(number)
    }

    pub(crate) fn file(&self, number: DeviceNumber, put_back: u32) -> PathBuf {
        let end = if put_back == 0 { String::new() } else { format!("-{put_back}") };
        self.dir.path().join(format!("device{number}{end}.db"))
    }

    pub(crate) fn open_file(&self, number: DeviceNumber) -> Connection {
        let put_back = self.devices.get(number).map_or(0, |device| device.put_back);
        Connection::open(self.file(number, put_back)).expect("opens")
    }

    /// Runs `act` on the team's clock and chance.
    pub(crate) fn cx<T>(&mut self, act: impl FnOnce(&mut Cx<'_>) -> T) -> T {
        act(&mut Cx { now: self.now, chance: &mut self.chance })
    }

    /// The token of a device's first session.
    pub fn token(&self, device: DeviceNumber) -> String {
        self.devices[device].token.clone()
    }

    /// A session as the server sees it.
    pub fn asker(&self, device: DeviceNumber) -> Asker {
        self.server.asker(&self.devices[device].token, self.now).expect("a live session")
    }

    /// The engine of a device, to ask.
    pub fn engine(&self, device: DeviceNumber) -> &Engine {
        &self.devices[device].engine
    }

    /// Runs a command on a device. Nothing is delivered before [`Team::run`].
    pub fn with<T>(&mut self, device: DeviceNumber, act: impl FnOnce(&mut Engine, &mut Cx<'_>) -> T) -> T {
        let now = self.clock(device);
        let mut cx = Cx { now, chance: &mut self.chance };
        act(&mut self.devices[device].engine, &mut cx)
    }

    /// What a device's clock shows.
    pub fn clock(&self, device: DeviceNumber) -> UnixMillis {
        UnixMillis(self.now.0.saturating_add_signed(self.devices[device].ahead_ms))
    }

    /// Everything told to a device since this was last asked.
    pub fn news(&mut self, device: DeviceNumber) -> Vec<News> {
        std::mem::take(&mut self.devices[device].news)
    }

    /// Brings a device online.
    pub fn connect(&mut self, device: DeviceNumber) {
        self.devices[device].online = true;
        self.with(device, |engine, cx| engine.connected(cx)).expect("connects");
    }

    /// Cuts a device off; what was on the wire either way is lost.
    pub fn cut(&mut self, device: DeviceNumber) {
        let it = &mut self.devices[device];
        it.online = false;
        it.to_server.clear();
        it.from_server.clear();
        it.engine.disconnected();
    }

    /// Kills a device's process and starts it again, offline, from what its disk holds.
    pub fn crash(&mut self, device: DeviceNumber) {
        self.cut(device);
        let conn = self.open_file(device);
        self.devices[device].engine = Engine::load(conn).expect("loads").expect("somebody is logged in");
    }

    /// Kills the server and starts it again; every connection is lost.
    pub fn crash_server(&mut self) {
        self.crash_server_with(Server::restart);
    }

    /// As [`Team::crash_server`], where the server starts again as `restart` has it.
    pub fn crash_server_with(&mut self, restart: impl FnOnce(&mut Server)) {
        let online: Vec<_> = (0..self.devices.len()).filter(|n| self.devices[*n].online).collect();
        for device in &online {
            self.cut(*device);
        }
        restart(&mut self.server);
        for device in online {
            self.connect(device);
        }
    }

    /// Delivers one frame, if there is one; whether there was.
    pub fn deliver_one(&mut self) -> bool {
        let Some(next) = self.next_leg() else { return false };
        let (Leg::Request(number) | Leg::Answer(number) | Leg::News(number)) = next;
        self.turn = number + 1;
        if let Some(frame) = self.devices[number].to_server.pop_front() {
            self.serve(number, frame);
        } else if let Some(frame) = self.devices[number].from_server.pop_front() {
            self.with(number, |engine, cx| engine.receive(vec![frame], cx)).expect("takes it in");
        }
        true
    }

    /// What [`Team::deliver_one`] would deliver now.
    pub fn next_leg(&mut self) -> Option<Leg> {
        self.drain();
        let count = self.devices.len();
        let first = if self.in_turns { self.turn } else { 0 };
        (first..first + count).map(|number| number % count).find_map(|number| {
            let device = &self.devices[number];
            let answer = |frame: &ServerFrame| match frame.id {
                0 => Leg::News(number),
                _ => Leg::Answer(number),
            };
            let request = device.to_server.front().map(|_| Leg::Request(number));
            request.or_else(|| device.from_server.front().map(answer))
        })
    }

    /// Delivers the answer-bound half only: one frame of `device` reaches the server, and its answer is lost.
    pub fn lose_answer(&mut self, device: DeviceNumber) {
        self.drain();
        if let Some(frame) = self.devices[device].to_server.pop_front() {
            self.serve(device, frame);
        }
        self.cut(device);
    }

    /// Lets time pass until the next timer, and delivers.
    pub fn pass_once(&mut self) {
        let online = self.devices.iter().filter(|device| device.online);
        let Some(next) = online.filter_map(|device| device.next_timeout()).min() else { return };
        self.now = next.max(self.now);
        for number in 0..self.devices.len() {
            if self.devices[number].online {
                self.with(number, |engine, cx| engine.timeout(cx)).expect("a timeout");
            }
        }
        while self.deliver_one() {}
    }

    /// Which device that is.
    pub fn device_id(&self, device: DeviceNumber) -> DeviceId {
        self.devices[device].id
    }

    /// Delivers and lets time pass until nothing happens any more.
    ///
    /// # Panics
    /// If that takes more than two virtual minutes, or frames go round and round while no time passes.
    pub fn run(&mut self) {
        self.run_with(&mut |_, _| {});
    }

    /// As [`Team::run`]. `between` is called before each delivery of a frame and each timer of a device.
    ///
    /// # Panics
    /// As [`Team::run`].
    pub fn run_with(&mut self, between: &mut dyn FnMut(&mut Self, Next)) {
        let begin = self.now;
        loop {
            let mut delivered = 0;
            while let Some(leg) = self.next_leg() {
                between(self, Next::Frame(leg));
                self.deliver_one();
                delivered += 1;
                assert!(delivered < FRAMES_AT_ONCE, "frames turn in a circle");
            }
            let online = self.devices.iter().filter(|device| device.online);
            let Some(next) = online.filter_map(|device| device.next_timeout()).min() else { return };
            // What is only due in hours does not keep a team from being settled.
            if next.since(self.now) > PATIENCE_MS {
                return;
            }
            self.now = next.max(self.now);
            assert!(self.now.since(begin) < PATIENCE_MS, "the team does not settle");
            for number in 0..self.devices.len() {
                let is_due = |device: &Device| device.next_timeout().is_some_and(|at| at <= self.now);
                if self.devices[number].online && is_due(&self.devices[number]) {
                    between(self, Next::Timer(number));
                }
                if self.devices[number].online {
                    self.with(number, |engine, cx| engine.timeout(cx)).expect("a timeout");
                    // A shell calls again at once: a thread would turn in a circle, a browser tab would stand still.
                    let again = self.devices[number].next_timeout();
                    assert!(again.is_none_or(|at| at > self.now), "a timer stays due");
                }
            }
        }
    }

    /// Lets days go by: the server and every device, online or not, delete what is due.
    pub fn pass_days(&mut self, days: u64) {
        self.pass_days_with(days, &mut |_, _| {});
    }

    /// As [`Team::pass_days`]. `between` is called before each step of the server's deleting, and as in [`Team::run_with`].
    pub fn pass_days_with(&mut self, days: u64, between: &mut dyn FnMut(&mut Self, Next)) {
        self.now = self.now.plus(days * 24 * 60 * 60 * 1_000);
        loop {
            between(self, Next::Sweep);
            if self.server.sweep_once(self.now) == 0 {
                break;
            }
        }
        self.server.forget();
        for number in 0..self.devices.len() {
            while self.devices[number].next_timeout().is_some_and(|at| at <= self.now) {
                between(self, Next::Timer(number));
                self.with(number, |engine, cx| engine.timeout(cx)).expect("a timeout");
                self.now = self.now.plus(1);
            }
        }
        self.run_with(between);
    }

    /// Everything that is in a device's files. They are not encrypted here.
    pub fn files(&self, device: DeviceNumber) -> Vec<u8> {
        let with = |end: &str| self.dir.path().join(format!("device{device}.db{end}"));
        ["", "-wal", "-shm"].iter().flat_map(|end| std::fs::read(with(end)).unwrap_or_default()).collect()
    }

    /// Takes what the engines put out: frames onto the wire, news aside.
    fn drain(&mut self) {
        for number in 0..self.devices.len() {
            while let Some(output) = self.devices[number].engine.poll() {
                match output {
                    Output::Frame(frame) => self.devices[number].to_server.push_back(frame),
                    Output::News(news) => self.devices[number].news.push(news),
                    Output::Reconnect => {
                        self.cut(number);
                        self.connect(number);
                    }
                }
            }
            if !self.devices[number].online {
                self.devices[number].to_server.clear();
            }
        }
    }

    fn serve(&mut self, number: DeviceNumber, frame: ClientFrame) {
        let asked = frame.request.as_ref().expect("the engine sends whole frames");
        if let Some(answer) = self.malice.answers(number, asked) {
            self.devices[number].from_server.push_back(ServerFrame::new(frame.id, answer));
            return;
        }
        let elsewhere = self.devices[number].elsewhere;
        let server = if elsewhere { self.other.as_mut().expect("forked") } else { &mut self.server };
        let asker = server.asker(&self.devices[number].token, self.now);
        let (answer, wakes) = server.answer(asker, frame, self.now);
        self.pass(number, answer);
        self.wake_at(elsewhere, wakes);
    }

    /// Puts a frame of the server onto the wire, past whoever stands in the middle.
    fn pass(&mut self, number: DeviceNumber, frame: ServerFrame) {
        let frames = self.malice.pass(number, frame);
        self.devices[number].from_server.extend(frames);
    }

    /// Tells live sessions what a commit did.
    pub fn wake(&mut self, wakes: Vec<Wake>) {
        self.wake_at(false, wakes);
    }

    fn wake_at(&mut self, elsewhere: bool, wakes: Vec<Wake>) {
        for wake in wakes {
            let (to, answer) = match wake {
                Wake::Event { event, mut to, .. } => {
                    if let Some((device, change)) = self.server.shown_event
                        && to.contains(&device)
                    {
                        to.retain(|other| *other != device);
                        let mut changed = event.clone();
                        change(&mut changed);
                        self.tell(elsewhere, &[device], &Answer::Event(changed));
                    }
                    (to, Answer::Event(event))
                }
                Wake::Joined { .. } => continue,
                Wake::Inbox { device } => (vec![device], Answer::InboxGrew(Empty {})),
                Wake::Receipt { receipt, to } => (to, Answer::Receipt(receipt)),
                Wake::Items { to } => (to, Answer::ItemsGrew(Empty {})),
                Wake::LogGrew { size } => {
                    let shown = &self.server.shown_log;
                    let ids = self.devices.iter().map(|device| device.id);
                    let all = ids.filter(|id| !shown.contains_key(id)).collect();
                    (all, Answer::LogGrew(LogGrew { size }))
                }
                Wake::MustRemove { room, leaves, to } => {
                    let room = room.as_bytes().to_vec().into();
                    (to, Answer::MustRemove(MustRemove { room, leaves }))
                }
                Wake::RoomGone { room, to } => {
                    let room = room.as_bytes().to_vec().into();
                    (to, Answer::RoomGone(RoomGone { room }))
                }
                Wake::EndSessions { devices, code } => {
                    (devices, Answer::Bye(Refusal::new(code, "the session ends").into()))
                }
            };
            self.tell(elsewhere, &to, &answer);
        }
    }

    fn tell(&mut self, elsewhere: bool, to: &[DeviceId], answer: &Answer) {
        for number in 0..self.devices.len() {
            let device = &self.devices[number];
            if device.online && device.elsewhere == elsewhere && to.contains(&device.id) {
                self.pass(number, ServerFrame::news(answer.clone()));
            }
        }
    }

    /// Has the server say something that nobody asked for and that it has no reason to say.
    pub fn slip(&mut self, device: DeviceNumber, answer: Answer) {
        self.malice.count_one();
        self.devices[device].from_server.push_back(ServerFrame::news(answer));
    }

    /// The server copies its memory. These devices are answered from the copy from now on, and neither half hears of what
    /// is done in the other.
    pub fn fork(&mut self, devices: &[DeviceNumber]) {
        if self.other.is_none() {
            self.other = Some(self.server.copy(&self.dir.path().join("fork.db")));
        }
        for device in devices {
            self.malice.count_one();
            self.devices[*device].elsewhere = true;
            self.cut(*device);
            self.connect(*device);
        }
    }

    /// Brings a device back from the copy to the first server.
    pub fn unite(&mut self, device: DeviceNumber) {
        self.devices[device].elsewhere = false;
        self.cut(device);
        self.connect(device);
    }

    /// Whether a device has a connection.
    pub fn is_online(&self, device: DeviceNumber) -> bool {
        self.devices[device].online
    }

    /// Opens a session by device key and comes online with it, as a shell does whose token is refused.
    ///
    /// # Errors
    /// The server's refusal: the device has ended.
    pub fn open_session(&mut self, device: DeviceNumber) -> Result<(), Refusal> {
        let signer = self.engine(device).session_signer();
        let opened = self.server.try_session(signer.device_id(), |nonce| signer.sign(nonce), self.now);
        if let Err(refusal) = &opened {
            self.with(device, |engine, cx| engine.session_refused(refusal, cx)).expect("notes it");
        }
        let session = opened?;
        let token = session.token.0;
        self.devices[device].token.clone_from(&token);
        self.with(device, |engine, cx| engine.keep_token(&token, cx)).expect("keeps it");
        self.connect(device);
        Ok(())
    }

    /// How many devices there are.
    pub fn devices(&self) -> usize {
        self.devices.len()
    }

    /// What the real server answers to a request of a device; nobody is told of what it does.
    pub fn ask_server(&mut self, device: DeviceNumber, request: Request) -> Answer {
        let asker = Some(self.asker(device));
        let (frame, _) = self.server.answer(asker, ClientFrame::new(1, request), self.now);
        frame.answer.expect("an answer")
    }

    /// Revokes a device of the same person.
    pub fn revoke(&mut self, by: DeviceNumber, device: DeviceNumber) {
        let id = self.devices[device].id;
        let request = self.with(by, |engine, cx| {
            account::revoke_device(engine.own_chain().expect("the own chain"), engine.device_key(), id, cx)
        });
        let asker = self.asker(by);
        let done = self.server.revoke_device(asker, request, self.now).expect("revokes");
        self.wake(done.wakes);
    }

    /// Deactivates a person.
    pub fn deactivate(&mut self, by: DeviceNumber, name: &str) {
        let user_id = self.engine(by).find_person(name).expect("known");
        let asker = self.asker(by);
        let done = self.server.deactivate(asker, Deactivate { user_id }, self.now).expect("deactivates");
        self.wake(done.wakes);
    }

    /// The room of a label on a device.
    pub fn room(&self, device: DeviceNumber, label: &str) -> RoomId {
        self.engine(device).find_room(label).expect("knows the room")
    }

    /// Sends a text and delivers nothing yet.
    pub fn say(&mut self, device: DeviceNumber, label: &str, text: &str) {
        let room = self.room(device, label);
        self.with(device, |engine, cx| engine.send_text(&room, text, cx)).expect("is taken");
    }

    /// The texts of a room's timeline on a device, with their senders and kinds other than text in parentheses.
    pub fn texts(&self, device: DeviceNumber, label: &str) -> Vec<String> {
        let room = self.room(device, label);
        let lines = self.engine(device).timeline(&room, None, 10_000).expect("reads");
        lines
            .into_iter()
            .map(|line| match line.kind {
                securechat_engine::view::LineKind::Text => format!("{}: {}", line.from, line.text),
                other => format!("({} {})", other.name(), line.text),
            })
            .collect()
    }

    /// `(seq, message id)` of every placed line of a room on a device.
    pub fn places(&self, device: DeviceNumber, label: &str) -> BTreeMap<u64, String> {
        let room = self.room(device, label);
        let lines = self.engine(device).timeline(&room, None, 10_000).expect("reads");
        lines.into_iter().filter_map(|line| Some((line.seq?.0, line.message_id.to_string()))).collect()
    }
}

/// A folder in memory where there is one: what is awaited here is the store's word, not a disk.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

#[expect(clippy::disallowed_methods, reason = "OpenMLS checks key packages against the system's time")]
fn real_now() -> UnixMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    UnixMillis(u64::try_from(since.as_millis()).expect("before 584 million years"))
}
