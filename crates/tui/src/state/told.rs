//! What the engine and the connection tell, and which views have to be read again for it.

use securechat_client::ids::RoomId;
use securechat_client::{Connection, DeviceView, News, Told};

use super::notices::{Holding, raise};
use super::whole::State;
use crate::action::Action;
use crate::clock;

/// Whether a view is being read, so that a burst of news reads it twice at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Reading {
    #[default]
    Idle,
    Asked,
    /// Asked, and something changed since.
    AskedAgain,
}

impl Reading {
    /// Something changed; true if it is to be read now.
    fn want(&mut self) -> bool {
        let now = *self == Reading::Idle;
        *self = if now { Reading::Asked } else { Reading::AskedAgain };
        now
    }

    /// An answer came; true if it is to be read again.
    fn came(&mut self) -> bool {
        let again = *self == Reading::AskedAgain;
        *self = if again { Reading::Asked } else { Reading::Idle };
        again
    }
}

/// What is being read.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    rooms: Reading,
    people: Reading,
    lines: Reading,
    members: Reading,
}

impl Reads {
    /// Another room is looked at.
    pub(super) fn forget_room(&mut self) {
        self.lines = Reading::Idle;
        self.members = Reading::Idle;
    }
}

impl State {
    pub(super) fn on_told(&mut self, told: Told) {
        match told {
            Told::News(news) => self.on_news(news),
            Told::Missed => self.read_everything(),
        }
    }

    pub(super) fn on_connection(&mut self, connection: Connection) {
        if let Connection::Over { why, .. } = &connection
            && self.ended.is_none()
        {
            self.ended = Some(why.clone());
        }
        if connection != Connection::Online {
            self.caught_up = false;
            // A wait that the server asked for is measured anew on the next connection.
            self.holding = None;
        }
        self.connection = connection;
    }

    fn on_news(&mut self, news: News) {
        match news {
            // Nothing on this screen depends on settings.
            News::Online | News::TokenRefused | News::Settings => {}
            News::CaughtUp => {
                if !self.caught_up {
                    self.ask(Action::ReadAsked);
                    self.ask(Action::ReadKeys { news: false });
                }
                self.caught_up = true;
                self.read_rooms();
            }
            News::Ended { why } => self.ended = Some(why),
            News::Rooms => {
                self.read_rooms();
                self.read_people();
                self.read_members();
            }
            News::Timeline { room } | News::Sent { room, .. } | News::Arrived { room, .. } => {
                self.read_rooms();
                self.read_lines(room);
            }
            News::Failed { room, why, .. } => {
                self.read_rooms();
                self.read_lines(room);
                let label = self.label(room);
                self.complain(format!("A message in {label} was not sent: {why}"));
            }
            News::Holding { until, why } => self.holding = Some(Holding { until, why }),
            News::Wished { room } => {
                self.read_rooms();
                self.read_lines(room);
                self.read_members();
            }
            News::WishFailed { room, why } => {
                self.read_rooms();
                let label = self.label(room);
                self.complain(format!("{label}: {why}"));
            }
            News::Alarm { room, what } => {
                let place = room.map_or_else(String::new, |room| format!("{}: ", self.label(room)));
                raise(&mut self.alarms, format!("{place}{what}"));
                self.read_rooms();
            }
            News::OwnDeviceAdded { .. } => self.ask(Action::ReadAsked),
            News::VaultKey { known: false } => self.ask(Action::ReadKeys { news: true }),
            News::VaultKey { known: true } => self.keys_are_here(),
            News::Devices => {}
            News::RootChanged { user } => {
                let name = self.people.iter().find(|person| person.user_id == user);
                let name = name.map_or("somebody", |person| person.user_name.as_str());
                raise(
                    &mut self.alarms,
                    format!(
                        "@{name} has begun anew with other keys. Ask them in person, then compare: /verify @{name}"
                    ),
                );
                self.read_people();
            }
        }
    }

    /// Devices that appeared: an alarm for each, and again at the next start until there is an answer.
    pub(super) fn on_asked(&mut self, devices: &[DeviceView]) {
        for device in devices {
            let id = &device.device_id.to_string()[..8];
            let added = clock::day(device.added, &clock::zone());
            raise(
                &mut self.alarms,
                format!(
                    "A new device of yours, \"{}\", was added {added}. Not you? /revoke {id}. It was you: /mine {id}",
                    device.name
                ),
            );
        }
    }

    fn label(&self, room: RoomId) -> String {
        self.view(room).map_or_else(|| "a room".to_owned(), |view| view.label.clone())
    }

    pub(super) fn read_everything(&mut self) {
        self.read_people();
        self.read_rooms();
        self.read_members();
        if let Some(open) = &self.open {
            self.read_lines(open.room);
        }
    }

    fn read_rooms(&mut self) {
        if self.reads.rooms.want() {
            self.ask(Action::ReadRooms);
        }
    }

    fn read_people(&mut self) {
        if self.reads.people.want() {
            self.ask(Action::ReadPeople);
        }
    }

    fn read_members(&mut self) {
        if let Some(open) = &self.open
            && self.reads.members.want()
        {
            self.ask(Action::ReadMembers(open.room));
        }
    }

    fn read_lines(&mut self, room: RoomId) {
        if let Some(open) = &self.open
            && open.room == room
            && self.reads.lines.want()
        {
            self.ask(Action::ReadLines { room, limit: open.limit() });
        }
    }

    /// Rooms came.
    pub(super) fn rooms_came(&mut self) {
        if self.reads.rooms.came() {
            self.ask(Action::ReadRooms);
        }
    }

    /// People came.
    pub(super) fn people_came(&mut self) {
        if self.reads.people.came() {
            self.ask(Action::ReadPeople);
        }
    }

    /// Lines of the room looked at came.
    pub(super) fn lines_came(&mut self) {
        if self.reads.lines.came()
            && let Some(open) = &self.open
        {
            self.ask(Action::ReadLines { room: open.room, limit: open.limit() });
        }
    }

    /// Members of the room looked at came.
    pub(super) fn members_came(&mut self) {
        if self.reads.members.came()
            && let Some(open) = &self.open
        {
            self.ask(Action::ReadMembers(open.room));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_read_twice_at_most() {
        let mut reading = Reading::Idle;
        assert!(reading.want());
        assert!((0..50).all(|_| !reading.want()));
        assert!(reading.came());
        assert!(!reading.came());
        assert!(reading.want());
    }
}
