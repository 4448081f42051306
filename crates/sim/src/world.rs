//! The world of a run: a team, who is connected and since when, and everything that was seen.

use std::collections::BTreeMap;
use std::path::PathBuf;

use securechat_checker::{Event, Line};
use securechat_engine::{EngineError, News, Output};
use securechat_ids::{DeviceId, MessageId, RoomId, UnixMillis, UserId};
use securechat_proto::frame::ClientFrame;
use securechat_testkit::{DeviceNumber, Team};

use crate::Control;
use crate::broken::Broken;
use crate::dice::Dice;
use crate::rights::Rights;
use crate::trace::Trace;

/// How long a device waits before it connects again, at least and up to so much more, in milliseconds: as the real shell
/// does after its first failures.
const BACK_MS: (u64, usize) = (250, 4_000);

/// A device as the world sees it.
pub(crate) struct Seat {
    /// `ben-3`: whose it is, and its number.
    pub name: String,
    pub person: usize,
    /// Revoked, or its person's account has ended, and it has been told.
    pub ended: bool,
    /// Its person has closed it.
    pub away: bool,
    /// When it connects again, if it is neither online nor away.
    pub back_at: Option<UnixMillis>,
    /// Until when it takes nothing in.
    pub slow_until: UnixMillis,
    /// Its disk is full.
    pub full: bool,
    /// Counts what it sends to each room.
    pub orders: BTreeMap<RoomId, u64>,
}

pub(crate) struct World {
    pub team: Team,
    pub control: Option<Control>,
    /// Decides what a step leaves open.
    pub dice: Dice,
    pub people: Vec<String>,
    pub seats: Vec<Seat>,
    /// Rooms in the order in which they came up, and what to call them.
    pub rooms: Vec<(RoomId, String)>,
    pub rights: Rights,
    /// Requests of broken connections that are still to arrive, and whose they are.
    pub late: Vec<(DeviceNumber, ClientFrame)>,
    pub server_full: bool,
    pub busy_until: Option<UnixMillis>,
    /// Words of messages by their ids: what was said, by which device.
    pub said: BTreeMap<(DeviceNumber, MessageId), String>,
    /// Answers that were told already.
    pub told: BTreeMap<String, Option<u64>>,
    pub history: Vec<Line>,
    pub broken: Vec<Broken>,
    pub trace: Trace,
    pub began: UnixMillis,
    /// Disks that a control may put back.
    pub kept_disks: BTreeMap<DeviceNumber, PathBuf>,
    /// The server's memory from some requests ago, for a control.
    pub kept_server: Option<PathBuf>,
    pub words: u64,
    pub seed: u64,
    /// No more faults.
    pub calm: bool,
}

impl World {
    #[expect(clippy::needless_pass_by_value, reason = "every line is made for this and used once")]
    pub(crate) fn note(&mut self, line: String) {
        let at = self.team.now.since(self.began);
        self.trace.note(format!("{at:>7} {line}"));
    }

    pub(crate) fn saw(&mut self, event: Event) {
        let at = self.team.now.since(self.began);
        self.history.push(Line { at, event });
    }

    pub(crate) fn name(&self, device: DeviceNumber) -> String {
        self.seats[device].name.clone()
    }

    /// What a room is called in histories and traces.
    pub(crate) fn title(&mut self, room: &RoomId) -> String {
        if let Some((_, title)) = self.rooms.iter().find(|(id, _)| id == room) {
            return title.clone();
        }
        let title = format!("room{}", self.rooms.len());
        self.rooms.push((*room, title.clone()));
        title
    }

    pub(crate) fn number_of(&self, id: &DeviceId) -> Option<DeviceNumber> {
        (0..self.seats.len()).find(|number| self.team.device_id(*number) == *id)
    }

    /// Everybody's devices by id.
    pub(crate) fn names(&self) -> BTreeMap<DeviceId, (UserId, String)> {
        let numbers = 0..self.seats.len();
        let named = numbers.map(|number| {
            let user = self.team.engine(number).me().user_id;
            (self.team.device_id(number), (user, self.name(number)))
        });
        named.collect()
    }

    /// Judges how a step of an engine went. Only a full disk is an excuse; the engine then asks for a new connection itself.
    pub(crate) fn went<T>(
        &mut self,
        device: DeviceNumber,
        doing: &'static str,
        done: Result<T, EngineError>,
    ) -> Option<T> {
        match done {
            Ok(value) => Some(value),
            Err(error) => {
                self.failed(device, doing, &error.to_string());
                None
            }
        }
    }

    pub(crate) fn failed(&mut self, device: DeviceNumber, doing: &'static str, why: &str) {
        let name = self.name(device);
        self.note(format!("{name} fails at {doing}: {why}"));
        if !(self.seats[device].full && why.contains("full")) {
            self.broken.push(Broken::Engine { device: name, doing, why: why.to_owned() });
        }
    }

    /// Takes what an engine has put out, and does what its shell would do.
    pub(crate) fn collect(&mut self, device: DeviceNumber) {
        for output in self.team.poll(device) {
            match output {
                Output::Frame(_) => {}
                Output::Reconnect => self.part(device),
                Output::News(news) => self.hear(device, news),
            }
        }
    }

    fn hear(&mut self, device: DeviceNumber, news: News) {
        match news {
            News::Sent { room, message_id, seq, .. } => {
                self.title(&room);
                if let Some(message) = self.said.get(&(device, message_id)).cloned() {
                    self.acked(&message, message_id, seq.0);
                }
            }
            News::Failed { message_id, why, .. } => {
                if let Some(message) = self.said.get(&(device, message_id)).cloned() {
                    self.note(format!("{} hears that {message} failed: {why}", self.seats[device].name));
                    self.told.remove(&message);
                    self.saw(Event::Failed { message, reason: why });
                }
            }
            News::Alarm { what, .. } => {
                let name = self.name(device);
                self.note(format!("{name} raises an alarm: {what}"));
                self.broken.push(Broken::Alarm { device: name, what });
            }
            News::TokenRefused => {
                // As a shell: the connection it was said on is done with, and a new one begins with a session by key.
                self.part(device);
                let opened = self.team.try_session(device);
                if let Some(Err(refusal)) = self.went(device, "keeping a session", opened) {
                    self.note(format!("{} gets no session: {:?}", self.seats[device].name, refusal.code));
                    self.end(device);
                }
            }
            News::Ended { why } => {
                self.note(format!("{} hears that it has ended: {why}", self.seats[device].name));
                self.end(device);
            }
            News::WishFailed { room, why } => {
                let (name, room) = (self.name(device), self.title(&room));
                self.note(format!("{name} does not get its wish in {room}: {why}"));
            }
            _ => {}
        }
    }

    /// The sender was told of a place: by news, or by its timeline.
    pub(crate) fn acked(&mut self, message: &str, id: MessageId, seq: u64) {
        if self.told.insert(message.to_owned(), Some(seq)) != Some(Some(seq)) {
            let (message, id) = (message.to_owned(), Some(id.to_string()));
            self.saw(Event::Acked { message, id, seq: Some(seq) });
        }
    }

    fn end(&mut self, device: DeviceNumber) {
        self.team.cut(device);
        let seat = &mut self.seats[device];
        (seat.ended, seat.back_at) = (true, None);
    }

    /// The connection of a device is gone; it comes back by itself.
    pub(crate) fn part(&mut self, device: DeviceNumber) {
        let was = self.team.is_online(device);
        self.team.cut(device);
        if was {
            self.note(format!("{} is cut off", self.seats[device].name));
        }
        let wait = BACK_MS.0 + self.dice.below(BACK_MS.1) as u64;
        let seat = &mut self.seats[device];
        if !seat.away && !seat.ended {
            seat.back_at = Some(self.team.now.plus(wait));
        }
    }

    pub(crate) fn connect(&mut self, device: DeviceNumber) {
        let seat = &mut self.seats[device];
        if seat.ended || seat.away {
            return;
        }
        seat.back_at = None;
        self.note(format!("{} connects", self.seats[device].name));
        let connected = self.team.try_connect(device);
        self.went(device, "connecting", connected);
        self.collect(device);
    }
}
