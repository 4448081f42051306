//! A room's policy changes after it was made: who its admins are, and how far newcomers read back.

use securechat_engine::view::{History, RoomStanding};
use securechat_engine::{CommandError, NewRoom, News};
use securechat_ids::{RoomId, UserId};
use securechat_testkit::{DeviceNumber, Team};

/// Ana, Ben and Eva (devices 0, 1, 2) in `#launch`, which Ana has made; Joe (device 3) is outside.
fn launch(open: bool) -> (Team, RoomId) {
    let mut team = Team::new("ana");
    for name in ["ben", "eva", "joe"] {
        team.join(name);
    }
    let people = vec![person(&team, "ben"), person(&team, "eva")];
    let new = NewRoom { name: "launch".into(), topic: String::new(), open, history: History::Shared, people };
    let room = team.with(0, |engine, cx| engine.create_room(&new, cx)).expect("made");
    team.run();
    (team, room)
}

fn person(team: &Team, name: &str) -> UserId {
    team.engine(0).find_person(name).expect("known")
}

fn make_admin(team: &mut Team, by: DeviceNumber, room: &RoomId, name: &str) -> Result<(), CommandError> {
    let user = person(team, name);
    team.with(by, |engine, cx| engine.make_admin(room, &user, cx))
}

fn unmake_admin(team: &mut Team, by: DeviceNumber, room: &RoomId, name: &str) -> Result<(), CommandError> {
    let user = person(team, name);
    team.with(by, |engine, cx| engine.unmake_admin(room, &user, cx))
}

fn tighten(team: &mut Team, by: DeviceNumber, room: &RoomId, history: History) -> Result<(), CommandError> {
    team.with(by, |engine, cx| engine.tighten_history(room, history, cx))
}

/// Who is an admin there, as a device sees it.
fn admins(team: &Team, at: DeviceNumber, room: &RoomId) -> Vec<String> {
    let members = team.engine(at).members(room).expect("reads");
    members.into_iter().filter(|person| person.room_admin).map(|person| person.user_name).collect()
}

fn history(team: &Team, at: DeviceNumber, room: &RoomId) -> History {
    team.engine(at).room(room).expect("reads").expect("known").history
}

/// What a device's timeline tells of changes of the room.
fn told(team: &Team, at: DeviceNumber) -> Vec<String> {
    let lines = team.texts(at, "#launch");
    let changes = lines.iter().filter_map(|line| line.strip_prefix("(members ")?.strip_suffix(')'));
    changes.map(str::to_owned).collect()
}

fn failed_wishes(team: &mut Team, at: DeviceNumber) -> Vec<String> {
    let news = team.news(at).into_iter();
    news.filter_map(|news| if let News::WishFailed { why, .. } = news { Some(why) } else { None }).collect()
}

fn no_alarm(team: &mut Team) {
    for device in 0..4 {
        let news = team.news(device);
        assert!(!news.iter().any(|news| matches!(news, News::Alarm { .. })), "device {device}: {news:?}");
    }
}

#[test]
fn an_admin_makes_another_who_can_then_add_people() {
    let (mut team, room) = launch(false);
    let joe = person(&team, "joe");
    team.with(1, |engine, cx| engine.add_people(&room, &[joe], cx)).expect("is taken");
    team.run();
    assert_eq!(failed_wishes(&mut team, 1), ["only an admin adds people to this room"]);
    make_admin(&mut team, 0, &room, "ben").expect("is taken");
    team.run();
    for device in [0, 1, 2] {
        assert_eq!(admins(&team, device, &room), ["ana", "ben"], "device {device}");
        assert_eq!(told(&team, device).last().expect("a line"), "@ana made @ben an admin of this room");
        let unread = team.engine(device).inbox(100).expect("reads");
        assert_eq!(unread, [], "a change of the room is nothing unread");
        assert_eq!(team.engine(device).search("admin", 10).expect("searches"), [], "nor is it searched");
    }
    team.with(1, |engine, cx| engine.add_people(&room, &[joe], cx)).expect("is taken");
    team.run();
    assert_eq!(team.engine(3).room(&room).expect("reads").expect("known").state, RoomStanding::Joined);
    assert_eq!(admins(&team, 3, &room), ["ana", "ben"], "who comes later knows them too");
    team.say(3, "#launch", "hello");
    team.run();
    assert!(team.texts(2, "#launch").contains(&"joe: hello".to_owned()));
    no_alarm(&mut team);
}

#[test]
fn two_admins_who_change_a_room_at_once_both_get_their_way() {
    let (mut team, room) = launch(false);
    make_admin(&mut team, 0, &room, "ben").expect("is taken");
    team.run();
    make_admin(&mut team, 0, &room, "eva").expect("is taken");
    tighten(&mut team, 1, &room, History::SinceJoin).expect("is taken");
    team.run();
    for device in [0, 1, 2] {
        assert_eq!(admins(&team, device, &room), ["ana", "ben", "eva"], "device {device}");
        assert_eq!(history(&team, device, &room), History::SinceJoin, "device {device}");
    }
    assert_eq!(failed_wishes(&mut team, 0), [""; 0]);
    assert_eq!(failed_wishes(&mut team, 1), [""; 0]);
    // The same wish of two is one change.
    let before = told(&team, 2).len();
    tighten(&mut team, 0, &room, History::None).expect("is taken");
    tighten(&mut team, 1, &room, History::None).expect("is taken");
    team.run();
    assert_eq!(told(&team, 2).len(), before + 1, "{:?}", told(&team, 2));
    no_alarm(&mut team);
}

#[test]
fn what_an_admin_wished_who_is_none_any_more_fails_with_a_sentence() {
    let (mut team, room) = launch(false);
    make_admin(&mut team, 0, &room, "ben").expect("is taken");
    team.run();
    team.cut(1);
    make_admin(&mut team, 1, &room, "eva").expect("is taken while away");
    tighten(&mut team, 1, &room, History::None).expect("is taken while away");
    unmake_admin(&mut team, 0, &room, "ben").expect("is taken");
    team.run();
    team.news(1);
    team.connect(1);
    team.run();
    // Both of his wishes; what was just told is not told twice in a row.
    let sentence = "only an admin of #launch can change this; ask one of them";
    assert_eq!(failed_wishes(&mut team, 1), [sentence]);
    for device in [0, 1, 2] {
        assert_eq!(admins(&team, device, &room), ["ana"], "device {device}");
        assert_eq!(history(&team, device, &room), History::Shared, "device {device}");
    }
    assert_eq!(told(&team, 1).last().expect("a line"), "@ana took admin away from @ben");
    assert!(team.engine(1).nothing_waits().expect("reads"));
    no_alarm(&mut team);
}

#[test]
fn history_is_tightened_for_all_and_never_loosened() {
    let (mut team, room) = launch(true);
    tighten(&mut team, 0, &room, History::SinceJoin).expect("is taken");
    team.run();
    tighten(&mut team, 0, &room, History::SinceJoin).expect("is so already");
    assert_eq!(team.engine(0).wishes_waiting(&room).expect("reads"), 0);
    team.say(1, "#launch", "since join");
    team.run();
    tighten(&mut team, 0, &room, History::None).expect("is taken");
    team.run();
    for looser in [History::Shared, History::SinceJoin] {
        let why = tighten(&mut team, 0, &room, looser).expect_err("loosens");
        assert!(why.to_string().contains("only ever tightened"), "{why}");
    }
    team.say(1, "#launch", "kept for nobody");
    team.run();
    for device in [0, 1, 2] {
        assert_eq!(history(&team, device, &room), History::None, "device {device}");
        let told = told(&team, device);
        let wanted = [
            "@ana changed who may read what: from here on newcomers read only from the day they join",
            "@ana changed who may read what: from here on nothing is kept for later reading; only who is here reads it",
        ];
        assert_eq!(told[told.len() - 2..], wanted, "device {device}");
    }
    assert!(team.texts(2, "#launch").contains(&"ben: kept for nobody".to_owned()));
    let joe_at = 3;
    team.with(joe_at, |engine, cx| engine.join_room(&room, cx)).expect("joins");
    team.run();
    assert_eq!(history(&team, joe_at, &room), History::None);
    no_alarm(&mut team);
}

#[test]
fn what_cannot_be_wished_is_refused_at_once_with_a_sentence() {
    let (mut team, room) = launch(false);
    let cases: [(Result<(), CommandError>, &str); 4] = [
        (make_admin(&mut team, 1, &room, "ben"), "only an admin of #launch can change this"),
        (tighten(&mut team, 1, &room, History::None), "only an admin of #launch can change this"),
        (unmake_admin(&mut team, 0, &room, "ana"), "#launch would have no admin left"),
        (make_admin(&mut team, 0, &room, "joe"), "@joe is not in #launch"),
    ];
    for (done, sentence) in cases {
        let why = done.expect_err(sentence).to_string();
        assert!(why.starts_with(sentence), "{why}");
    }
    let ben = person(&team, "ben");
    let talk = team.with(0, |engine, cx| engine.open_dm(&ben, cx)).expect("opens");
    team.run();
    for done in [make_admin(&mut team, 0, &talk, "ben"), tighten(&mut team, 0, &talk, History::None)] {
        assert!(matches!(done, Err(CommandError::DirectMessages)), "{done:?}");
    }
    assert!(team.engine(0).members(&talk).expect("reads").iter().all(|person| !person.room_admin));
    assert!(team.engine(0).nothing_waits().expect("reads"));
}

#[test]
fn wishes_that_undo_each_other_come_true_in_their_order() {
    let (mut team, room) = launch(false);
    team.cut(0);
    for _ in 0..2 {
        make_admin(&mut team, 0, &room, "ben").expect("is taken while away");
        unmake_admin(&mut team, 0, &room, "ben").expect("is taken while away");
    }
    make_admin(&mut team, 0, &room, "ben").expect("is taken while away");
    team.connect(0);
    team.run();
    assert_eq!(admins(&team, 2, &room), ["ana", "ben"]);
    // Who makes room for another stays in the room.
    unmake_admin(&mut team, 0, &room, "ana").expect("there is another");
    team.run();
    assert_eq!(admins(&team, 0, &room), ["ben"]);
    assert_eq!(told(&team, 2).last().expect("a line"), "@ana is no longer an admin of this room");
    no_alarm(&mut team);
}

#[test]
fn an_admin_who_is_removed_and_comes_back_is_none_any_more() {
    let (mut team, room) = launch(true);
    make_admin(&mut team, 0, &room, "ben").expect("is taken");
    team.run();
    let ben = person(&team, "ben");
    team.with(0, |engine, cx| engine.remove_person(&room, &ben, cx)).expect("is taken");
    team.run();
    assert_eq!(told(&team, 2).last().expect("a line"), "@ben is no longer in this room");
    team.with(1, |engine, cx| engine.join_room(&room, cx)).expect("joins");
    team.run();
    for device in [0, 1, 2] {
        assert_eq!(admins(&team, device, &room), ["ana"], "device {device}");
    }
    no_alarm(&mut team);
}

#[test]
fn an_admin_who_has_left_is_not_the_last_one() {
    let (mut team, room) = launch(true);
    make_admin(&mut team, 0, &room, "ben").expect("is taken");
    team.run();
    team.with(1, |engine, cx| engine.leave_room(&room, cx)).expect("is taken");
    team.run();
    let why = unmake_admin(&mut team, 0, &room, "ana").expect_err("ben is gone");
    assert!(matches!(why, CommandError::LastAdmin(_)), "{why}");
}

/// The admin's device dies after every possible number of delivered frames while two admins change the room; both changes
/// are made once, and told once.
#[test]
fn a_crash_at_any_point_of_a_change_loses_and_doubles_nothing() {
    let (mut team, room) = launch(false);
    make_admin(&mut team, 0, &room, "ben").expect("is taken");
    team.run();
    let saved = team.save();
    for steps in 0..80 {
        let mut team = saved.team();
        make_admin(&mut team, 0, &room, "eva").expect("is taken");
        tighten(&mut team, 0, &room, History::None).expect("is taken");
        unmake_admin(&mut team, 1, &room, "ben").expect("is taken");
        team.say(0, "#launch", "and now");
        let mut delivered = 0;
        while delivered < steps && team.deliver_one() {
            delivered += 1;
        }
        team.crash(0);
        if steps % 2 == 0 {
            team.crash(1);
            team.connect(1);
        }
        team.connect(0);
        team.run();
        for device in [0, 1, 2] {
            assert_eq!(admins(&team, device, &room), ["ana", "eva"], "device {device} after {steps}");
            assert_eq!(history(&team, device, &room), History::None, "device {device} after {steps}");
            let mut told: Vec<_> = told(&team, device).into_iter().filter(|l| !l.contains("added")).collect();
            told.sort();
            let wanted = [
                "@ana changed who may read what: from here on nothing is kept for later reading; only who is here reads it",
                "@ana made @ben an admin of this room",
                "@ana made @eva an admin of this room",
                "@ben is no longer an admin of this room",
            ];
            assert_eq!(told, wanted, "device {device} after {steps}");
            let said = team.texts(device, "#launch").iter().filter(|line| *line == "ana: and now").count();
            assert_eq!(said, 1, "device {device} after {steps}");
            assert!(team.engine(device).nothing_waits().expect("reads"), "after {steps}");
        }
        no_alarm(&mut team);
        if delivered < steps {
            return;
        }
    }
    panic!("the story is longer than it was looked at");
}
