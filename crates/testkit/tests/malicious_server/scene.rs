//! What the scenes share: who is there, and what a member sees.

use securechat_engine::view::{Delivery, History, LineKind, MessageView, RoomStanding, Unreadable};
use securechat_engine::{NewRoom, News};
use securechat_ids::RoomId;
use securechat_proto::frame::{Event, EventKind};
use securechat_testkit::{DeviceNumber, Team};

pub(super) const ANA: DeviceNumber = 0;
pub(super) const BEN: DeviceNumber = 1;
pub(super) const EVA: DeviceNumber = 2;

/// Ana, Ben and Eva in `#general`, with nothing on its way and no news.
pub(super) fn three() -> Team {
    let mut team = Team::new("ana");
    team.join("ben");
    team.join("eva");
    calm(&mut team);
    team
}

/// Ana and Ben.
pub(super) fn two() -> Team {
    let mut team = Team::new("ana");
    team.join("ben");
    calm(&mut team);
    team
}

/// Nobody has seen an alarm so far, and everybody forgets their news.
pub(super) fn calm(team: &mut Team) {
    for device in 0..team.devices() {
        assert_eq!(alarms(team, device), [""; 0], "device {device} before the malice");
    }
}

/// A private room of Ana's with these people.
pub(super) fn private(team: &mut Team, name: &str, people: &[&str]) -> RoomId {
    room_of(team, name, false, people)
}

/// A room of Ana's with these people.
pub(super) fn room_of(team: &mut Team, name: &str, open: bool, people: &[&str]) -> RoomId {
    let people = people.iter().map(|p| team.engine(ANA).find_person(p).expect("known")).collect();
    let new = NewRoom { name: name.into(), topic: String::new(), open, history: History::Shared, people };
    let room = team.with(ANA, |engine, cx| engine.create_room(&new, cx)).expect("made");
    team.run();
    room
}

/// The alarms that a device has shown since this was last asked.
pub(super) fn alarms(team: &mut Team, device: DeviceNumber) -> Vec<String> {
    let what = |news| match news {
        News::Alarm { what, .. } => Some(what),
        _ => None,
    };
    team.news(device).into_iter().filter_map(what).collect()
}

#[track_caller]
pub(super) fn alarm(team: &mut Team, device: DeviceNumber, words: &str) {
    let alarms = alarms(team, device);
    assert!(alarms.iter().any(|what| what.contains(words)), "no alarm says {words:?}: {alarms:?}");
}

#[track_caller]
pub(super) fn no_alarm(team: &mut Team, device: DeviceNumber) {
    assert_eq!(alarms(team, device), [""; 0], "device {device}");
}

pub(super) fn lines(team: &Team, device: DeviceNumber, room: &str) -> Vec<MessageView> {
    let room = team.room(device, room);
    team.engine(device).timeline(&room, None, 10_000).expect("reads")
}

/// What is shown as said, in order: `name: text`.
pub(super) fn said(team: &Team, device: DeviceNumber, room: &str) -> Vec<String> {
    let lines = lines(team, device, room).into_iter().filter(|line| line.kind == LineKind::Text);
    lines.map(|line| format!("{}: {}", line.from, line.text)).collect()
}

/// Why lines stand in place of what cannot be shown.
pub(super) fn unreadable(team: &Team, device: DeviceNumber, room: &str) -> Vec<Unreadable> {
    let lines = lines(team, device, room).into_iter().filter(|line| line.kind == LineKind::Unreadable);
    lines.map(|line| line.why.expect("a reason")).collect()
}

#[track_caller]
pub(super) fn is_unreadable(team: &Team, device: DeviceNumber, room: &str, why: Unreadable) {
    let lines = unreadable(team, device, room);
    assert!(lines.contains(&why), "no line says {why:?}: {lines:?}");
}

/// Where a device stands in a room, and what is wrong with it.
pub(super) fn standing(team: &Team, device: DeviceNumber, room: &RoomId) -> (RoomStanding, Option<String>) {
    let view = team.engine(device).room(room).expect("reads").expect("known");
    (view.state, view.trouble)
}

#[track_caller]
pub(super) fn halted(team: &Team, device: DeviceNumber, room: &RoomId, words: &str) {
    let (state, trouble) = standing(team, device, room);
    assert_eq!(state, RoomStanding::Halted, "{trouble:?}");
    assert!(
        trouble.as_ref().is_some_and(|why| why.contains(words)),
        "it does not say {words:?}: {trouble:?}"
    );
}

/// A room that stopped and that this device came back into by itself: it goes on, and a line stays.
#[track_caller]
pub(super) fn came_back(team: &Team, device: DeviceNumber, room: &RoomId) {
    assert_eq!(standing(team, device, room), (RoomStanding::Joined, None));
    let lines = team.engine(device).timeline(room, None, 10_000).expect("reads");
    let says = lines.iter().filter(|line| line.text.contains("this device came back into the room"));
    assert_eq!(says.count(), 1, "{lines:?}");
}

/// How a message of this device stands.
#[track_caller]
pub(super) fn delivery(team: &Team, device: DeviceNumber, room: &str, text: &str) -> Delivery {
    let lines = lines(team, device, room);
    lines.into_iter().find(|line| line.text == text).expect("what was typed is still there").state
}

#[track_caller]
pub(super) fn failed(team: &Team, device: DeviceNumber, room: &str, text: &str, words: &str) {
    let state = delivery(team, device, room, text);
    assert!(matches!(&state, Delivery::Failed(why) if why.contains(words)), "{state:?}");
}

/// Where the newest event of a room is, as this device has it.
pub(super) fn cursor(team: &Team, device: DeviceNumber, room: &RoomId) -> u64 {
    team.engine(device).room(room).expect("reads").expect("known").cursor.0
}

pub(super) fn is_message(event: &Event) -> bool {
    event.kind() == EventKind::Message
}
