//! Reading what people see and what the server keeps, into the history.

use securechat_checker::{Entry, Event, RowKind, Unread};
use securechat_engine::view::{Delivery, LineKind, RoomStanding, Unreadable};
use securechat_ids::RoomId;
use securechat_mls_member::{Group, Provider};
use securechat_proto::frame::EventKind;
use securechat_testkit::DeviceNumber;

use crate::world::World;

impl World {
    /// Reads what everybody sees. `complete` is for the end, when what is missing is missing.
    pub(crate) fn look(&mut self, complete: bool) {
        for device in 0..self.seats.len() {
            for row in self.team.engine(device).rooms().expect("reads") {
                let is_there = row.state == RoomStanding::Joined && !self.seats[device].ended;
                self.look_at(device, row.room, complete && is_there);
            }
        }
    }

    fn look_at(&mut self, device: DeviceNumber, room: RoomId, complete: bool) {
        let lines = self.team.engine(device).timeline(&room, None, 100_000).expect("reads");
        let mut entries = Vec::new();
        for line in &lines {
            if let (true, Delivery::Sent, Some(seq)) = (line.own, &line.state, line.seq)
                && let Some(message) = self.said.get(&(device, line.message_id)).cloned()
            {
                self.acked(&message, line.message_id, seq.0);
            }
            let Some(seq) = line.seq else { continue };
            let unread = match line.kind {
                LineKind::Text => None,
                // Says of what is before it that it is missing; whether it may be is asked of the messages themselves.
                LineKind::Unreadable if matches!(line.why, Some(Unreadable::Gap | Unreadable::NotKept)) => {
                    continue;
                }
                LineKind::Unreadable | LineKind::Unknown => Some(Unread(line.text.clone())),
                LineKind::Members | LineKind::Deleted => continue,
            };
            let sender = self.number_of(&line.device).map_or_else(|| "a stranger".into(), |n| self.name(n));
            entries.push(Entry { seq: seq.0, message: line.text.clone(), sender, unread });
        }
        let (device, room) = (self.name(device), self.title(&room));
        self.saw(Event::Shown { device, room, complete, entries });
    }

    /// Writes down every log, and the rights that follow from it.
    pub(crate) fn read_logs(&mut self) {
        let rooms: Vec<RoomId> = self.rooms.iter().map(|(room, _)| *room).collect();
        for room in rooms {
            let welcomed = self.rights.welcomed(&room);
            for row in self.team.server.log(&room) {
                let name = |id| self.number_of(id).map_or_else(|| "a stranger".to_owned(), |n| self.name(n));
                let kind = if row.kind == EventKind::Commit { RowKind::Commit } else { RowKind::Message };
                // Who has ended, or left again, may never have come for its Welcome.
                let waited = welcomed.get(&row.seq.0).into_iter().flatten();
                let waited = waited.filter(|id| self.stayed(&room, id, row.seq.0));
                let (welcomes, device) = (waited.map(&name).collect(), name(&row.device));
                let (seq, epoch, id) = (row.seq.0, row.epoch.0, row.message_id.to_string());
                let room = self.title(&room);
                self.saw(Event::LogRow { room, seq, epoch, kind, device, id, welcomes });
            }
        }
        let (names, rooms) = (self.names(), self.rooms.clone());
        let title = |room: &RoomId| {
            let found = rooms.iter().find(|(id, _)| id == room);
            found.map_or_else(|| room.to_string(), |(_, title)| title.clone())
        };
        for event in self.rights.events(&names, title) {
            self.saw(event);
        }
    }

    fn stayed(&self, room: &RoomId, id: &securechat_ids::DeviceId, since: u64) -> bool {
        let mut later = self.rights.eras(room).iter().filter(|era| era.seq >= since);
        later.all(|era| era.roster.devices.iter().any(|(device, _)| device == id))
            && self.number_of(id).is_some_and(|number| !self.seats[number].ended)
    }

    /// Asks each device in which epoch of each room it is, and how that epoch's key schedule came out.
    pub(crate) fn compare_epochs(&mut self) {
        for device in 0..self.seats.len() {
            let disk = self.team.disk(device);
            for (room, title) in self.rooms.clone() {
                // Before a founding or a joining has its place in the log, the group is one of many that may be.
                let engine = self.team.engine(device);
                let joined =
                    engine.room(&room).expect("reads").is_some_and(|r| r.state == RoomStanding::Joined);
                if !joined || engine.wishes_waiting(&room).expect("reads") > 0 {
                    continue;
                }
                let Ok(Some(group)) = Group::load(&Provider::new(&disk), room) else { continue };
                let bytes = group.epoch_authenticator().iter().map(|byte| format!("{byte:02x}")).collect();
                let (device, epoch) = (self.name(device), group.epoch().0);
                self.saw(Event::Authenticator { device, room: title, epoch, bytes });
            }
        }
    }

    /// Looks for the words of any message in what the server keeps.
    pub(crate) fn search_server(&mut self) {
        let place = "the server's files".to_owned();
        let files = self.team.server.files();
        self.saw(Event::Searched { place: place.clone() });
        let canary = format!("canary-{}-", self.seed);
        if files.windows(canary.len()).any(|window| window == canary.as_bytes()) {
            self.saw(Event::Leaked { message: canary, place });
        }
    }
}
