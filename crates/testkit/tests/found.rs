//! Faults that the simulation found (crates/sim), each as small as it could be made.

use securechat_engine::view::{Delivery, History, RoomStanding};
use securechat_engine::{NewRoom, News};
use securechat_ids::RoomId;
use securechat_proto::frame::{Answer, Request};
use securechat_proto::{Code, Refusal};
use securechat_testkit::{DeviceNumber, Leg, Team};

fn make_room(team: &mut Team, by: DeviceNumber, history: History, people: &[&str]) -> RoomId {
    let people = people.iter().map(|p| team.engine(by).find_person(p).expect("known")).collect();
    let new = NewRoom { name: "launch".into(), topic: String::new(), open: false, history, people };
    let room = team.with(by, |engine, cx| engine.create_room(&new, cx)).expect("made");
    team.run();
    room
}

/// A device hears at its next connection of the rooms that its person has come into on another one.
fn come_again(team: &mut Team, device: DeviceNumber) {
    team.cut(device);
    team.connect(device);
    team.run();
}

fn standing(team: &Team, at: DeviceNumber, room: &RoomId) -> Option<RoomStanding> {
    team.engine(at).room(room).expect("reads").map(|row| row.state)
}

/// Seed 0: a commit cannot remove the device that makes it, so the person stayed, with one device out of two.
#[test]
fn who_removes_themselves_leaves_with_all_devices() {
    let mut team = Team::new("ana");
    team.join("ben");
    let second = team.log_in("ana");
    let room = make_room(&mut team, 0, History::Shared, &["ben"]);
    come_again(&mut team, second);
    let ana = team.engine(0).me().user_id;
    team.with(second, |engine, cx| engine.remove_person(&room, &ana, cx)).expect("is taken");
    team.run();
    assert_eq!(team.engine(1).members(&room).expect("reads").len(), 1);
    for device in [0, second] {
        assert_eq!(standing(&team, device, &room), Some(RoomStanding::Gone), "device {device}");
    }
}

/// Seed 8: at another epoch the server did not know the founding again, and the room was lost to whoever made it.
#[test]
fn a_founding_whose_answer_was_lost_holds_though_others_have_come_in_since() {
    let mut team = Team::new("ana");
    let second = team.log_in("ana");
    let new = NewRoom {
        name: "launch".into(),
        topic: String::new(),
        open: false,
        history: History::Shared,
        people: Vec::new(),
    };
    let room = team.with(0, |engine, cx| engine.create_room(&new, cx)).expect("made");
    while !matches!(team.next_leg(), None | Some(Leg::Request(0))) {
        team.deliver_one();
    }
    team.lose_answer(0);
    come_again(&mut team, second);
    assert!(team.server.roster(&room).expect("is made").epoch.0 > 0, "the other device has come in");
    team.connect(0);
    team.run();
    team.with(second, |engine, cx| engine.send_text(&room, "here", cx)).expect("is taken");
    team.run();
    assert_eq!(team.texts(0, "#launch"), ["ana: here"]);
    assert!(team.engine(0).nothing_waits().expect("reads"));
}

/// Seed 8: whoever was to come in was asked for again and again, and everything else on the device stood still.
#[test]
fn what_was_to_happen_in_a_room_that_cannot_be_made_fails_with_it() {
    let mut team = Team::new("ana");
    team.join("ben");
    team.news(0);
    let no = |_, request: &Request| match request {
        Request::CreateRoom(_) => {
            Some(Answer::Refused(Refusal::new(Code::LimitReached, "you are in enough rooms").into()))
        }
        _ => None,
    };
    team.malice.answer(no);
    let room = make_room(&mut team, 0, History::Shared, &["ben"]);
    assert_eq!(standing(&team, 0, &room), Some(RoomStanding::Gone));
    assert!(team.engine(0).nothing_waits().expect("reads"));
    team.say(0, "#general", "all else goes on");
    team.run();
    assert_eq!(team.texts(1, "#general"), ["ana: all else goes on"]);
    assert!(team.news(0).iter().any(|news| matches!(news, News::WishFailed { .. })));
}

/// Seed 1: an honest server was said to have offered somebody whom nobody had asked for.
#[test]
fn who_was_brought_in_by_another_meanwhile_is_no_alarm() {
    let mut team = Team::new("ana");
    for name in ["ben", "eva"] {
        team.join(name);
    }
    let room = make_room(&mut team, 0, History::Shared, &["ben"]);
    let [ben, eva] = ["ben", "eva"].map(|name| team.engine(0).find_person(name).expect("known"));
    team.with(0, |engine, cx| engine.make_admin(&room, &ben, cx)).expect("is taken");
    team.run();
    for device in [0, 1] {
        team.with(device, |engine, cx| engine.add_people(&room, &[eva], cx)).expect("is taken");
        team.poll(device);
    }
    // Ana has asked for Eva's devices and the answer is under way, when Ben's commit reaches her.
    let claim = team.take_request(0).expect("Ana asks");
    let (answer, _) = team.serve_quietly(0, claim);
    while team.deliver_one() {}
    team.put_answer(0, answer);
    team.run();
    let alarms = team.news(0).into_iter().filter(|news| matches!(news, News::Alarm { .. }));
    assert_eq!(alarms.count(), 0);
    assert_eq!(team.engine(0).members(&room).expect("reads").len(), 3);
    assert!(team.engine(0).nothing_waits().expect("reads"));
}

/// Seed 7: the wish to leave stayed for ever, and the room's keys with it.
#[test]
fn a_leaving_whose_answer_was_lost_has_come_true() {
    let mut team = Team::new("ana");
    team.join("ben");
    let room = make_room(&mut team, 0, History::Shared, &["ben"]);
    team.with(1, |engine, cx| engine.leave_room(&room, cx)).expect("is taken");
    team.lose_answer(1);
    team.connect(1);
    team.run();
    assert_eq!(standing(&team, 1, &room), Some(RoomStanding::Gone));
    assert!(team.engine(1).nothing_waits().expect("reads"));
    assert_eq!(team.engine(1).members(&room).expect("reads"), []);
}

/// Seed 3: a device on its way into a room that its person left on another one was on its way for ever.
#[test]
fn who_is_on_their_way_into_a_room_that_they_leave_elsewhere_stops() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    let room = make_room(&mut team, 0, History::Shared, &["ben"]);
    let stretched = team.stretched("ben");
    let second = team.log_in_offline("ben", &stretched);
    team.connect(second);
    while standing(&team, second, &room).is_none() {
        assert!(team.deliver_one());
    }
    team.with(second, |engine, cx| engine.send_text(&room, "too early", cx)).expect("is taken");
    team.cut(second);
    team.with(ben, |engine, cx| engine.leave_room(&room, cx)).expect("is taken");
    team.run();
    team.connect(second);
    team.run();
    assert_eq!(standing(&team, second, &room), Some(RoomStanding::Gone));
    assert!(team.engine(second).nothing_waits().expect("reads"));
}

/// Seed 2: the log had grown by a device between question and answer, and the server was said to have made it up.
#[test]
fn a_device_that_came_between_question_and_answer_is_no_stranger() {
    let mut team = Team::new("ana");
    team.join("ben");
    let new = NewRoom {
        name: "ops".into(),
        topic: String::new(),
        open: true,
        history: History::Shared,
        people: Vec::new(),
    };
    let room = team.with(0, |engine, cx| engine.create_room(&new, cx)).expect("made");
    team.run();
    team.with(1, |engine, cx| engine.join_room(&room, cx)).expect("joins");
    team.poll(1);
    // Ben's question is still under way when Ana logs in again, and her new device is in the room before he has its name.
    let stretched = team.stretched("ana");
    let second = team.log_in_offline("ana", &stretched);
    team.connect(second);
    let asked = team.take_request(1).expect("Ben asks");
    while standing(&team, second, &room) != Some(RoomStanding::Joined) {
        team.now = team.now.plus(100);
        for device in [0, second] {
            team.with(device, |engine, cx| engine.timeout(cx)).expect("a timeout");
            team.poll(device);
            while let Some(frame) = team.take_request(device) {
                let (answer, wakes) = team.serve_quietly(device, frame);
                team.put_answer(device, answer);
                team.wake(wakes);
            }
            while let Some(frame) = team.take_answer(device) {
                team.take_in(device, frame).expect("takes it in");
                team.poll(device);
            }
        }
    }
    let (group, _) = team.serve_quietly(1, asked);
    let grew = team.take_answer(1).expect("the log grew");
    team.take_in(1, grew).expect("takes it in");
    team.take_in(1, group).expect("takes it in");
    team.run();
    assert_eq!(team.news(1).into_iter().filter(|news| matches!(news, News::Alarm { .. })).count(), 0);
    assert_eq!(standing(&team, 1, &room), Some(RoomStanding::Joined));
}

/// As above, of somebody who is brought in.
#[test]
fn a_device_that_came_between_question_and_answer_can_be_brought_in() {
    let mut team = Team::new("ana");
    team.join("ben");
    let room = make_room(&mut team, 0, History::Shared, &[]);
    let ben = team.engine(0).find_person("ben").expect("known");
    team.with(0, |engine, cx| engine.add_people(&room, &[ben], cx)).expect("is taken");
    team.poll(0);
    let asked = team.take_request(0).expect("Ana asks");
    let stretched = team.stretched("ben");
    let second = team.log_in_offline("ben", &stretched);
    team.connect(second);
    // The new device leaves its key packages.
    team.poll(second);
    while !matches!(
        team.requests(second).front().and_then(|f| f.request.clone()),
        Some(Request::PutKeyPackages(_))
    ) {
        let frame = team.take_request(second).expect("goes on");
        let (answer, _) = team.serve_quietly(second, frame);
        team.take_in(second, answer).expect("takes it in");
        team.poll(second);
    }
    let frame = team.take_request(second).expect("is there");
    let (answer, _) = team.serve_quietly(second, frame);
    team.put_answer(second, answer);
    let (packages, _) = team.serve_quietly(0, asked);
    let grew = team.take_answer(0).expect("the log grew");
    team.take_in(0, grew).expect("takes it in");
    team.take_in(0, packages).expect("takes it in");
    team.run();
    assert_eq!(team.news(0).into_iter().filter(|news| matches!(news, News::Alarm { .. })).count(), 0);
    for device in [1, second] {
        assert_eq!(standing(&team, device, &room), Some(RoomStanding::Joined), "device {device}");
    }
}

/// Seed 9: whoever's clock was set back while sending waited, waited for as long again.
#[test]
fn a_clock_that_is_set_back_holds_nothing_up() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    team.server.refuse_writes = Some(Refusal::later(Code::Busy, "the server is busy", 3_000));
    team.say(0, "#general", "patience");
    while team.deliver_one() {}
    team.server.refuse_writes = None;
    team.set_clock(0, -3_600_000);
    team.cut(0);
    team.connect(0);
    let before = team.now;
    team.run();
    assert_eq!(team.texts(ben, "#general"), ["ana: patience"]);
    assert!(team.now.since(before) < 30_000, "{} ms", team.now.since(before));
}

/// Seed 14: what had arrived was said to have failed, because its writer was out of the room before they heard of it.
#[test]
fn what_arrived_before_its_writer_was_taken_out_is_not_said_to_have_failed() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    let room = make_room(&mut team, 0, History::Shared, &["ben"]);
    for text in ["arrived", "never left"] {
        team.with(ben, |engine, cx| engine.send_text(&room, text, cx)).expect("is taken");
    }
    team.lose_answer(ben);
    let user = team.engine(0).find_person("ben").expect("known");
    team.with(0, |engine, cx| engine.remove_person(&room, &user, cx)).expect("removes");
    team.run();
    assert_eq!(team.texts(0, "#launch").iter().filter(|line| *line == "ben: arrived").count(), 1);
    team.connect(ben);
    team.run();
    let lines = team.engine(ben).timeline(&room, None, 100).expect("reads");
    let state = |text: &str| lines.iter().find(|line| line.text == text).expect("is kept").state.clone();
    assert_eq!(state("arrived"), Delivery::Sent);
    assert!(matches!(state("never left"), Delivery::Failed(_)));
    assert!(team.engine(ben).nothing_waits().expect("reads"));
}

/// The other way round: what left its writer and did not arrive has failed, once the server says so.
#[test]
fn what_left_and_did_not_arrive_before_its_writer_was_taken_out_has_failed() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    let room = make_room(&mut team, 0, History::Shared, &["ben"]);
    team.with(ben, |engine, cx| engine.send_text(&room, "lost on its way", cx)).expect("is taken");
    team.cut(ben);
    let user = team.engine(0).find_person("ben").expect("known");
    team.with(0, |engine, cx| engine.remove_person(&room, &user, cx)).expect("removes");
    team.run();
    team.connect(ben);
    team.run();
    let lines = team.engine(ben).timeline(&room, None, 100).expect("reads");
    let line = lines.iter().find(|line| line.text == "lost on its way").expect("is kept");
    assert!(matches!(line.state, Delivery::Failed(_)), "{:?}", line.state);
    assert!(team.engine(ben).nothing_waits().expect("reads"));
}

/// Seed 47: to join a room that one is just making led out of it.
#[test]
fn who_joins_a_room_that_they_are_making_has_made_it() {
    let mut team = Team::new("ana");
    let new = NewRoom {
        name: "ops".into(),
        topic: String::new(),
        open: true,
        history: History::Shared,
        people: Vec::new(),
    };
    let room = team.with(0, |engine, cx| engine.create_room(&new, cx)).expect("made");
    team.lose_answer(0);
    team.with(0, |engine, cx| engine.join_room(&room, cx)).expect("joins");
    team.with(0, |engine, cx| engine.send_text(&room, "here", cx)).expect("is taken");
    team.connect(0);
    team.run();
    assert_eq!(team.texts(0, "#ops"), ["ana: here"]);
}
