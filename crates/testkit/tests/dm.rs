//! Stories of direct messages in which both people have begun anew: whoever writes first takes them up again.

use securechat_engine::News;
use securechat_engine::view::RoomStanding;
use securechat_testkit::{DeviceNumber, Team};

/// Ana (device 0) runs the team; Ben and Cy (1 and 2) have written to each other.
fn two_who_talk() -> Team {
    let mut team = Team::new("ana");
    let (ben, cy) = (team.join("ben"), team.join("cy"));
    write(&mut team, ben, "cy", "before");
    write(&mut team, cy, "ben", "before too");
    team
}

fn write(team: &mut Team, by: DeviceNumber, to: &str, text: &str) {
    say(team, by, to, text);
    team.run();
}

fn say(team: &mut Team, by: DeviceNumber, to: &str, text: &str) {
    let user = team.engine(by).find_person(to).expect("known");
    let room = team.with(by, |engine, cx| engine.open_dm(&user, cx)).expect("opens");
    team.with(by, |engine, cx| engine.send_text(&room, text, cx)).expect("is taken");
}

fn begin_anew(team: &mut Team, old: DeviceNumber, name: &str) -> DeviceNumber {
    team.cut(old);
    let code = team.reset_code(0, name).expect("an owner makes one");
    team.begin_anew(name, &code).expect("begins anew")
}

fn said(team: &Team, device: DeviceNumber, label: &str) -> Vec<String> {
    team.texts(device, label).into_iter().filter(|line| !line.starts_with('(')).collect()
}

fn both_read(team: &mut Team, ben: DeviceNumber, cy: DeviceNumber, wanted: &[&str]) {
    assert_eq!(said(team, ben, "@cy"), wanted);
    assert_eq!(said(team, cy, "@ben"), wanted);
    for (device, label) in [(ben, "@cy"), (cy, "@ben")] {
        let room = team.room(device, label);
        let view = team.engine(device).room(&room).expect("reads").expect("known");
        assert_eq!((view.state, view.people, view.trouble), (RoomStanding::Joined, 2, None));
        assert!(team.engine(device).nothing_waits().expect("reads"));
        let news = team.news(device);
        let bad =
            |news: &News| matches!(news, News::Alarm { .. } | News::WishFailed { .. } | News::Failed { .. });
        assert!(!news.iter().any(bad), "device {device}: {news:?}");
    }
}

#[test]
fn two_who_both_began_anew_write_to_each_other_again() {
    for first in ["ben", "cy"] {
        let mut team = two_who_talk();
        let ben = begin_anew(&mut team, 1, "ben");
        let cy = begin_anew(&mut team, 2, "cy");
        if first == "ben" {
            write(&mut team, ben, "cy", "is it you");
            write(&mut team, cy, "ben", "it is");
            both_read(&mut team, ben, cy, &["ben: is it you", "cy: it is"]);
        } else {
            write(&mut team, cy, "ben", "is it you");
            write(&mut team, ben, "cy", "it is");
            both_read(&mut team, ben, cy, &["cy: is it you", "ben: it is"]);
        }
    }
}

#[test]
fn two_who_both_began_anew_and_write_at_once_meet_in_one_room() {
    let mut team = two_who_talk();
    let ben = begin_anew(&mut team, 1, "ben");
    let cy = begin_anew(&mut team, 2, "cy");
    team.in_turns = true;
    say(&mut team, ben, "cy", "hi");
    say(&mut team, cy, "ben", "hi");
    team.run();
    let (mut at_ben, at_cy) = (said(&team, ben, "@cy"), said(&team, cy, "@ben"));
    assert_eq!(at_ben, at_cy);
    at_ben.sort();
    assert_eq!(at_ben, ["ben: hi", "cy: hi"]);
}

/// Ben wrote while Cy's old device could still have let him in; then Cy lost it.
#[test]
fn who_waited_to_be_let_in_is_when_the_other_began_anew_too() {
    let mut team = two_who_talk();
    team.cut(2);
    let ben = begin_anew(&mut team, 1, "ben");
    write(&mut team, ben, "cy", "are you there");
    let room = team.room(ben, "@cy");
    let view = team.engine(ben).room(&room).expect("reads").expect("known");
    assert_eq!(view.state, RoomStanding::Joining, "Cy's device would let him in");
    let cy = begin_anew(&mut team, 2, "cy");
    write(&mut team, cy, "ben", "now I am");
    both_read(&mut team, ben, cy, &["ben: are you there", "cy: now I am"]);
}

/// As before, and Cy says nothing: what waits goes out by itself.
#[test]
fn what_waits_to_be_said_goes_out_when_the_other_began_anew_too() {
    let mut team = two_who_talk();
    team.cut(2);
    let ben = begin_anew(&mut team, 1, "ben");
    write(&mut team, ben, "cy", "are you there");
    let cy = begin_anew(&mut team, 2, "cy");
    team.crash(ben);
    team.connect(ben);
    team.run();
    both_read(&mut team, ben, cy, &["ben: are you there"]);
}

/// The place is theirs alone, and only while nobody is left who could let them in.
#[test]
fn nobody_takes_up_what_somebody_is_left_in_or_is_not_theirs() {
    use securechat_proto::frame::{Answer, GetGroup, Request};
    let mut team = two_who_talk();
    let room = team.room(1, "@cy").as_bytes().to_vec();
    let ask = |team: &mut Team, device| {
        let answer = team.ask_server(device, Request::GetGroup(GetGroup { room: room.clone().into() }));
        matches!(answer, Answer::Group(_))
    };
    let ben = begin_anew(&mut team, 1, "ben");
    assert!(!ask(&mut team, ben), "Cy is left");
    let cy = begin_anew(&mut team, 2, "cy");
    assert!(!ask(&mut team, 0), "they are not Ana's");
    assert!(ask(&mut team, ben) && ask(&mut team, cy));
    write(&mut team, ben, "cy", "me");
    assert!(!ask(&mut team, 0));
}
