//! Stories of loss: a password, a device, everything; each told until old messages are read again.

use securechat_engine::view::History;
use securechat_engine::{NewRoom, News};
use securechat_proto::Code;
use securechat_testkit::{DeviceNumber, Team};

fn make_room(team: &mut Team, by: DeviceNumber, name: &str, open: bool, people: &[&str]) {
    let people = people.iter().map(|name| team.engine(by).find_person(name).expect("known")).collect();
    let history = History::Shared;
    let new = NewRoom { name: name.into(), topic: String::new(), open, history, people };
    team.with(by, |engine, cx| engine.create_room(&new, cx)).expect("creates");
    team.run();
}

fn dm(team: &mut Team, by: DeviceNumber, to: &str, text: &str) {
    let user = team.engine(by).find_person(to).expect("known");
    let room = team.with(by, |engine, cx| engine.open_dm(&user, cx)).expect("opens");
    team.run();
    team.with(by, |engine, cx| engine.send_text(&room, text, cx)).expect("is taken");
    team.run();
}

fn said(team: &Team, device: DeviceNumber, label: &str) -> Vec<String> {
    team.texts(device, label).into_iter().filter(|line| !line.starts_with('(')).collect()
}

#[test]
fn who_forgot_the_password_comes_back_by_recovery_key_and_reads_everything() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    make_room(&mut team, 0, "ops", false, &["bo"]);
    team.say(bo, "#ops", "before");
    team.run();
    let key = team.recovery_key(bo);
    // Every device is gone too, and nobody else is there.
    team.cut(0);
    team.cut(bo);
    let back = team.come_back("bo", &key, "another password").expect("comes back");
    assert_eq!(said(&team, back, "#ops"), ["bo: before"]);
    team.connect(0);
    team.say(back, "#ops", "after");
    team.run();
    assert_eq!(said(&team, 0, "#ops"), ["bo: before", "bo: after"]);
    assert!(!team.news(0).iter().any(|news| matches!(news, News::RootChanged { .. })), "still the same bo");
    let wrong = team.recovery_key(0);
    assert_eq!(team.come_back("bo", &wrong, "x x x x x").err().map(|r| r.code), Some(Code::WrongCredentials));
}

#[test]
fn a_crash_between_the_steps_of_coming_back_is_made_good_by_doing_it_again() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    team.say(bo, "#general", "before");
    team.run();
    let key = team.recovery_key(bo);
    drop(team.add_by_recovery_key("bo", &key).expect("the first half"));
    let back = team.come_back("bo", &key, "another password").expect("comes back all the same");
    team.crash(back);
    team.connect(back);
    team.run();
    assert_eq!(said(&team, back, "#general"), ["bo: before"]);
}

#[test]
fn a_new_recovery_key_holds_and_the_old_one_no_longer() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    let phone = team.log_in("bo");
    let old = team.recovery_key(bo);
    let new = team.rotate_recovery(bo).expect("rotates");
    team.run();
    assert_eq!(team.recovery_key(bo).public(), new.public());
    assert_eq!(team.come_back("bo", &old, "x x x x x").err().map(|r| r.code), Some(Code::WrongCredentials));
    team.come_back("bo", &new, "another password").expect("the new key holds");
    assert!(team.engine(phone).vault_in_doubt().expect("reads"), "the other device is told to look");
    assert!(team.vault_opens(bo, phone), "and finds that its key still opens the vault");
    assert!(!team.engine(bo).vault_in_doubt().expect("reads"));
    team.log_in_with("ana", "correct horse");
}

#[test]
fn a_lost_device_opens_nothing_that_comes_after() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    make_room(&mut team, bo, "ops", false, &["ana"]);
    let (phone, laptop) = (team.log_in("bo"), team.log_in("bo"));
    team.say(0, "#ops", "before");
    team.run();
    let old = team.recovery_key(bo);
    team.cut(phone);
    let new = team.lose(bo, phone, true);
    team.run();
    assert!(team.vault_opens(bo, bo));
    assert!(!team.vault_opens(bo, phone), "the thief's vault key opens the vault no more");
    assert!(team.come_back("bo", &old, "x x x x x").is_err(), "nor does the recovery key that it could read");
    team.say(0, "#ops", "after");
    team.run();
    assert_eq!(said(&team, laptop, "#ops"), ["ana: before", "ana: after"], "messages go on meanwhile");
    assert!(!team.vault_opens(bo, laptop));
    assert!(team.news(laptop).contains(&News::VaultKey { known: false }));
    team.crash(laptop);
    team.connect(laptop);
    team.run();
    assert!(team.engine(laptop).vault_in_doubt().expect("reads"), "remembered over a restart");
    team.take_up_keys(laptop);
    team.run();
    assert!(team.vault_opens(bo, laptop));
    // What the devices share is there again under the new key: a new device reads with nobody else online.
    for device in [0, bo, laptop] {
        team.cut(device);
    }
    let tablet = team.come_back("bo", &new, "another password").expect("the new key holds");
    assert_eq!(said(&team, tablet, "#ops"), ["ana: before", "ana: after"]);
}

#[test]
fn who_crashes_before_keeping_the_new_key_takes_it_up_by_password() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    let phone = team.log_in("bo");
    team.lose(bo, phone, false);
    team.crash(bo);
    team.connect(bo);
    team.run();
    assert!(!team.vault_opens(bo, bo));
    team.take_up_keys(bo);
    team.run();
    assert!(team.vault_opens(bo, bo));
}

#[test]
fn who_lost_everything_begins_anew_in_sight_of_all_and_reads_again() {
    for maker in ["ana", "bo"] {
        let mut team = Team::new("ana");
        let bo = team.join("bo");
        make_room(&mut team, 0, "open", true, &["bo"]);
        make_room(&mut team, 0, "secret", false, &["bo"]);
        team.say(bo, "#general", "to all");
        team.say(bo, "#open", "to some");
        team.say(bo, "#secret", "to few");
        team.run();
        if maker == "ana" {
            dm(&mut team, 0, "bo", "to one");
        } else {
            dm(&mut team, bo, "ana", "to one");
        }
        let text = format!("{maker}: to one");
        let root = team.engine(bo).own_chain().expect("a chain").root();
        team.news(0);
        team.cut(bo);
        let code = team.reset_code(0, "bo").expect("an owner makes one");
        assert!(team.begin_anew("ana", &code).is_err(), "it is for one person");
        let new = team.begin_anew("bo", &code).expect("begins anew");
        assert!(team.begin_anew("bo", &code).is_err(), "and for one use");
        assert_ne!(team.engine(new).own_chain().expect("a chain").root(), root);
        let user = team.engine(0).find_person("bo").expect("known");
        assert!(team.news(0).contains(&News::RootChanged { user }), "everybody is told");
        // The old device is at its end.
        assert!(team.server.asker(&team.token(bo), team.now).is_none());
        // Back in the team's room and in open rooms by themselves, with what was said there.
        assert_eq!(said(&team, new, "#general"), ["bo: to all"]);
        assert_eq!(said(&team, new, "#open"), ["bo: to some"]);
        assert!(team.engine(new).find_room("#secret").is_err(), "private rooms let nobody in by a new key");
        // An admin of the room adds the person again; so does whoever writes to them.
        let room = team.room(0, "#secret");
        team.with(0, |engine, cx| engine.add_people(&room, &[user], cx)).expect("adds");
        team.run();
        assert_eq!(said(&team, new, "#secret"), ["bo: to few"]);
        dm(&mut team, 0, "bo", "is it you?");
        assert_eq!(said(&team, new, "@ana"), [text.as_str(), "ana: is it you?"]);
        dm(&mut team, new, "ana", "it is");
        assert_eq!(said(&team, 0, "@bo"), [text.as_str(), "ana: is it you?", "bo: it is"]);
    }
}

/// The log that a new device reads holds the reset from before it came, which ended others.
#[test]
fn a_device_that_is_let_in_after_a_reset_is_not_at_its_end() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    team.cut(bo);
    let code = team.reset_code(0, "bo").expect("an owner makes one");
    let new = team.begin_anew("bo", &code).expect("begins anew");
    let phone = team.link(new, "phone").expect("is let in");
    for device in [new, phone] {
        let news = team.news(device);
        assert!(!news.iter().any(|news| matches!(news, News::Ended { .. })), "device {device}: {news:?}");
    }
    team.say(phone, "#general", "from the phone");
    team.run();
    assert_eq!(said(&team, 0, "#general"), ["bo: from the phone"]);
}

#[test]
fn only_who_may_deactivate_somebody_lets_them_begin_anew() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    team.join("cy");
    assert_eq!(team.reset_code(bo, "cy").err().map(|r| r.code), Some(Code::Forbidden));
    assert_eq!(team.reset_code(bo, "ana").err().map(|r| r.code), Some(Code::Forbidden));
    assert_eq!(team.reset_code(0, "ana").err().map(|r| r.code), Some(Code::Forbidden), "not oneself either");
    let first = team.reset_code(0, "cy").expect("makes one");
    let second = team.reset_code(0, "cy").expect("makes another");
    assert!(team.begin_anew("cy", &first).is_err(), "the former one ends");
    team.begin_anew("cy", &second).expect("begins anew");
}
