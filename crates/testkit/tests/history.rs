//! Stories of what can be read of the time before a device came: how far, by whom, and what is in the way.

use securechat_engine::NewRoom;
use securechat_engine::view::{Earlier, History};
use securechat_proto::{Code, Refusal};
use securechat_testkit::{DeviceNumber, Team};

fn make_room(team: &mut Team, by: DeviceNumber, name: &str, history: History, people: &[&str]) {
    let people = people.iter().map(|name| team.engine(by).find_person(name).expect("known")).collect();
    let new = NewRoom { name: name.into(), topic: String::new(), open: false, history, people };
    team.with(by, |engine, cx| engine.create_room(&new, cx)).expect("creates");
    team.run();
}

fn add(team: &mut Team, by: DeviceNumber, label: &str, who: &str) {
    let (room, user) = (team.room(by, label), team.engine(by).find_person(who).expect("known"));
    team.with(by, |engine, cx| engine.add_people(&room, &[user], cx)).expect("adds");
    team.run();
}

fn earlier(team: &Team, device: DeviceNumber, label: &str) -> Earlier {
    let room = team.room(device, label);
    team.engine(device).room(&room).expect("reads").expect("known").earlier
}

fn said(team: &Team, device: DeviceNumber, label: &str) -> Vec<String> {
    team.texts(device, label).into_iter().filter(|line| !line.starts_with("(members")).collect()
}

fn read_all(team: &mut Team, device: DeviceNumber, label: &str) {
    let room = team.room(device, label);
    team.with(device, |engine, cx| engine.read_back(&room, u64::MAX >> 1, cx)).expect("is taken");
    team.run();
}

#[test]
fn where_history_is_shared_a_newcomer_reads_back_to_the_beginning() {
    let mut team = Team::new("ana");
    let (bo, cy, dan) = (team.join("bo"), team.join("cy"), team.join("dan"));
    make_room(&mut team, 0, "ops", History::Shared, &["bo"]);
    team.say(0, "#ops", "one");
    team.say(bo, "#ops", "two");
    team.run();
    add(&mut team, 0, "#ops", "cy");
    team.say(cy, "#ops", "three");
    team.run();
    add(&mut team, 0, "#ops", "dan");
    for device in [cy, dan] {
        assert_eq!(said(&team, device, "#ops"), ["ana: one", "bo: two", "cy: three"]);
        assert_eq!(earlier(&team, device, "#ops"), Earlier::All);
    }
}

#[test]
fn where_newcomers_read_from_their_coming_nobody_seals_more_for_them() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    let cy = team.join("cy");
    make_room(&mut team, 0, "ops", History::SinceJoin, &["bo"]);
    team.say(0, "#ops", "not for cy");
    team.run();
    add(&mut team, 0, "#ops", "cy");
    team.say(0, "#ops", "for all");
    team.run();
    assert_eq!(said(&team, cy, "#ops"), ["ana: for all"]);
    assert_eq!(earlier(&team, cy, "#ops"), Earlier::SinceJoin);
    assert_eq!(said(&team, bo, "#ops"), ["ana: not for cy", "ana: for all"]);
}

/// A key that is owed from before somebody came is not said in front of them, nor where it waits to go out already.
#[test]
fn what_is_owed_from_before_a_newcomer_is_not_said_to_them() {
    for (history, is_on_its_way) in
        [(History::SinceJoin, false), (History::SinceJoin, true), (History::None, false)]
    {
        let mut team = Team::new("ana");
        let (bo, cy) = (team.join("bo"), team.join("cy"));
        make_room(&mut team, 0, "ops", History::SinceJoin, &["bo"]);
        team.say(0, "#ops", "not for cy");
        team.run();
        team.cut(0);
        team.cut(bo);
        // Bo's phone comes in by a commit of its own: the key before it is owed.
        let phone = team.log_in("bo");
        team.cut(phone);
        let (room, user) = (team.room(0, "#ops"), team.engine(0).find_person("cy").expect("known"));
        team.connect(0);
        if is_on_its_way {
            team.server.refuse_writes = Some(Refusal::later(Code::StorageFull, "full", 1_000));
            for _ in 0..6 {
                while team.deliver_one() {}
                team.pass_once();
            }
        }
        if history == History::None {
            team.with(0, |engine, cx| engine.tighten_history(&room, history, cx)).expect("tightens");
        }
        team.with(0, |engine, cx| engine.add_people(&room, &[user], cx)).expect("adds");
        team.server.refuse_writes = None;
        team.run();
        team.say(0, "#ops", "for all");
        team.run();
        let case = (history, is_on_its_way);
        assert_eq!(said(&team, cy, "#ops"), ["ana: for all"], "{case:?}");
        // Not even unseen: whoever has the key can ask the server for what it opens.
        let told = "SELECT count(*) FROM archive_keys WHERE room_id = ? AND own = 0";
        let told: u64 = team.disk(cy).query_row(told, [room.as_bytes()], |row| row.get(0)).expect("reads");
        assert_eq!(told, 0, "{case:?}");
        // For the phone nothing is lost: its own devices handed it the key.
        team.connect(phone);
        team.run();
        assert_eq!(said(&team, phone, "#ops"), ["ana: not for cy", "ana: for all"], "{case:?}");
    }
}

#[test]
fn where_nothing_is_kept_a_newcomer_reads_nothing_of_before() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    make_room(&mut team, 0, "ops", History::None, &[]);
    team.say(0, "#ops", "gone with the wind");
    team.run();
    add(&mut team, 0, "#ops", "bo");
    assert!(said(&team, bo, "#ops").is_empty());
    assert_eq!(earlier(&team, bo, "#ops"), Earlier::NothingKept);
}

#[test]
fn a_long_history_comes_page_by_page_as_far_as_it_is_wanted() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    make_room(&mut team, 0, "ops", History::Shared, &[]);
    for n in 0..1_300 {
        team.say(0, "#ops", &format!("line {n}"));
    }
    team.run();
    add(&mut team, 0, "#ops", "bo");
    let first = said(&team, bo, "#ops");
    assert!((200..=500).contains(&first.len()), "one page, not {}", first.len());
    assert_eq!(first.last().map(String::as_str), Some("ana: line 1299"));
    assert_eq!(earlier(&team, bo, "#ops"), Earlier::More);
    team.crash(bo);
    team.connect(bo);
    read_all(&mut team, bo, "#ops");
    let all: Vec<String> = (0..1_300).map(|n| format!("ana: line {n}")).collect();
    assert_eq!(said(&team, bo, "#ops"), all);
    assert_eq!(earlier(&team, bo, "#ops"), Earlier::All);
    let found = team.engine(bo).search("1299", 10).expect("searches");
    assert_eq!(found.len(), 1, "what was read back is found");
    let unread = team.engine(bo).room(&team.room(bo, "#ops")).expect("reads").expect("known").unread;
    assert_eq!(unread, 0, "what was said before one came is not unread");
}

#[test]
fn who_joins_by_themselves_reads_on_as_soon_as_somebody_is_there() {
    let mut team = Team::new("ana");
    team.say(0, "#general", "before bo");
    team.run();
    team.cut(0);
    let bo = team.join("bo");
    assert!(said(&team, bo, "#general").is_empty());
    assert_eq!(earlier(&team, bo, "#general"), Earlier::Waits);
    team.connect(0);
    team.run();
    assert_eq!(said(&team, bo, "#general"), ["ana: before bo"]);
    assert_eq!(earlier(&team, bo, "#general"), Earlier::All);
}

#[test]
fn a_further_device_reads_everything_with_nobody_else_online() {
    for history in [History::Shared, History::SinceJoin] {
        let mut team = Team::new("ana");
        let (bo, cy) = (team.join("bo"), team.join("cy"));
        make_room(&mut team, 0, "ops", history, &["bo"]);
        team.say(bo, "#ops", "one");
        team.run();
        // A boundary, where newcomers read from their coming.
        add(&mut team, 0, "#ops", "cy");
        team.say(cy, "#ops", "two");
        team.run();
        for device in [0, bo, cy] {
            team.cut(device);
        }
        // The room's name is known too, though nobody is there to tell it.
        let phone = team.log_in("bo");
        assert_eq!(said(&team, phone, "#ops"), ["bo: one", "cy: two"], "{history:?}");
        // Bo was brought in by a commit himself: nothing before that is his, on whatever device.
        let end = if history == History::Shared { Earlier::All } else { Earlier::SinceJoin };
        assert_eq!(earlier(&team, phone, "#ops"), end, "{history:?}");
        let hers = team.log_in("cy");
        let expected: &[_] = if history == History::Shared { &["bo: one", "cy: two"] } else { &["cy: two"] };
        assert_eq!(
            (said(&team, hers, "#ops"), earlier(&team, hers, "#ops")),
            (lines(expected), end),
            "{history:?}"
        );
    }
}

#[test]
fn a_device_that_is_gone_in_a_moment_has_handed_on_the_keys_of_a_new_room() {
    let mut team = Team::new("ana");
    let new = NewRoom {
        name: "ops".into(),
        topic: String::new(),
        open: false,
        history: History::Shared,
        people: Vec::new(),
    };
    team.with(0, |engine, cx| engine.create_room(&new, cx)).expect("creates");
    while team.deliver_one() {}
    team.say(0, "#ops", "written down");
    // No time passes: no timer of hers comes due.
    while team.deliver_one() {}
    team.cut(0);
    let phone = team.log_in("ana");
    assert_eq!(said(&team, phone, "#ops"), ["ana: written down"]);
}

fn lines(of: &[&str]) -> Vec<String> {
    of.iter().map(|line| (*line).to_owned()).collect()
}
