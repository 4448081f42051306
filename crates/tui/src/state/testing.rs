//! People, rooms and lines for tests, and a state that has them.

use jiff::tz::TimeZone;
use securechat_client::Connection;
use securechat_client::ids::{DeviceId, MessageId, RoomId, Seq, UnixMillis, UserId};
use securechat_client::view::{
    Delivery, Earlier, History, Kind, LineKind, MessageView, PersonView, RoomStanding, RoomView,
};

use super::{Me, State};
use crate::event::{Answer, Event, Opened};
use crate::look::Look;

/// Tue 24 Nov 2026, 12:50 UTC.
pub(crate) const NOW: UnixMillis = UnixMillis(1_795_524_600_000);

pub(crate) fn user(name: &str) -> UserId {
    let mut bytes = [0; 16];
    for (byte, letter) in bytes.iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    UserId::from_bytes(bytes)
}

pub(crate) fn room_id(number: u8) -> RoomId {
    RoomId::from_bytes([number; 16])
}

pub(crate) fn person(name: &str, display: Option<&str>) -> PersonView {
    PersonView {
        user_id: user(name),
        user_name: name.to_owned(),
        display: display.map(str::to_owned),
        devices: 1,
        root: [0; 32],
        room_admin: name == "ana",
        trust: securechat_client::view::Trust::Unverified,
    }
}

pub(crate) fn room(number: u8, label: &str) -> RoomView {
    RoomView {
        room: room_id(number),
        label: label.to_owned(),
        topic: String::new(),
        kind: if label.starts_with('@') { Kind::Dm } else { Kind::Channel },
        history: History::Shared,
        earlier: Earlier::All,
        keep_days: 0,
        state: RoomStanding::Joined,
        unread: 0,
        read_to: Seq(0),
        cursor: Seq(0),
        newest: None,
        people: 3,
        waiting: 0,
        trouble: None,
        goes_on: None,
    }
}

/// A line of room 1.
pub(crate) fn line(seq: u64, from: &str, text: &str) -> MessageView {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&seq.to_be_bytes());
    MessageView {
        room: room_id(1),
        room_label: "#general".to_owned(),
        message_id: MessageId::from_bytes(id),
        seq: Some(Seq(seq)),
        time: NOW,
        user: user(from),
        from: from.to_owned(),
        display: None,
        device: DeviceId::from_bytes([7; 16]),
        own: false,
        kind: LineKind::Text,
        why: None,
        text: text.to_owned(),
        imported: false,
        state: Delivery::Sent,
        arrived: None,
    }
}

pub(crate) fn own(seq: u64, text: &str) -> MessageView {
    MessageView { own: true, ..line(seq, "eva", text) }
}

/// Eva's face before anything has come.
pub(crate) fn new_state(size: (u16, u16)) -> State {
    let me = Me { user_name: "eva".into(), server: "chat.example".into() };
    State::new(me, None, size, Look::Colour, TimeZone::UTC, NOW)
}

/// Eva looks at #general with these lines.
pub(crate) fn looking_at(lines: Vec<MessageView>, size: (u16, u16)) -> State {
    let mut state = new_state(size);
    let people = vec![person("ana", Some("Ana")), person("ben", None), person("eva", Some("Eva"))];
    let mut rooms = vec![room(1, "#general"), room(2, "#ops"), room(3, "@ana")];
    rooms[0].topic = "Everything".into();
    rooms[1].unread = 3;
    for event in [
        Event::Connection(Connection::Online),
        Event::Answer(Answer::People(people.clone())),
        Event::Answer(Answer::Rooms(rooms)),
        Event::Answer(Answer::Opened(Opened {
            room: room_id(1),
            lines,
            whole: true,
            draft: String::new(),
            members: people,
            at: None,
        })),
    ] {
        state.on(event, NOW);
    }
    state
}
