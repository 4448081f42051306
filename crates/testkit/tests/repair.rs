//! Stories of rooms that stop, and of what leads on: by itself where that is safe, by a person where it is not.

use securechat_engine::view::{Earlier, History, LineKind, RoomStanding, Unreadable};
use securechat_engine::{Check, Health, NewRoom, News, Repair};
use securechat_ids::RoomId;
use securechat_proto::frame::{Answer, Request};
use securechat_proto::{Code, Refusal};
use securechat_testkit::{DeviceNumber, Team};

const HOUR_MS: u64 = 3_600_000;

fn make_room(team: &mut Team, name: &str, history: History, people: &[&str]) -> RoomId {
    let people = people.iter().map(|name| team.engine(0).find_person(name).expect("known")).collect();
    let new = NewRoom { name: name.into(), topic: "about".into(), open: false, history, people };
    let room = team.with(0, |engine, cx| engine.create_room(&new, cx)).expect("creates");
    team.run();
    room
}

fn said(team: &Team, device: DeviceNumber, room: &RoomId) -> Vec<String> {
    let lines = team.engine(device).timeline(room, None, 100_000).expect("reads").into_iter();
    lines
        .filter(|line| line.kind == LineKind::Text)
        .map(|line| format!("{}: {}", line.from, line.text))
        .collect()
}

fn lines_with(team: &Team, device: DeviceNumber, room: &RoomId, words: &str) -> usize {
    let lines = team.engine(device).timeline(room, None, 100_000).expect("reads");
    lines.iter().filter(|line| line.text.contains(words)).count()
}

fn standing(team: &Team, device: DeviceNumber, room: &RoomId) -> RoomStanding {
    team.engine(device).room(room).expect("reads").expect("known").state
}

fn trouble(team: &Team, device: DeviceNumber, room: &RoomId) -> Option<String> {
    team.engine(device).room(room).expect("reads").expect("known").trouble
}

/// What a device's disk holds of a room's group is no longer what it wrote.
fn spoil(team: &mut Team, device: DeviceNumber, room: &RoomId) {
    team.crash(device);
    // Keys hold the group's id as a list of CBOR numbers.
    let number = |byte: &u8| if *byte < 24 { format!("{byte:02X}") } else { format!("18{byte:02X}") };
    let id: String = room.as_bytes().iter().map(number).collect();
    let rows = team
        .disk(device)
        .execute("UPDATE mls SET value = x'00' WHERE slot < 20 AND instr(hex(key), ?) > 0", [id])
        .expect("is written");
    assert!(rows > 0, "nothing was spoiled");
}

fn alarms(team: &mut Team, device: DeviceNumber) -> usize {
    team.news(device).iter().filter(|news| matches!(news, News::Alarm { .. })).count()
}

const BACK: &str = "this device came back into the room";
const THEY_CAME_BACK: &str = "a device of @ben came back into the room";

#[test]
fn a_device_whose_keys_are_lost_comes_back_by_itself_and_reads_what_it_missed() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    let room = make_room(&mut team, "ops", History::Shared, &["ben"]);
    team.say(0, "#ops", "before");
    team.run();
    spoil(&mut team, ben, &room);
    team.say(ben, "#ops", "typed meanwhile");
    team.say(0, "#ops", "while ben was out");
    team.run();
    team.connect(ben);
    team.run();
    assert_eq!((standing(&team, ben, &room), trouble(&team, ben, &room)), (RoomStanding::Joined, None));
    assert_eq!(alarms(&mut team, ben), 1);
    team.say(0, "#ops", "after");
    team.run();
    let all = ["ana: before", "ana: while ben was out", "ben: typed meanwhile", "ana: after"];
    for device in [0, ben] {
        assert_eq!(said(&team, device, &room), all);
    }
    assert_eq!(lines_with(&team, ben, &room, BACK), 1);
    assert_eq!(lines_with(&team, 0, &room, THEY_CAME_BACK), 1);
    assert_eq!(lines_with(&team, ben, &room, Unreadable::Gap.sentence()), 0, "the gap is closed");
}

#[test]
fn a_room_is_not_come_back_into_twice_within_the_hour() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    let room = make_room(&mut team, "ops", History::Shared, &["ben"]);
    spoil(&mut team, ben, &room);
    team.say(0, "#ops", "one");
    team.connect(ben);
    team.run();
    assert_eq!(lines_with(&team, 0, &room, THEY_CAME_BACK), 1);
    spoil(&mut team, ben, &room);
    team.say(0, "#ops", "two");
    team.connect(ben);
    team.run();
    assert_eq!(standing(&team, ben, &room), RoomStanding::Halted);
    // Neither a restart nor a new connection makes the hour shorter.
    team.crash(ben);
    team.now = team.now.plus(HOUR_MS / 2);
    team.connect(ben);
    team.run();
    assert_eq!(standing(&team, ben, &room), RoomStanding::Halted);
    assert_eq!(lines_with(&team, 0, &room, THEY_CAME_BACK), 1);
    team.now = team.now.plus(HOUR_MS);
    team.run();
    assert_eq!(standing(&team, ben, &room), RoomStanding::Joined);
    assert_eq!(lines_with(&team, 0, &room, THEY_CAME_BACK), 2);
    assert_eq!(said(&team, ben, &room), ["ana: one", "ana: two"]);
}

#[test]
fn what_a_person_wanted_of_a_room_comes_true_after_coming_back() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    let eva = team.join("eva");
    let room = make_room(&mut team, "ops", History::Shared, &["ben"]);
    let person = team.engine(0).find_person("eva").expect("known");
    spoil(&mut team, 0, &room);
    team.with(0, |engine, cx| engine.add_people(&room, &[person], cx)).expect("is taken");
    assert_eq!(team.engine(0).members(&room).expect("reads").len(), 2);
    team.connect(0);
    team.run();
    for device in [0, ben, eva] {
        assert_eq!(standing(&team, device, &room), RoomStanding::Joined);
        assert_eq!(team.engine(device).members(&room).expect("reads").len(), 3);
    }
}

#[test]
fn a_person_need_not_wait_for_the_hour() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    let room = make_room(&mut team, "ops", History::Shared, &["ben"]);
    for n in 0..2 {
        spoil(&mut team, ben, &room);
        team.say(0, "#ops", &format!("{n}"));
        team.connect(ben);
        team.run();
    }
    assert_eq!(standing(&team, ben, &room), RoomStanding::Halted);
    let did = team.with(ben, |engine, cx| engine.repair_room(&room, cx)).expect("is taken");
    assert_eq!(did, Repair::ComesBack);
    team.run();
    assert_eq!(standing(&team, ben, &room), RoomStanding::Joined);
    let did = team.with(ben, |engine, cx| engine.repair_room(&room, cx)).expect("is taken");
    assert_eq!(did, Repair::Nothing);
}

#[test]
fn nobody_comes_back_in_the_middle_of_a_backlog() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    let ops = make_room(&mut team, "ops", History::Shared, &["ben"]);
    let talk = make_room(&mut team, "talk", History::Shared, &["ben"]);
    spoil(&mut team, ben, &ops);
    for n in 0..1_000 {
        team.say(0, "#ops", &format!("ops {n}"));
        team.say(0, "#talk", &format!("talk {n}"));
        if n % 250 == 249 {
            team.run();
        }
    }
    team.connect(ben);
    // All of the other room's backlog is here before anything is done about the stopped one.
    while standing(&team, ben, &ops) != RoomStanding::Joining {
        if !team.deliver_one() {
            let view = team.engine(ben).room(&talk).expect("reads").expect("known");
            assert_eq!(said(&team, ben, &talk).len(), 1_000, "at {:?}", view.cursor);
            assert!(team.engine(ben).is_caught_up());
            break;
        }
        assert_ne!(standing(&team, ben, &ops), RoomStanding::Joining, "in the middle of a backlog");
    }
    team.run();
    assert_eq!(lines_with(&team, 0, &ops, THEY_CAME_BACK), 1, "one commit, not a storm");
    team.with(ben, |engine, cx| engine.read_back(&ops, 10_000, cx)).expect("is taken");
    team.run();
    assert_eq!(said(&team, ben, &ops).len(), 1_000);
}

#[test]
fn a_crash_on_the_way_back_costs_nothing() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    let room = make_room(&mut team, "ops", History::Shared, &["ben"]);
    let saved = team.save();
    for steps in 0..12 {
        let mut team = saved.team();
        spoil(&mut team, ben, &room);
        team.say(0, "#ops", "meanwhile");
        team.connect(ben);
        while team.deliver_one() {}
        team.now = team.now.plus(15_000);
        team.with(ben, |engine, cx| engine.timeout(cx)).expect("time passes");
        for _ in 0..steps {
            team.deliver_one();
        }
        if steps % 2 == 0 {
            team.lose_answer(ben);
        }
        team.crash(ben);
        team.connect(ben);
        team.run();
        assert_eq!(standing(&team, ben, &room), RoomStanding::Joined, "after {steps} steps");
        assert_eq!(said(&team, ben, &room), ["ana: meanwhile"], "after {steps} steps");
        assert_eq!(lines_with(&team, 0, &room, THEY_CAME_BACK), 1, "after {steps} steps");
    }
}

#[test]
fn a_room_beyond_repair_goes_on_in_a_new_one() {
    let mut team = Team::new("ana");
    let (ben, eva) = (team.join("ben"), team.join("eva"));
    let old = make_room(&mut team, "ops", History::Shared, &["ben", "eva"]);
    team.say(ben, "#ops", "in the earlier room");
    team.run();
    // Eva's device is out of it, and has tried within the hour.
    for n in 0..2 {
        spoil(&mut team, eva, &old);
        team.say(0, "#ops", &format!("meanwhile {n}"));
        team.connect(eva);
        team.run();
    }
    assert_eq!(standing(&team, eva, &old), RoomStanding::Halted);
    assert!(team.with(ben, |engine, cx| engine.reset_room(&old, cx)).is_err(), "Ben is no admin of it");
    let new = team.with(0, |engine, cx| engine.reset_room(&old, cx)).expect("is made anew");
    team.run();
    for device in [0, ben, eva] {
        assert_eq!(team.room(device, "#ops"), new, "the name goes along");
        let view = team.engine(device).room(&old).expect("reads").expect("known");
        assert_eq!(view.goes_on.as_deref(), Some("#ops"), "device {device}");
        assert_eq!(team.engine(device).members(&new).expect("reads").len(), 3);
        assert_eq!(team.engine(device).room(&new).expect("reads").expect("known").topic, "about");
        assert_eq!(lines_with(&team, device, &new, "goes on from an earlier one"), 1);
        let refused = team.with(device, |engine, cx| engine.send_text(&old, "too late", cx));
        assert!(refused.is_err_and(|why| why.to_string().contains("goes on in #ops")));
    }
    assert_eq!(lines_with(&team, ben, &old, "goes on in a new #ops"), 1);
    // With the key she was told, Eva reads in the old room what her device could not take in.
    let all = ["ben: in the earlier room", "ana: meanwhile 0", "ana: meanwhile 1"];
    for device in [0, ben, eva] {
        assert_eq!(said(&team, device, &old), all, "device {device}");
    }
    team.say(eva, "#ops", "here I am");
    team.run();
    for device in [0, ben, eva] {
        assert_eq!(said(&team, device, &new), ["eva: here I am"]);
    }
    assert!(team.with(0, |engine, cx| engine.reset_room(&old, cx)).is_err(), "once is enough");
}

#[test]
fn nobody_but_an_admin_can_say_that_a_room_goes_on_elsewhere() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    let old = make_room(&mut team, "ops", History::Shared, &["ben"]);
    // Ben's device does not know that he is no admin, so it says what it should not.
    spoil(&mut team, ben, &old);
    let said = team.with(ben, |engine, cx| engine.reset_room(&old, cx));
    team.connect(ben);
    team.run();
    assert_eq!(team.engine(0).room(&old).expect("reads").expect("known").goes_on, None);
    team.with(0, |engine, cx| engine.send_text(&old, "still here", cx)).expect("is taken");
    team.run();
    // Nor to whoever reads back in the room that he made of it.
    let eva = team.join("eva");
    let (made, user) = (said.expect("is taken"), team.engine(ben).find_person("eva").expect("known"));
    team.with(ben, |engine, cx| engine.add_people(&made, &[user], cx)).expect("adds");
    team.run();
    assert_eq!(team.engine(eva).room(&made).expect("reads").expect("known").earlier, Earlier::All);
    let lines = team.engine(eva).timeline(&made, None, 100).expect("reads");
    assert!(!lines.iter().any(|line| line.text.contains("goes on from")), "{lines:?}");
    assert!(self::said(&team, 0, &old).contains(&"ana: still here".to_owned()));
}

fn health(team: &mut Team, device: DeviceNumber, check: Check) -> (Health, String) {
    let found = team.with(device, |engine, cx| engine.doctor(cx)).expect("looks");
    let of = found.into_iter().filter(|finding| finding.check == check);
    let worst = of.max_by_key(|finding| finding.state).expect("it is looked at");
    assert!(worst.state == Health::Good || worst.state == Health::Fixed || !worst.to_do.is_empty());
    (worst.state, worst.sentence)
}

#[test]
fn the_doctor_finds_each_fault_and_says_what_to_do() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    let room = make_room(&mut team, "ops", History::Shared, &["ben"]);
    let all = [
        Check::Clock,
        Check::Store,
        Check::Chain,
        Check::Log,
        Check::Rooms,
        Check::Outbox,
        Check::KeyPackages,
    ];
    for check in all {
        assert_eq!(health(&mut team, ben, check).0, Health::Good, "{check:?}");
    }
    // A room that stopped twice.
    for _ in 0..2 {
        spoil(&mut team, ben, &room);
        team.say(0, "#ops", "x");
        team.connect(ben);
        team.run();
    }
    let (state, says) = health(&mut team, ben, Check::Rooms);
    assert!(state == Health::Broken && says.contains("#ops"), "{says}");
    team.with(ben, |engine, cx| engine.repair_room(&room, cx)).expect("is taken");
    team.run();
    assert_eq!(health(&mut team, ben, Check::Rooms).0, Health::Fixed);
    // A clock of another time zone.
    team.malice.intercept(move |device, mut frame| {
        if let (1, Some(Answer::Ready(ready))) = (device, &mut frame.answer) {
            ready.now_ms += HOUR_MS;
        }
        vec![frame]
    });
    team.cut(ben);
    team.connect(ben);
    team.run();
    let (state, says) = health(&mut team, ben, Check::Clock);
    assert!(state == Health::Attention && says.contains("60 min behind"), "{says}");
    // Something that waits, and no connection.
    team.cut(ben);
    team.say(ben, "#ops", "waits");
    assert_eq!(health(&mut team, ben, Check::Outbox).0, Health::Good);
    team.now = team.now.plus(HOUR_MS);
    assert_eq!(health(&mut team, ben, Check::Outbox).0, Health::Attention);
    assert_eq!(health(&mut team, ben, Check::KeyPackages).0, Health::Attention);
    team.malice.end();
    let phone = team.log_in("ben");
    assert!(health(&mut team, phone, Check::Chain).1.starts_with("2 of yours"));
}

#[test]
fn a_room_whose_welcome_never_comes_is_joined_by_a_commit() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    // The Welcome is thrown away by the server, and no key package opens it later.
    team.malice.intercept(move |device, mut frame| {
        if let (1, Some(Answer::Inbox(inbox))) = (device, &mut frame.answer) {
            for item in &mut inbox.items {
                item.welcome = vec![0; 40].into();
            }
        }
        vec![frame]
    });
    let room = make_room(&mut team, "ops", History::Shared, &["ben"]);
    team.malice.end();
    assert_eq!(standing(&team, ben, &room), RoomStanding::Joined);
    team.say(ben, "#ops", "in");
    team.run();
    assert_eq!(said(&team, 0, &room), ["ben: in"]);
}

#[test]
fn an_inbox_that_was_refused_for_a_while_is_asked_for_again() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    let mut left = 1;
    team.malice.answer(move |device, request| match request {
        Request::FetchInbox(_) if device == 1 && left > 0 => {
            left -= 1;
            Some(Answer::Refused(Refusal::later(Code::RateLimited, "slowly", 1_000).into()))
        }
        _ => None,
    });
    let room = make_room(&mut team, "ops", History::Shared, &["ben"]);
    assert_eq!(team.malice.acts(), 1);
    assert_eq!(standing(&team, ben, &room), RoomStanding::Joined);
}

#[test]
fn key_packages_are_filled_up_after_every_welcome() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    for n in 0..30 {
        make_room(&mut team, &format!("room{n}"), History::Shared, &["ben"]);
    }
    team.cut(ben);
    team.connect(ben);
    team.run();
    assert_eq!(health(&mut team, ben, Check::KeyPackages).0, Health::Good);
}
