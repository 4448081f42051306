//! What people do, as their shells would have it done. What they may not do is refused, and no failure.

use securechat_checker::Event;
use securechat_engine::view::{Delivery, History, Kind, RoomStanding, RoomView};
use securechat_engine::{CommandError, Cx, Engine, NewRoom};
use securechat_ids::{RoomId, Seq, UserId};
use securechat_testkit::DeviceNumber;

use crate::cast::Cast;
use crate::script::Deed;
use crate::world::{Seat, World};

/// Most devices in a run.
const DEVICES_MAX: usize = 8;
/// Most rooms that people make in a run, beside those of two.
const ROOMS_MAX: usize = 4;

/// Whether somebody may change a room. Who leaves a room of two, or is taken out of it, has no way back into it yet: nobody
/// does that here.
fn is_changeable(row: &RoomView) -> bool {
    row.state == RoomStanding::Joined && row.kind != Kind::Dm
}

impl World {
    pub(crate) fn act(&mut self, cast: &Cast, deed: Deed) {
        match deed {
            Deed::Say => self.say_somewhere(1),
            Deed::Burst => {
                let times = 2 + self.dice.below(5);
                self.say_somewhere(times);
            }
            Deed::Create => self.create(),
            Deed::Add => self.change_people(|engine, cx, room, user| engine.add_people(room, &[*user], cx)),
            Deed::Remove => self.change_people(|engine, cx, room, user| engine.remove_person(room, user, cx)),
            Deed::Admit => self.change_people(|engine, cx, room, user| engine.make_admin(room, user, cx)),
            Deed::Demote => self.change_people(|engine, cx, room, user| engine.unmake_admin(room, user, cx)),
            Deed::Join => self.join(),
            Deed::Leave => self.in_a_room("leaves", |engine, cx, room| engine.leave_room(room, cx)),
            Deed::Direct => self.write_to_one(),
            Deed::LogIn => self.log_in(cast),
            Deed::Revoke => self.revoke(),
            Deed::Deactivate => self.deactivate(),
            Deed::Tighten => {
                let history = [History::SinceJoin, History::None][self.dice.below(2)];
                let act = move |engine: &mut Engine, cx: &mut Cx<'_>, room: &RoomId| {
                    engine.tighten_history(room, history, cx)
                };
                self.in_a_room("tightens", act);
            }
            Deed::Race => self.race(),
            Deed::Read => {
                self.in_a_room("reads", |engine, cx, room| engine.mark_read(room, Seq(u64::MAX), cx));
            }
            Deed::ReadBack => {
                let messages = 1 + self.dice.below(200) as u64;
                let act = move |engine: &mut Engine, cx: &mut Cx<'_>, room: &RoomId| {
                    engine.read_back(room, messages, cx)
                };
                self.in_a_room("reads back", act);
            }
            Deed::Retry => self.retry(),
            Deed::GoAway => self.go_away(),
            Deed::ComeBack => self.come_back(),
            Deed::Wait => {
                let wait = [200, 2_000, 20_000, 90_000][self.dice.below(4)];
                self.note(format!("{wait} ms pass"));
                self.team.now = self.team.now.plus(wait);
            }
        }
    }

    /// Somebody's device that works; it may be away, and what is done on it waits then.
    fn somebody(&mut self) -> Option<DeviceNumber> {
        let able: Vec<_> = (0..self.seats.len()).filter(|device| !self.seats[*device].ended).collect();
        if able.is_empty() { None } else { Some(able[self.dice.below(able.len())]) }
    }

    fn room_of(&mut self, device: DeviceNumber, fits: impl Fn(&RoomView) -> bool) -> Option<RoomId> {
        let rooms = self.team.engine(device).rooms().expect("reads");
        let rooms: Vec<RoomId> = rooms.iter().filter(|row| fits(row)).map(|row| row.room).collect();
        if rooms.is_empty() { None } else { Some(rooms[self.dice.below(rooms.len())]) }
    }

    fn person(&mut self, device: DeviceNumber) -> Option<UserId> {
        let number = self.dice.below(self.people.len());
        let name = self.people[number].clone();
        self.team.engine(device).find_person(&name).ok()
    }

    /// Runs a command; `None` if it was refused or failed.
    fn command<T>(
        &mut self,
        device: DeviceNumber,
        doing: &'static str,
        act: impl FnOnce(&mut Engine, &mut Cx<'_>) -> Result<T, CommandError>,
    ) -> Option<T> {
        let done = self.team.with(device, act);
        let value = match done {
            Ok(value) => Some(value),
            Err(CommandError::Engine(error)) => {
                self.failed(device, doing, &error.to_string());
                None
            }
            // The sentence names people and rooms, not chance.
            Err(refused) => {
                let what: String = format!("{refused:?}").chars().take_while(|c| c.is_alphabetic()).collect();
                self.note(format!("{} {doing}: refused, {what}", self.seats[device].name));
                None
            }
        };
        self.collect(device);
        value
    }

    fn say_somewhere(&mut self, times: usize) {
        let Some(device) = self.somebody() else { return };
        let Some(room) = self.room_of(device, |row| row.state != RoomStanding::Listed) else { return };
        for _ in 0..times {
            self.say(device, room);
        }
    }

    pub(crate) fn say(&mut self, device: DeviceNumber, room: RoomId) {
        self.words += 1;
        let message = format!("canary-{}-{}", self.seed, self.words);
        let after = self.team.engine(device).room(&room).expect("reads").map(|row| row.cursor.0);
        let text = message.clone();
        let id = self.team.with(device, |engine, cx| engine.send_text(&room, &text, cx));
        // Written down before the engine is heard, which may have the answer at once.
        if let Ok(id) = &id {
            let title = self.title(&room);
            let seat = &mut self.seats[device];
            let order = seat.orders.entry(room).or_insert(0);
            *order += 1;
            let (name, order) = (seat.name.clone(), *order);
            self.note(format!("{name} says {message} in {title}"));
            self.said.insert((device, *id), message.clone());
            self.saw(Event::Sent { device: name, room: title, message, order, after });
        }
        self.command(device, "says", |_, _| id);
    }

    fn create(&mut self) {
        let made = self.rooms.len();
        let Some(device) = self.somebody().filter(|_| made < 1 + ROOMS_MAX) else { return };
        let history = [History::Shared, History::SinceJoin, History::None][self.dice.below(3)];
        let open = self.dice.percent(50);
        let count = self.dice.below(self.people.len());
        let people = (0..count).filter_map(|_| self.person(device)).collect();
        let name = format!("made{made}");
        let new = NewRoom { name, topic: String::new(), open, history, people };
        if let Some(room) = self.command(device, "makes a room", |engine, cx| engine.create_room(&new, cx)) {
            let title = self.title(&room);
            self.note(format!("{} makes {title}, {history:?}, open: {open}", self.seats[device].name));
        }
    }

    fn in_a_room(
        &mut self,
        doing: &'static str,
        act: impl FnOnce(&mut Engine, &mut Cx<'_>, &RoomId) -> Result<(), CommandError>,
    ) {
        let Some(device) = self.somebody() else { return };
        let Some(room) = self.room_of(device, is_changeable) else { return };
        let title = self.title(&room);
        self.note(format!("{} {doing}, in {title}", self.seats[device].name));
        self.command(device, doing, |engine, cx| act(engine, cx, &room));
    }

    fn change_people(
        &mut self,
        act: impl FnOnce(&mut Engine, &mut Cx<'_>, &RoomId, &UserId) -> Result<(), CommandError>,
    ) {
        let Some(device) = self.somebody() else { return };
        let Some(user) = self.person(device) else { return };
        let Some(room) = self.room_of(device, is_changeable) else { return };
        let title = self.title(&room);
        self.note(format!("{} changes who is in {title}", self.seats[device].name));
        self.command(device, "changes people", |engine, cx| act(engine, cx, &room, &user));
    }

    fn join(&mut self) {
        let Some(device) = self.somebody() else { return };
        let Some(room) = self.room_of(device, |row| row.state == RoomStanding::Listed) else { return };
        let title = self.title(&room);
        self.note(format!("{} joins {title}", self.seats[device].name));
        self.command(device, "joins", |engine, cx| engine.join_room(&room, cx));
    }

    fn write_to_one(&mut self) {
        let Some(device) = self.somebody() else { return };
        let Some(user) = self.person(device) else { return };
        if let Some(room) =
            self.command(device, "opens a room of two", |engine, cx| engine.open_dm(&user, cx))
        {
            self.say(device, room);
        }
    }

    /// By password, at a server that runs.
    fn log_in(&mut self, cast: &Cast) {
        if self.seats.len() >= DEVICES_MAX || self.server_full || self.busy_until.is_some() {
            return;
        }
        let person = self.dice.below(self.people.len());
        if !self.seats.iter().any(|seat| seat.person == person && !seat.ended) {
            return;
        }
        let name = self.people[person].clone();
        let stretched = cast.of(self.people.len()).stretched(&name);
        let device = self.team.log_in_offline(&name, stretched);
        self.sit(device, person);
        self.note(format!("{} logs in", self.seats[device].name));
        self.connect(device);
    }

    pub(crate) fn sit(&mut self, device: DeviceNumber, person: usize) {
        assert_eq!(device, self.seats.len(), "devices are counted alike");
        self.seats.push(Seat {
            name: format!("{}-{device}", self.people[person]),
            person,
            ended: false,
            away: false,
            back_at: None,
            slow_until: self.team.now,
            full: false,
            orders: std::collections::BTreeMap::new(),
        });
    }

    fn revoke(&mut self) {
        let Some(by) = self.somebody().filter(|_| !self.server_full) else { return };
        let person = self.seats[by].person;
        let others: Vec<_> = (0..self.seats.len())
            .filter(|device| *device != by && self.seats[*device].person == person)
            .filter(|device| self.team.server.is_active(&self.team.device_id(*device)))
            .collect();
        if others.is_empty() || !self.team.is_online(by) {
            return;
        }
        let device = others[self.dice.below(others.len())];
        let revoked = self.team.try_revoke(by, device).map_err(|refusal| refusal.code);
        self.note(format!("{} revokes {}: {revoked:?}", self.seats[by].name, self.seats[device].name));
    }

    fn deactivate(&mut self) {
        if self.server_full || !self.team.is_online(0) || self.seats[0].ended {
            return;
        }
        let person = 1 + self.dice.below(self.people.len() - 1);
        let name = self.people[person].clone();
        let done = self.team.try_deactivate(0, &name).map_err(|refusal| refusal.code);
        self.note(format!("{} deactivates {name}: {done:?}", self.seats[0].name));
    }

    /// Everybody who can brings somebody in, takes somebody out or goes in, before any of it reaches the server.
    fn race(&mut self) {
        let Some(first) = self.somebody() else { return };
        let Some(room) = self.room_of(first, |row| row.kind != Kind::Dm) else { return };
        let title = self.title(&room);
        self.note(format!("everybody changes {title}"));
        for device in 0..self.seats.len() {
            if self.seats[device].ended {
                continue;
            }
            let Some(user) = self.person(device) else { continue };
            let remove = self.dice.percent(30);
            self.command(device, "races", |engine, cx| match engine.room(&room)?.map(|row| row.state) {
                Some(RoomStanding::Joined) if remove => engine.remove_person(&room, &user, cx),
                Some(RoomStanding::Joined) => engine.add_people(&room, &[user], cx),
                Some(_) => engine.join_room(&room, cx),
                None => Ok(()),
            });
        }
    }

    fn retry(&mut self) {
        let Some(device) = self.somebody() else { return };
        let Some(room) = self.room_of(device, is_changeable) else { return };
        let lines = self.team.engine(device).timeline(&room, None, 10_000).expect("reads");
        for line in lines.iter().filter(|line| line.own && matches!(line.state, Delivery::Failed(_))) {
            let Some(message) = self.said.get(&(device, line.message_id)).cloned() else { continue };
            let done = self.team.with(device, |engine, cx| engine.retry(&room, &line.message_id, cx));
            if done.is_ok() {
                let title = self.title(&room);
                let seat = &mut self.seats[device];
                let order = seat.orders.entry(room).or_insert(0);
                *order += 1;
                let (name, order) = (seat.name.clone(), *order);
                self.note(format!("{name} tries {message} again"));
                self.saw(Event::Sent { device: name, room: title, message, order, after: None });
            }
            self.command(device, "tries again", |_, _| done);
        }
    }

    fn go_away(&mut self) {
        let Some(device) = self.somebody() else { return };
        self.note(format!("{} goes away", self.seats[device].name));
        self.seats[device].away = true;
        self.seats[device].back_at = None;
        self.team.cut(device);
    }

    fn come_back(&mut self) {
        let away: Vec<_> = (0..self.seats.len()).filter(|device| self.seats[*device].away).collect();
        if away.is_empty() {
            return;
        }
        let device = away[self.dice.below(away.len())];
        self.seats[device].away = false;
        self.connect(device);
    }
}
