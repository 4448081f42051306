//! The end of a run: faults are over, everybody is there, and all must come to rest as the reference says.

use std::collections::BTreeSet;

use securechat_checker::Event;
use securechat_engine::view::{Delivery, RoomStanding};
use securechat_ids::RoomId;
use securechat_testkit::DeviceNumber;

use crate::Broken;
use crate::world::World;

/// How long everybody may take to come to rest before nobody waits for them any more, in milliseconds.
const PATIENCE_MS: u64 = 180_000;
/// Moves before it counts as a circle.
const MOVES_MAX: usize = 100_000;
/// How many messages of the past everybody reads back at the end.
const READ_BACK: u64 = 100_000;

impl World {
    /// Lets everybody come to rest; how long that took, in milliseconds.
    pub(crate) fn settle(&mut self) -> u64 {
        let begin = self.team.now;
        let mut at_rest = None;
        for _ in 0..MOVES_MAX {
            if self.team.now.since(begin) > PATIENCE_MS || !self.advance(1, PATIENCE_MS) {
                break;
            }
            match (self.is_at_rest(), at_rest) {
                (true, None) => at_rest = Some(self.team.now),
                (false, _) => at_rest = None,
                (true, Some(_)) => {}
            }
            // At rest, and nothing that stays to be told: receipts come a while after.
            if at_rest.is_some_and(|since| self.team.now.since(since) > 10_000) {
                break;
            }
        }
        at_rest.unwrap_or(self.team.now).since(begin)
    }

    fn live(&self) -> impl Iterator<Item = DeviceNumber> {
        let speaks = |device: &DeviceNumber| self.team.server.is_active(&self.team.device_id(*device));
        (0..self.seats.len()).filter(speaks)
    }

    /// Rooms that a device is to be in: its person is.
    fn rooms_of(&self, device: DeviceNumber) -> Vec<RoomId> {
        let user = self.team.engine(device).me().user_id;
        let is_in =
            |room: &&RoomId| self.team.server.roster(room).is_some_and(|roster| roster.users.contains(&user));
        self.rights.rooms().filter(is_in).copied().collect()
    }

    fn is_at_rest(&self) -> bool {
        let nothing_flies = |device: DeviceNumber| {
            self.team.requests(device).is_empty() && self.team.answers(device).is_empty()
        };
        (0..self.seats.len()).all(nothing_flies)
            && self.late.is_empty()
            && self.live().all(|device| {
                let engine = self.team.engine(device);
                engine.is_caught_up() && engine.nothing_waits().expect("reads")
            })
    }

    /// Reads back all that can be, on every device.
    pub(crate) fn read_everything_back(&mut self) {
        for device in self.live().collect::<Vec<_>>() {
            for room in self.team.engine(device).rooms().expect("reads") {
                let asked = self.team.with(device, |engine, cx| engine.read_back(&room.room, READ_BACK, cx));
                if let Err(error) = asked {
                    self.failed(device, "reading back", &error.to_string());
                }
            }
            self.collect(device);
        }
    }

    /// Writes down where everybody came to rest, and holds it against the reference.
    pub(crate) fn judge_rest(&mut self, after_ms: u64) {
        for device in self.live().collect::<Vec<_>>() {
            let name = self.name(device);
            if !self.team.engine(device).nothing_waits().expect("reads") {
                let what = self.still_wished(device);
                self.broken
                    .push(Broken::Model(format!("{name} still waits for something to come true: {what}")));
            }
            for room in self.rooms_of(device) {
                let title = self.title(&room);
                let head = self.rights.eras(&room).last().map_or(0, |era| era.seq);
                let head = self.team.server.log(&room).last().map_or(head, |row| row.seq.0);
                let row = self.team.engine(device).room(&room).expect("reads");
                let (cursor, waiting, state, trouble) = row.map_or((0, 0, None, None), |row| {
                    (row.cursor.0, row.waiting, Some(row.state), row.trouble)
                });
                if state != Some(RoomStanding::Joined) || trouble.is_some() {
                    self.broken.push(Broken::Model(format!(
                        "{name} belongs into {title} and is {state:?} there: {trouble:?}"
                    )));
                }
                let failed = self.failures(device, &room);
                let waiting = waiting.saturating_sub(failed) as u64;
                self.saw(Event::Rest { device: name.clone(), room: title, cursor, head, waiting, after_ms });
            }
            self.nothing_vanished(device);
        }
        self.everybody_agrees();
    }

    /// Where wishes wait that did not come true.
    fn still_wished(&mut self, device: DeviceNumber) -> String {
        let mut wished = Vec::new();
        for row in self.team.engine(device).rooms().expect("reads") {
            let wishes = self.team.engine(device).wishes_waiting(&row.room).expect("reads");
            let title = self.title(&row.room);
            let (waiting, state) = (row.waiting, row.state);
            if wishes > 0 || waiting > 0 {
                wished.push(format!("{wishes} wishes and {waiting} messages in {title}, {state:?}"));
            }
        }
        wished.join("; ")
    }

    /// How many messages of a device failed: those wait for their person.
    fn failures(&self, device: DeviceNumber, room: &RoomId) -> usize {
        let lines = self.team.engine(device).timeline(room, None, 100_000).expect("reads");
        lines.iter().filter(|line| line.own && matches!(line.state, Delivery::Failed(_))).count()
    }

    /// What a person said is sent or failed, and there to be seen.
    fn nothing_vanished(&mut self, device: DeviceNumber) {
        let mut settled = BTreeSet::new();
        for room in self.team.engine(device).rooms().expect("reads") {
            for line in self.team.engine(device).timeline(&room.room, None, 100_000).expect("reads") {
                if line.own && matches!(line.state, Delivery::Sent | Delivery::Failed(_)) {
                    settled.insert(line.message_id);
                }
            }
        }
        let said = self.said.iter().filter(|((by, _), _)| *by == device);
        let lost: Vec<String> =
            said.filter(|((_, id), _)| !settled.contains(id)).map(|(_, message)| message.clone()).collect();
        for message in lost {
            let name = self.name(device);
            self.broken
                .push(Broken::Model(format!("{name} said {message}, which is neither sent nor failed")));
        }
    }

    /// All who are in a room, the server too, say the same of who is in it and by what rule.
    fn everybody_agrees(&mut self) {
        for (room, title) in self.rooms.clone() {
            let Some(roster) = self.team.server.roster(&room) else { continue };
            let users: BTreeSet<_> = roster.devices.iter().map(|(_, user)| *user).collect();
            for device in self.live().collect::<Vec<_>>() {
                let engine = self.team.engine(device);
                // Who has left sees nobody there, though their leaves stand until somebody removes them.
                if !roster.users.contains(&engine.me().user_id) {
                    continue;
                }
                let members = engine.members(&room).expect("reads");
                let members: BTreeSet<_> = members.iter().map(|person| person.user_id).collect();
                let history = engine.room(&room).expect("reads").map(|row| row.history);
                if members != users || history != Some(roster.history) {
                    let (name, mine, all) = (self.name(device), members.len(), users.len());
                    let theirs = roster.history;
                    self.broken.push(Broken::Model(format!(
                        "{name} sees {mine} people in {title} and {history:?}; the server {all} and {theirs:?}"
                    )));
                }
            }
        }
    }
}
