//! Stories of a person's devices: one lets another in, which comes into its rooms without haste; one is removed.

use std::collections::BTreeMap;

use securechat_engine::view::{History, RoomStanding};
use securechat_engine::{NewRoom, News};
use securechat_ids::{RoomId, UnixMillis};
use securechat_testkit::{DeviceNumber, Team};

fn make_room(team: &mut Team, by: DeviceNumber, name: &str) -> RoomId {
    let new = NewRoom {
        name: name.into(),
        topic: String::new(),
        open: false,
        history: History::Shared,
        people: vec![],
    };
    let room = team.with(by, |engine, cx| engine.create_room(&new, cx)).expect("creates");
    team.run();
    room
}

fn said(team: &Team, device: DeviceNumber, label: &str) -> Vec<String> {
    team.texts(device, label).into_iter().filter(|line| !line.starts_with('(')).collect()
}

fn is_in(team: &Team, device: DeviceNumber, room: &RoomId) -> bool {
    let view = team.engine(device).room(room).expect("reads");
    view.is_some_and(|view| view.state == RoomStanding::Joined)
}

#[test]
fn a_linked_device_reads_what_was_said_before_and_nothing_after_it_was_removed() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    team.say(bo, "#general", "last month");
    team.run();
    let phone = team.link(0, "phone").expect("is let in");
    assert!(team.news(phone).iter().all(|news| !matches!(news, News::Alarm { .. } | News::Ended { .. })));
    assert_eq!(said(&team, phone, "#general"), ["bo: last month"]);
    team.say(phone, "#general", "from the phone");
    team.run();
    assert_eq!(said(&team, bo, "#general"), ["bo: last month", "ana: from the phone"]);
    team.revoke(0, phone);
    team.run();
    team.say(bo, "#general", "not for the phone");
    team.run();
    assert_eq!(said(&team, 0, "#general").last().map(String::as_str), Some("bo: not for the phone"));
    assert_eq!(said(&team, phone, "#general"), ["bo: last month", "ana: from the phone"]);
}

#[test]
fn a_device_that_was_shown_another_log_stops() {
    let mut team = Team::new("ana");
    team.join("bo");
    let phone = team.link_expecting(0, "phone", |size| size + 1).expect("is let in");
    assert!(team.news(phone).iter().any(|news| matches!(news, News::Ended { .. })), "the log is shorter");
    let mut team = Team::new("ana");
    team.join("bo");
    let phone = team.link_expecting(0, "phone", |size| size - 1).expect("is let in");
    assert!(team.news(phone).iter().any(|news| matches!(news, News::Ended { .. })), "the log is another one");
}

#[test]
fn the_rooms_of_a_linked_device_are_joined_one_by_one_and_an_opened_one_at_once() {
    const ROOMS: usize = 30;
    let mut team = Team::new("ana");
    let rooms: Vec<RoomId> = (0..ROOMS).map(|n| make_room(&mut team, 0, &format!("room{n}"))).collect();
    let phone = team.link_offline(0, "phone").expect("is let in");
    let begin = team.now;
    team.connect(phone);
    while team.deliver_one() {}
    let general = team.room(0, "#general");
    assert!(is_in(&team, phone, &general), "the team's room is joined at once");
    let not_yet: Vec<&RoomId> = rooms.iter().filter(|room| !is_in(&team, phone, room)).collect();
    assert_eq!(not_yet.len(), ROOMS - 1, "no storm");
    // Last in its turn, as rooms are taken in the order of their ids.
    let opened = **not_yet.iter().max().expect("there is one");
    team.with(phone, |engine, cx| engine.turn_to(&opened, cx)).expect("looks");
    while team.deliver_one() {}
    assert!(is_in(&team, phone, &opened) && team.now == begin, "an opened room does not wait");
    let mut joined_at: BTreeMap<RoomId, UnixMillis> = BTreeMap::new();
    while team.engine(phone).rooms_to_come() > 0 {
        team.pass_once();
        for room in rooms.iter().filter(|room| is_in(&team, phone, room)) {
            joined_at.entry(*room).or_insert(team.now);
        }
    }
    assert_eq!(joined_at.len(), ROOMS);
    let mut times: Vec<u64> =
        joined_at.iter().filter(|(room, _)| **room != opened).map(|(_, at)| at.0).collect();
    times.sort_unstable();
    let later: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(later[1..].iter().all(|ms| (1_000..3_000).contains(ms)), "{later:?}");
    assert!(later.iter().collect::<std::collections::BTreeSet<_>>().len() > 5, "with jitter: {later:?}");
}

#[test]
fn a_room_that_one_device_makes_or_joins_is_on_the_others_without_their_connecting_anew() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    let phone = team.log_in("ana");
    team.run();
    let made = make_room(&mut team, 0, "plans");
    assert!(is_in(&team, phone, &made), "made on the other device");
    let new = NewRoom {
        name: "open".into(),
        topic: String::new(),
        open: true,
        history: History::Shared,
        people: vec![],
    };
    let open = team.with(bo, |engine, cx| engine.create_room(&new, cx)).expect("creates");
    team.run();
    team.with(0, |engine, cx| engine.join_room(&open, cx)).expect("joins");
    team.run();
    assert!(is_in(&team, phone, &open), "joined on the other device");
    team.say(0, "#plans", "on both");
    team.run();
    assert_eq!(said(&team, phone, "#plans"), ["ana: on both"]);
    // What its person has left, a device does not come into again.
    team.with(0, |engine, cx| engine.leave_room(&open, cx)).expect("leaves");
    team.run();
    team.say(bo, "#open", "ana is gone");
    team.run();
    assert!(!is_in(&team, phone, &open) && !is_in(&team, 0, &open));
    let later = team.log_in("ana");
    team.run();
    while team.engine(later).rooms_to_come() > 0 {
        team.pass_once();
    }
    assert!(is_in(&team, later, &made));
    let state = team.engine(later).room(&open).expect("reads").map(|view| view.state);
    assert_ne!(state, Some(RoomStanding::Joined), "{:?}", team.news(later));
}

#[test]
fn who_is_not_expected_is_asked_about_until_there_is_an_answer() {
    let mut team = Team::new("ana");
    let asks = |team: &Team, device: DeviceNumber| -> usize {
        team.engine(device).own_devices().expect("reads").iter().filter(|device| device.unanswered).count()
    };
    let phone = team.link(0, "phone").expect("is let in");
    assert_eq!(asks(&team, 0), 0, "it was let in from here");
    assert_eq!(asks(&team, phone), 0, "the others were there before");
    let third = team.log_in("ana");
    for device in [0, phone] {
        assert!(team.news(device).iter().any(|news| matches!(news, News::OwnDeviceAdded { .. })));
        team.crash(device);
        team.connect(device);
        team.run();
        assert_eq!(asks(&team, device), 1, "also after a restart");
    }
    let id = team.device_id(third);
    team.with(0, |engine, cx| engine.know_device(id, cx)).expect("answers");
    team.crash(0);
    assert_eq!(asks(&team, 0), 0);
    team.connect(0);
    team.revoke(0, third);
    team.run();
    assert_eq!(asks(&team, phone), 0, "what is removed needs no answer");
}
