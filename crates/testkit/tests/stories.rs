//! Stories of a team, told through real engines and the real delivery, with crashes where they hurt.

use securechat_engine::view::{Delivery, History, RoomStanding};
use securechat_engine::{Hold, NewRoom, News};
use securechat_proto::{Code, Refusal};
use securechat_testkit::{DeviceNumber, Team};

fn texts_only(team: &Team, device: DeviceNumber, room: &str) -> Vec<String> {
    team.texts(device, room).into_iter().filter(|line| !line.starts_with('(')).collect()
}

fn no_alarm(team: &mut Team, device: DeviceNumber) {
    let alarms: Vec<_> = team.news(device).into_iter().filter(|n| matches!(n, News::Alarm { .. })).collect();
    assert_eq!(alarms, [], "device {device}");
}

fn make_room(team: &mut Team, by: DeviceNumber, name: &str, open: bool, history: History, people: &[&str]) {
    let people = people.iter().map(|p| team.engine(by).find_person(p).expect("known")).collect();
    let new = NewRoom { name: name.into(), topic: String::new(), open, history, people };
    team.with(by, |engine, cx| engine.create_room(&new, cx)).expect("made");
    team.run();
}

#[test]
fn two_people_talk_in_the_teams_room() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    team.say(0, "#general", "hello ben");
    team.run();
    team.say(ben, "#general", "hello ana");
    team.run();
    for device in [0, ben] {
        assert_eq!(texts_only(&team, device, "#general"), ["ana: hello ben", "ben: hello ana"]);
        no_alarm(&mut team, device);
    }
    assert_eq!(
        team.places(0, "#general").last_key_value().map(|(seq, id)| (*seq, id.clone())),
        team.places(ben, "#general").last_key_value().map(|(seq, id)| (*seq, id.clone()))
    );
}

#[test]
fn an_open_room_is_found_by_those_who_come_later() {
    let mut team = Team::new("ana");
    make_room(&mut team, 0, "ops", true, History::Shared, &[]);
    let ben = team.join("ben");
    let room = team.room(ben, "#ops");
    assert_eq!(team.engine(ben).room(&room).expect("reads").expect("listed").state, RoomStanding::Listed);
    team.with(ben, |engine, cx| engine.join_room(&room, cx)).expect("joins");
    team.run();
    team.say(ben, "#ops", "on call");
    team.run();
    assert_eq!(texts_only(&team, 0, "#ops"), ["ben: on call"]);
}

#[test]
fn a_private_room_is_known_to_its_members_alone_and_by_name() {
    for history in [History::Shared, History::None] {
        let mut team = Team::new("ana");
        let (ben, eva) = (team.join("ben"), team.join("eva"));
        make_room(&mut team, 0, "launch", false, history, &["ben"]);
        team.say(0, "#launch", "friday");
        team.run();
        assert_eq!(texts_only(&team, ben, "#launch"), ["ana: friday"]);
        assert!(team.engine(eva).find_room("#launch").is_err());
        no_alarm(&mut team, ben);
    }
}

#[test]
fn two_people_who_write_to_each_other_at_once_meet_in_one_room() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    for (from, to) in [(0, "@ben"), (ben, "@ana")] {
        let person = team.engine(from).find_person(to).expect("known");
        let room = team.with(from, |engine, cx| engine.open_dm(&person, cx)).expect("opens");
        team.with(from, |engine, cx| engine.send_text(&room, "hi", cx)).expect("is taken");
    }
    team.run();
    let (mut a, mut b) = (texts_only(&team, 0, "@ben"), texts_only(&team, ben, "@ana"));
    assert_eq!(a, b);
    a.sort();
    b.sort();
    assert_eq!(a, ["ana: hi", "ben: hi"]);
}

#[test]
fn what_came_while_away_is_in_the_inbox() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    team.cut(ben);
    for n in 0..20 {
        team.say(0, "#general", &format!("message {n}"));
    }
    team.run();
    team.connect(ben);
    team.run();
    let inbox = team.engine(ben).inbox(100).expect("reads");
    assert_eq!(inbox.len(), 20);
    assert_eq!(inbox[19].text, "message 19");
    let room = team.room(ben, "#general");
    team.with(ben, |engine, cx| engine.mark_read(&room, inbox[19].seq.expect("placed"), cx)).expect("marks");
    assert_eq!(team.engine(ben).inbox(100).expect("reads"), []);
}

#[test]
fn a_further_device_reads_what_follows_and_knows_the_rooms() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    make_room(&mut team, 0, "launch", false, History::Shared, &["ben"]);
    let second = team.log_in("ben");
    team.say(0, "#launch", "for both of you");
    team.say(0, "#general", "for all");
    team.run();
    assert_eq!(texts_only(&team, second, "#launch"), ["ana: for both of you"]);
    assert_eq!(texts_only(&team, second, "#general"), ["ana: for all"]);
    team.say(second, "#launch", "from my other device");
    team.run();
    assert_eq!(
        texts_only(&team, ben, "#launch").last().map(String::as_str),
        Some("ben: from my other device")
    );
    for device in [0, ben, second] {
        no_alarm(&mut team, device);
    }
}

#[test]
fn a_revoked_device_reads_nothing_after() {
    let mut team = Team::new("ana");
    team.join("ben");
    let second = team.log_in("ben");
    team.revoke(1, second);
    team.run();
    team.say(0, "#general", "without that device");
    team.run();
    team.connect(second);
    team.run();
    assert!(team.texts(1, "#general").contains(&"ana: without that device".to_owned()));
    assert!(!team.texts(second, "#general").iter().any(|line| line.contains("without")));
    assert!(team.news(second).iter().any(|news| matches!(news, News::Ended { .. } | News::TokenRefused)));
}

/// Who was away reads of a device's coming and of its end at once, and the room must not stop there.
#[test]
fn a_device_that_came_and_went_meanwhile_stops_no_room() {
    let mut team = Team::new("ana");
    let (ben, eva) = (team.join("ben"), team.join("eva"));
    team.cut(eva);
    let second = team.log_in("ben");
    team.say(second, "#general", "from a borrowed machine");
    team.run();
    team.revoke(ben, second);
    team.run();
    team.say(ben, "#general", "given back");
    team.run();
    team.connect(eva);
    team.run();
    no_alarm(&mut team, eva);
    assert_eq!(texts_only(&team, eva, "#general"), ["ben: from a borrowed machine", "ben: given back"]);
}

#[test]
fn a_removed_person_and_a_deactivated_one_read_nothing_after() {
    let mut team = Team::new("ana");
    let (ben, eva) = (team.join("ben"), team.join("eva"));
    make_room(&mut team, 0, "launch", false, History::Shared, &["ben", "eva"]);
    let room = team.room(0, "#launch");
    let user = team.engine(0).find_person("ben").expect("known");
    team.with(0, |engine, cx| engine.remove_person(&room, &user, cx)).expect("removes");
    team.run();
    team.say(0, "#launch", "without ben");
    team.run();
    assert_eq!(texts_only(&team, eva, "#launch"), ["ana: without ben"]);
    assert!(team.engine(ben).room(&room).expect("reads").expect("known").state != RoomStanding::Joined);
    assert!(
        !team
            .engine(ben)
            .timeline(&room, None, 100)
            .expect("reads")
            .iter()
            .any(|l| l.text.contains("without"))
    );
    team.deactivate(0, "eva");
    team.run();
    team.say(0, "#launch", "alone now");
    team.run();
    assert_eq!(team.engine(0).members(&room).expect("reads").len(), 1);
    assert!(!texts_only(&team, eva, "#launch").iter().any(|line| line.contains("alone")));
}

#[test]
fn what_waits_in_a_room_that_closed_meanwhile_says_so() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    make_room(&mut team, 0, "launch", false, History::Shared, &["ben"]);
    let room = team.room(0, "#launch");
    team.cut(ben);
    team.say(ben, "#launch", "too late");
    let user = team.engine(0).find_person("ben").expect("known");
    team.with(0, |engine, cx| engine.remove_person(&room, &user, cx)).expect("removes");
    team.run();
    team.connect(ben);
    team.run();
    let lines = team.engine(ben).timeline(&room, None, 100).expect("reads");
    let state = &lines.iter().find(|line| line.text == "too late").expect("is kept").state;
    assert!(matches!(state, Delivery::Failed(_)), "{state:?}");
}

#[test]
fn who_leaves_is_removed_by_the_others_and_can_come_back_to_an_open_room() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    make_room(&mut team, 0, "ops", true, History::Shared, &["ben"]);
    let room = team.room(ben, "#ops");
    team.with(ben, |engine, cx| engine.leave_room(&room, cx)).expect("leaves");
    team.run();
    assert_eq!(team.engine(0).members(&room).expect("reads").len(), 1);
    team.say(0, "#ops", "while ben is out");
    team.run();
    team.with(ben, |engine, cx| engine.join_room(&room, cx)).expect("joins");
    team.run();
    team.say(0, "#ops", "welcome back");
    team.run();
    // History is shared here: what was said while he was out is read back, and stands where it was said.
    assert_eq!(texts_only(&team, ben, "#ops"), ["ana: while ben is out", "ana: welcome back"]);
}

#[test]
fn a_lost_acknowledgement_doubles_nothing() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    team.say(0, "#general", "once");
    team.lose_answer(0);
    team.crash(0);
    team.connect(0);
    team.run();
    assert_eq!(texts_only(&team, ben, "#general"), ["ana: once"]);
    assert_eq!(texts_only(&team, 0, "#general"), ["ana: once"]);
    assert!(team.engine(0).nothing_waits().expect("reads"));
}

/// The device dies after every possible number of delivered frames of a long story; nothing is lost or doubled.
#[test]
fn a_crash_at_any_point_loses_and_doubles_nothing() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    let saved = team.save();
    for steps in 0..60 {
        let mut team = saved.team();
        let person = team.engine(0).find_person("ben").expect("known");
        let new = NewRoom {
            name: "launch".into(),
            topic: String::new(),
            open: false,
            history: History::Shared,
            people: vec![person],
        };
        let room = team.with(0, |engine, cx| engine.create_room(&new, cx)).expect("made");
        for n in 0..3 {
            team.with(0, |engine, cx| engine.send_text(&room, &format!("m{n}"), cx)).expect("is taken");
            team.say(0, "#general", &format!("g{n}"));
        }
        let mut delivered = 0;
        while delivered < steps && team.deliver_one() {
            delivered += 1;
        }
        team.crash(0);
        if steps % 2 == 0 {
            team.crash(ben);
            team.connect(ben);
        }
        team.connect(0);
        team.run();
        for (label, expected) in
            [("#launch", ["ana: m0", "ana: m1", "ana: m2"]), ("#general", ["ana: g0", "ana: g1", "ana: g2"])]
        {
            assert_eq!(texts_only(&team, 0, label), expected, "ana, {label}, after {steps}");
            assert_eq!(texts_only(&team, ben, label), expected, "ben, {label}, after {steps}");
        }
        no_alarm(&mut team, 0);
        no_alarm(&mut team, ben);
        assert!(team.engine(0).nothing_waits().expect("reads"), "after {steps}");
        if delivered < steps {
            break;
        }
    }
}

#[test]
fn a_server_that_dies_in_a_burst_loses_and_doubles_nothing() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    for n in 0..10 {
        team.say(0, "#general", &format!("a{n}"));
        team.say(ben, "#general", &format!("b{n}"));
    }
    for _ in 0..5 {
        for _ in 0..7 {
            team.deliver_one();
        }
        team.crash_server();
    }
    team.run();
    let (at_ana, at_ben) = (texts_only(&team, 0, "#general"), texts_only(&team, ben, "#general"));
    assert_eq!(at_ana, at_ben);
    assert_eq!(at_ana.len(), 20);
    for sender in ["ana: a", "ben: b"] {
        let of_one: Vec<_> = at_ana.iter().filter(|line| line.starts_with(sender)).cloned().collect();
        assert_eq!(of_one, (0..10).map(|n| format!("{sender}{n}")).collect::<Vec<_>>());
    }
}

#[test]
fn people_who_change_a_room_at_once_all_get_their_way() {
    let mut team = Team::new("ana");
    let others: Vec<DeviceNumber> = ["ben", "eva", "joe", "kim"].iter().map(|name| team.join(name)).collect();
    make_room(&mut team, 0, "ops", true, History::Shared, &[]);
    for device in &others {
        let room = team.room(*device, "#ops");
        team.with(*device, |engine, cx| engine.join_room(&room, cx)).expect("joins");
    }
    team.run();
    let room = team.room(0, "#ops");
    assert_eq!(team.engine(0).members(&room).expect("reads").len(), 5);
    team.say(others[3], "#ops", "all here");
    team.run();
    for device in others {
        assert!(texts_only(&team, device, "#ops").contains(&"kim: all here".to_owned()));
        no_alarm(&mut team, device);
    }
}

/// Somebody comes by a commit of their own while somebody else adds them: a Welcome of before that commit leads nowhere.
#[test]
fn who_joins_and_is_added_at_once_is_in_whichever_was_first() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    make_room(&mut team, 0, "ops", true, History::Shared, &[]);
    let saved = team.save();
    for (order, frames) in (0..2).flat_map(|order| (0..12).map(move |frames| (order, frames))) {
        let mut team = saved.team();
        team.in_turns = true;
        let room = team.room(ben, "#ops");
        let user = team.engine(0).find_person("ben").expect("known");
        let add = |team: &mut Team| {
            team.with(0, |engine, cx| engine.add_people(&room, &[user], cx)).expect("is taken");
        };
        let join = |team: &mut Team| {
            team.with(ben, |engine, cx| engine.join_room(&room, cx)).expect("is taken");
        };
        if order == 0 {
            join(&mut team);
        } else {
            add(&mut team);
        }
        for _ in 0..frames {
            team.deliver_one();
        }
        if order == 0 {
            add(&mut team);
        } else {
            join(&mut team);
        }
        team.run();
        let view = team.engine(ben).room(&room).expect("reads").expect("known");
        assert_eq!(view.state, RoomStanding::Joined, "order {order}, after {frames} frames");
        team.say(ben, "#ops", "here");
        team.say(0, "#ops", "welcome");
        team.run();
        for device in [0, ben] {
            assert_eq!(texts_only(&team, device, "#ops").len(), 2, "order {order}, after {frames} frames");
            no_alarm(&mut team, device);
        }
    }
}

#[test]
fn over_the_limit_is_late_never_lost() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    team.news(0);
    team.server.refuse_writes = Some(Refusal::later(Code::RateLimited, "too fast", 3_000));
    for n in 0..5 {
        team.say(0, "#general", &format!("{n}"));
    }
    for _ in 0..20 {
        team.deliver_one();
    }
    assert!(team.news(0).iter().any(|n| matches!(n, News::Holding { why: Hold::RateLimit, .. })));
    let room = team.room(0, "#general");
    let waiting = team.engine(0).timeline(&room, None, 100).expect("reads");
    assert_eq!(waiting.iter().filter(|line| line.state != Delivery::Sent).count(), 5);
    team.server.refuse_writes = None;
    team.run();
    assert_eq!(texts_only(&team, ben, "#general"), ["ana: 0", "ana: 1", "ana: 2", "ana: 3", "ana: 4"]);
}

/// Found in the browser, where a timer that stays due leaves no time for the answer that it waits for.
#[test]
fn what_is_due_while_sending_waits_does_not_turn_in_a_circle() {
    let mut team = Team::new("ana");
    team.cut(0);
    let ben = team.join("ben");
    team.connect(0);
    while team.deliver_one() {}
    team.server.refuse_writes = Some(Refusal::later(Code::RateLimited, "too fast", 5_000));
    team.say(0, "#general", "patience");
    while team.deliver_one() {}
    team.server.refuse_writes = None;
    team.run();
    assert_eq!(texts_only(&team, ben, "#general"), ["ana: patience"]);
}

#[test]
fn a_full_disk_holds_messages_and_lets_them_go() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    team.server.refuse_writes = Some(Refusal::new(Code::StorageFull, "the server's disk is full"));
    team.say(0, "#general", "patience");
    for _ in 0..10 {
        team.deliver_one();
    }
    team.server.refuse_writes = None;
    team.run();
    assert_eq!(texts_only(&team, ben, "#general"), ["ana: patience"]);
}

#[test]
fn search_finds_words_by_their_beginnings_and_takes_no_syntax() {
    let mut team = Team::new("ana");
    team.say(0, "#general", "The rollback of backups is \"documented\" in Küche");
    team.run();
    for words in ["rollb", "kuche", "backups documented", "\"docu"] {
        assert_eq!(team.engine(0).search(words, 10).expect("searches").len(), 1, "{words}");
    }
    for words in ["", "nothing here", "NEAR(", "* OR"] {
        assert_eq!(team.engine(0).search(words, 10).expect("searches").len(), 0, "{words}");
    }
}

#[test]
fn a_search_in_a_room_finds_nothing_of_another() {
    let mut team = Team::new("ana");
    make_room(&mut team, 0, "garden", true, History::SinceJoin, &[]);
    team.run();
    team.say(0, "#general", "a walrus");
    team.say(0, "#garden", "another walrus");
    team.run();
    let found = team.engine(0).search_in(&team.room(0, "#garden"), "walrus", 10).expect("searches");
    assert_eq!(found.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["another walrus"]);
    assert_eq!(team.engine(0).search("walrus", 10).expect("searches").len(), 2);
}

/// The reason of a refusal is the server's words, and the server is not trusted with a terminal.
#[test]
fn what_a_hostile_server_gives_as_its_reason_is_tamed() {
    let mut team = Team::new("ana");
    let hostile = "no\u{1b}]0;owned\u{7}\u{202e}\r\nroot: all is well";
    team.server.refuse_writes = Some(Refusal::new(Code::Rejected, hostile));
    team.say(0, "#general", "hello");
    team.run();
    let steers = |why: &str| why.chars().any(|c| c.is_control() || c == '\u{202e}');
    let room = team.room(0, "#general");
    let line = team.engine(0).timeline(&room, None, 100).expect("reads").pop().expect("a line");
    assert!(
        matches!(&line.state, Delivery::Failed(why) if !why.is_empty() && !steers(why)),
        "{:?}",
        line.state
    );
    let news = team.news(0);
    assert!(news.iter().any(|n| matches!(n, News::Failed { why, .. } if !steers(why))), "{news:?}");
}

#[test]
fn hostile_text_arrives_tamed() {
    let mut team = Team::new("ana");
    let ben = team.join("ben");
    team.say(0, "#general", "\u{1b}[2Jgone\u{202e}\r\nroot: all yours");
    team.run();
    let line = texts_only(&team, ben, "#general").pop().expect("arrived");
    assert!(!line.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{line:?}");
}
