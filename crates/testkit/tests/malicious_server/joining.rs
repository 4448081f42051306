//! Coming into rooms: old and false GroupInfos, Welcomes that lead nowhere, key packages that are not what they seem.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bytes::Bytes;
use securechat_engine::News;
use securechat_engine::view::{History, RoomStanding, Unreadable};
use securechat_ids::{RoomId, UserId};
use securechat_mls::{PublicRoom, split_welcome};
use securechat_proto::frame::{
    Answer, ClaimedKeyPackage, Committed, Empty, Event, EventKind, Events, Group, Inbox, InboxItem,
    KeyPackages, Request, Tree,
};
use securechat_proto::{Code, Refusal};
use securechat_testkit::{DeviceNumber, Team};

use super::outsider::{Outsider, group_of};
use super::scene::*;

const JOE: DeviceNumber = 2;

/// Ana and Ben in an open room, and Joe, who knows of it.
fn open_room() -> (Team, RoomId) {
    let mut team = two();
    let room = room_of(&mut team, "ops", true, &["ben"]);
    assert_eq!(team.join("joe"), JOE);
    calm(&mut team);
    (team, room)
}

fn join(team: &mut Team, device: DeviceNumber, room: &RoomId) {
    team.with(device, |engine, cx| engine.join_room(room, cx)).expect("is taken");
    team.run();
}

/// Why wishes of a device failed since this was last asked.
fn wish_failed(team: &mut Team, device: DeviceNumber) -> Vec<String> {
    let why = |news| match news {
        News::WishFailed { why, .. } => Some(why),
        _ => None,
    };
    team.news(device).into_iter().filter_map(why).collect()
}

fn add(team: &mut Team, room: &RoomId, names: &[&str]) {
    let people: Vec<_> = names.iter().map(|n| team.engine(ANA).find_person(n).expect("known")).collect();
    team.with(ANA, |engine, cx| engine.add_people(room, &people, cx)).expect("is taken");
    team.run();
}

fn names(team: &Team, device: DeviceNumber, room: &RoomId) -> Vec<String> {
    team.engine(device).members(room).expect("reads").into_iter().map(|person| person.user_name).collect()
}

#[test]
fn an_old_group_info_is_of_no_use_where_the_gate_is_honest() {
    let (mut team, room) = open_room();
    let (group_info, tree) = group_of(&mut team, ANA, &room);
    // The room goes on: what was captured is of the epoch before.
    team.join("kim");
    add(&mut team, &room, &["kim"]);
    let left = Rc::new(Cell::new(3));
    let times = left.clone();
    team.malice.answer(move |device, request| match request {
        Request::GetGroup(_) if device == JOE && times.get() > 0 => {
            times.set(times.get() - 1);
            let (group_info, tree) = (group_info.clone(), tree.clone());
            Some(Answer::Group(Group { epoch: 1, head_seq: 1, group_info, tree }))
        }
        _ => None,
    });
    join(&mut team, JOE, &room);
    assert_eq!(left.get(), 0);
    assert_eq!(standing(&team, JOE, &room).0, RoomStanding::Joined);
    team.say(JOE, "#ops", "here");
    team.run();
    assert_eq!(said(&team, ANA, "#ops"), ["joe: here"]);
}

/// The documented limit: whoever is led into an old state of a room and shown nothing else cannot tell.
#[test]
fn a_newcomer_led_into_an_old_state_reads_nothing_of_the_present_one_and_stops_when_it_is_shown() {
    let (mut team, room) = open_room();
    let (group_info, tree) = group_of(&mut team, ANA, &room);
    team.join("kim");
    add(&mut team, &room, &["kim"]);
    let seq = cursor(&team, ANA, &room);
    let first = Rc::new(Cell::new(true));
    team.malice.answer(move |device, request| match request {
        Request::GetGroup(_) if device == JOE => {
            let (group_info, tree) = (group_info.clone(), tree.clone());
            Some(Answer::Group(Group { epoch: 1, head_seq: 1, group_info, tree }))
        }
        Request::Commit(_) if device == JOE => {
            Some(Answer::Committed(Committed { seq, time_ms: 1, epoch: 2 }))
        }
        Request::Fetch(fetch) if device == JOE && (fetch.before_seq > 0 || first.replace(false)) => {
            let head_seq = fetch.from_seq.saturating_sub(1);
            Some(Answer::Events(Events { events: vec![], head_seq }))
        }
        _ => None,
    });
    join(&mut team, JOE, &room);
    assert!(team.malice.acts() >= 3);
    assert_eq!(standing(&team, JOE, &room).0, RoomStanding::Joined);
    assert!(!names(&team, JOE, &room).contains(&"kim".to_owned()));
    assert!(!names(&team, ANA, &room).contains(&"joe".to_owned()));
    no_alarm(&mut team, JOE);
    let shown = Rc::new(RefCell::new(None));
    let kept = shown.clone();
    team.malice.intercept_events(move |device, event| {
        if device == BEN {
            *kept.borrow_mut() = Some(event.clone());
        }
        vec![event]
    });
    team.say(ANA, "#ops", "without joe");
    team.run();
    let event: Event = shown.borrow().clone().expect("Ben got it");
    team.slip(JOE, Answer::Event(event));
    team.run();
    assert_eq!(said(&team, JOE, "#ops"), [""; 0]);
    assert_eq!(unreadable(&team, JOE, "#ops").len(), 1);
}

#[test]
fn a_group_info_with_another_tree_is_refused() {
    let (mut team, room) = open_room();
    let general = team.room(ANA, "#general");
    let (_, wrong) = group_of(&mut team, ANA, &general);
    let (_, right) = group_of(&mut team, ANA, &room);
    assert_ne!(wrong, right);
    team.malice.intercept(move |device, mut frame| {
        if let (JOE, Some(Answer::Group(group))) = (device, &mut frame.answer) {
            group.tree = wrong.clone();
        }
        vec![frame]
    });
    join(&mut team, JOE, &room);
    assert_eq!(team.malice.acts(), 1);
    let why = wish_failed(&mut team, JOE);
    assert!(why.len() == 1 && why[0].contains("cannot be joined"), "{why:?}");
    assert_ne!(standing(&team, JOE, &room).0, RoomStanding::Joined);
}

#[test]
fn a_room_with_somebody_whom_no_chain_knows_is_not_joined() {
    let (mut team, room) = open_room();
    let (group_info, tree) = Outsider::stranger().room_of_its_own(room);
    team.malice.answer(move |device, request| match request {
        Request::GetGroup(_) if device == JOE => {
            let (group_info, tree) = (group_info.clone(), tree.clone());
            Some(Answer::Group(Group { epoch: 0, head_seq: 0, group_info, tree }))
        }
        _ => None,
    });
    join(&mut team, JOE, &room);
    assert_eq!(team.malice.acts(), 1);
    alarm(&mut team, JOE, "not who the list of devices says");
    assert_ne!(standing(&team, JOE, &room).0, RoomStanding::Joined);
}

#[test]
fn a_room_of_a_weaker_suite_is_not_joined() {
    let (mut team, room) = open_room();
    let (group_info, tree) = Outsider::stranger().weaker_room(&room);
    team.malice.answer(move |device, request| match request {
        Request::GetGroup(_) if device == JOE => {
            let (group_info, tree) = (group_info.clone(), tree.clone());
            Some(Answer::Group(Group { epoch: 0, head_seq: 0, group_info, tree }))
        }
        _ => None,
    });
    join(&mut team, JOE, &room);
    assert_eq!(team.malice.acts(), 1);
    let why = wish_failed(&mut team, JOE);
    assert!(why.len() == 1 && why[0].contains("suite"), "{why:?}");
    assert_ne!(standing(&team, JOE, &room).0, RoomStanding::Joined);
}

/// Gives a device one Welcome, with its tree, in place of its inbox.
fn invite_falsely(team: &mut Team, victim: DeviceNumber, item: InboxItem, tree: Bytes) {
    team.malice.answer(move |device, request| match request {
        _ if device != victim => None,
        Request::FetchInbox(fetch) => {
            let items = if fetch.after < item.number { vec![item.clone()] } else { vec![] };
            Some(Answer::Inbox(Inbox { items }))
        }
        Request::GetTree(_) => Some(Answer::Tree(Tree { tree: tree.clone() })),
        Request::AckInbox(_) => Some(Answer::Done(Empty {})),
        Request::Fetch(fetch) => {
            let head_seq = fetch.from_seq.saturating_sub(1);
            Some(Answer::Events(Events { events: vec![], head_seq }))
        }
        _ => None,
    });
    team.slip(victim, Answer::InboxGrew(Empty {}));
    team.run();
}

/// The public state after a commit of a room's first epoch.
fn tree_after(group_info: &[u8], tree: &[u8], commit: &[u8], next: &[u8]) -> Bytes {
    let mut public = PublicRoom::found(group_info, tree).expect("holds");
    let staged = public.stage(commit).expect("holds");
    public.apply(staged, next).expect("fits");
    public.tree().into()
}

#[test]
fn a_welcome_of_a_commit_that_lost_leads_into_a_dead_end_that_shows() {
    let mut team = two();
    team.join("joe");
    let room = private(&mut team, "launch", &[]);
    calm(&mut team);
    let (group_info, tree) = group_of(&mut team, ANA, &room);
    let head_seq = cursor(&team, ANA, &room);
    let lost = Rc::new(RefCell::new(None));
    let kept = lost.clone();
    team.malice.answer(move |device, request| match request {
        Request::Commit(commit) if device == ANA && kept.borrow().is_none() => {
            *kept.borrow_mut() = Some(commit.clone());
            let epoch = commit.base_epoch;
            Some(Answer::Refused(
                Refusal { epoch, head_seq, ..Refusal::new(Code::StaleEpoch, "lost") }.into(),
            ))
        }
        _ => None,
    });
    let joe = team.engine(ANA).find_person("joe").expect("known");
    team.with(ANA, |engine, cx| engine.add_people(&room, &[joe], cx)).expect("is taken");
    // Ana hears that she lost, and waits before she tries again.
    while team.deliver_one() {}
    let commit = lost.borrow().clone().expect("it was made");
    let tree = tree_after(&group_info, &tree, &commit.commit, &commit.group_info);
    let (_, welcome) = split_welcome(&commit.welcome).expect("a Welcome").remove(0);
    let item = InboxItem {
        number: 1,
        room: Bytes::copy_from_slice(room.as_bytes()),
        epoch: commit.base_epoch + 1,
        seq: head_seq + 1,
        welcome: welcome.into(),
    };
    team.cut(ANA);
    invite_falsely(&mut team, JOE, item, tree);
    assert_eq!(standing(&team, JOE, &room).0, RoomStanding::Joined);
    team.malice.end();
    team.connect(ANA);
    team.run();
    // Ana's commit was made again and has its place; Joe stands in an epoch that nobody else has.
    team.say(ANA, "#launch", "for the living");
    team.run();
    let label = team.engine(JOE).room(&room).expect("reads").expect("known").label;
    assert_eq!(said(&team, JOE, &label), [""; 0]);
    assert!(!unreadable(&team, JOE, &label).is_empty());
    add(&mut team, &room, &["ben"]);
    alarm(&mut team, JOE, "cannot be followed");
    came_back(&team, JOE, &room);
    assert_eq!(said(&team, JOE, "#launch"), ["ana: for the living"]);
    assert_eq!(said(&team, ANA, "#launch"), ["ana: for the living"]);
}

#[test]
fn a_welcome_for_another_device_lets_nobody_in() {
    let mut team = two();
    team.join("eva");
    let caught = Rc::new(RefCell::new(None));
    let kept = caught.clone();
    team.malice.intercept(move |device, frame| {
        if let (BEN, Some(Answer::Inbox(inbox))) = (device, &frame.answer) {
            *kept.borrow_mut() = inbox.items.last().cloned();
        }
        vec![frame]
    });
    let room = private(&mut team, "launch", &["ben"]);
    calm(&mut team);
    let (_, tree) = group_of(&mut team, ANA, &room);
    let item: InboxItem = caught.borrow().clone().expect("Ben was invited");
    invite_falsely(&mut team, EVA, item, tree);
    assert!(team.malice.acts() >= 3);
    assert!(!wish_failed(&mut team, EVA).is_empty());
    assert_eq!(standing(&team, EVA, &room).0, RoomStanding::Gone);
    assert_eq!(names(&team, ANA, &room), ["ana", "ben"]);
    team.say(ANA, "#launch", "among us");
    team.run();
    assert_eq!(team.engine(EVA).timeline(&room, None, 10).expect("reads"), []);
}

#[test]
fn a_welcome_of_a_stranger_is_dropped_with_an_alarm() {
    let mut team = two();
    let packages = Rc::new(RefCell::new(Vec::new()));
    let kept = packages.clone();
    team.malice.answer(move |_, request| {
        if let Request::PutKeyPackages(put) = request {
            kept.borrow_mut().extend(put.packages.clone());
        }
        None
    });
    team.join("joe");
    let (stranger, room) = (Outsider::stranger(), RoomId::from_bytes([5; 16]));
    let (staged, group_info, tree) = stranger.room_with(room, &packages.borrow()[0]);
    let tree = tree_after(&group_info, &tree, &staged.commit, &staged.group_info);
    let (_, welcome) = split_welcome(&staged.welcome.expect("a Welcome")).expect("holds").remove(0);
    let room_bytes = Bytes::copy_from_slice(room.as_bytes());
    let item = InboxItem { number: 1, room: room_bytes, epoch: 1, seq: 1, welcome: welcome.into() };
    invite_falsely(&mut team, JOE, item, tree);
    alarm(&mut team, JOE, "an invitation to a room was dropped");
    assert!(team.engine(JOE).room(&room).expect("reads").is_none());
}

#[test]
fn a_roster_that_is_not_the_rooms_tree_is_not_shown() {
    let mut team = two();
    team.join("eva");
    let general = team.room(ANA, "#general");
    let (_, other) = group_of(&mut team, ANA, &general);
    team.malice.intercept(move |device, mut frame| {
        if let (BEN, Some(Answer::Tree(tree))) = (device, &mut frame.answer) {
            tree.tree = other.clone();
        }
        vec![frame]
    });
    // Eva is in the tree that Ben is shown and not in the room: he comes in by another door, which shows him the real one.
    let room = private(&mut team, "launch", &["ben"]);
    assert_eq!(team.malice.acts(), 1);
    assert_eq!(names(&team, BEN, &room), ["ana", "ben"]);
    assert_eq!(names(&team, ANA, &room), ["ana", "ben"]);
    assert_eq!(standing(&team, BEN, &room).0, RoomStanding::Joined);
}

/// Answers a device's claims with these.
fn offer(team: &mut Team, packages: Vec<(UserId, Bytes)>) {
    team.malice.answer(move |device, request| match request {
        Request::ClaimKeyPackages(_) if device == ANA => {
            let package = |(user, key_package): &(UserId, Bytes)| ClaimedKeyPackage {
                user: Bytes::copy_from_slice(user.as_bytes()),
                device: Bytes::from_static(&[1; 16]),
                key_package: key_package.clone(),
            };
            Some(Answer::KeyPackages(KeyPackages { packages: packages.iter().map(package).collect() }))
        }
        _ => None,
    });
}

/// A private room of Ana's alone, Ben with a second memory, and his user.
fn about_to_add() -> (Team, RoomId, Outsider, UserId) {
    let mut team = two();
    team.join("eva");
    let room = private(&mut team, "launch", &[]);
    calm(&mut team);
    let ben = Outsider::with_key(team.engine(BEN).device_key().clone());
    let user = ben.key.member().user_id;
    (team, room, ben, user)
}

#[track_caller]
fn nobody_was_added(team: &mut Team, room: &RoomId, words: &str) {
    assert_eq!(team.malice.acts(), 1);
    let news = team.news(ANA);
    let said = |news: &News| matches!(news, News::Alarm { what, .. } if what.contains(words));
    assert!(news.iter().any(said), "{news:?}");
    assert!(news.iter().any(|news| matches!(news, News::WishFailed { .. })), "{news:?}");
    assert_eq!(names(team, ANA, room), ["ana"]);
    assert!(team.engine(ANA).nothing_waits().expect("reads"));
}

#[test]
fn an_attackers_key_package_under_a_members_name_adds_nobody() {
    let (mut team, room, ben, user) = about_to_add();
    let forged = Outsider::posing_as(ben.key.member()).key_package(team.now);
    offer(&mut team, vec![(user, forged)]);
    add(&mut team, &room, &["ben"]);
    nobody_was_added(&mut team, &room, "not on its owner's list");
}

#[test]
fn a_key_package_whose_life_is_over_adds_nobody() {
    let (mut team, room, ben, user) = about_to_add();
    let old = ben.key_package(securechat_ids::UnixMillis(team.now.0 - 200 * 24 * 3600 * 1000));
    offer(&mut team, vec![(user, old)]);
    add(&mut team, &room, &["ben"]);
    nobody_was_added(&mut team, &room, "does not hold");
}

#[test]
fn a_key_package_of_a_weaker_suite_adds_nobody() {
    let (mut team, room, ben, user) = about_to_add();
    offer(&mut team, vec![(user, ben.weaker_key_package())]);
    add(&mut team, &room, &["ben"]);
    nobody_was_added(&mut team, &room, "does not hold");
}

#[test]
fn one_key_package_twice_adds_nobody_and_turns_nothing_in_a_circle() {
    let (mut team, room, ben, user) = about_to_add();
    let package = ben.key_package(team.now);
    offer(&mut team, vec![(user, package.clone()), (user, package)]);
    add(&mut team, &room, &["ben"]);
    nobody_was_added(&mut team, &room, "twice");
}

#[test]
fn a_key_package_under_somebody_elses_name_does_not_pass_for_theirs() {
    let (mut team, room, ben, user) = about_to_add();
    let eva = team.engine(ANA).find_person("eva").expect("known");
    let package = ben.key_package(team.now);
    let other = Outsider::with_key(ben.key.clone()).key_package(team.now);
    offer(&mut team, vec![(user, package), (eva, other)]);
    add(&mut team, &room, &["ben", "eva"]);
    nobody_was_added(&mut team, &room, "not asked for");
}

/// The documented limit: a package that was used before cannot be told from a fresh one by whoever adds. The device that it
/// belongs to has deleted its key, and comes in by a commit of its own.
#[test]
fn a_key_package_that_was_used_before_lets_its_device_in_by_another_door() {
    let mut team = two();
    let first = Rc::new(RefCell::new(None));
    let kept = first.clone();
    team.malice.intercept(move |device, mut frame| {
        if let (ANA, Some(Answer::KeyPackages(packages))) = (device, &mut frame.answer) {
            let mut kept = kept.borrow_mut();
            let first = kept.get_or_insert_with(|| packages.packages.clone());
            packages.packages = first.clone();
        }
        vec![frame]
    });
    // The server's own door would refuse a Welcome for a package that it did not hand out, and knows this one.
    let one = private(&mut team, "one", &["ben"]);
    let two = private(&mut team, "two", &["ben"]);
    assert_eq!(team.malice.acts(), 1);
    for (room, label) in [(one, "#one"), (two, "#two")] {
        assert_eq!(standing(&team, BEN, &room).0, RoomStanding::Joined, "{label}");
        team.say(ANA, label, "hello");
        team.run();
        assert_eq!(said(&team, BEN, label), ["ana: hello"]);
    }
    no_alarm(&mut team, BEN);
}

/// The documented limit: a last-resort package is meant to be used again; a server that never hands out another one makes
/// Welcomes of up to 84 days openable by whoever steals that one key. The first commit of the device itself ends it.
#[test]
fn the_last_resort_for_ever_lets_its_device_in_and_shows_nothing() {
    let mut team = Team::new("ana");
    let last_resort = Rc::new(RefCell::new(Bytes::new()));
    let kept = last_resort.clone();
    team.malice.answer(move |device, request| {
        if let (BEN, Request::PutKeyPackages(put)) = (device, request)
            && !put.last_resort.is_empty()
        {
            *kept.borrow_mut() = put.last_resort.clone();
        }
        None
    });
    team.join("ben");
    calm(&mut team);
    assert!(!last_resort.borrow().is_empty());
    let ben = team.engine(BEN).me().user_id;
    let package = last_resort.borrow().clone();
    offer(&mut team, vec![(ben, package)]);
    for label in ["one", "two", "three"] {
        let room = private(&mut team, label, &["ben"]);
        assert_eq!(standing(&team, BEN, &room).0, RoomStanding::Joined);
    }
    assert_eq!(team.malice.acts(), 3);
    no_alarm(&mut team, ANA);
    no_alarm(&mut team, BEN);
}

#[test]
fn what_an_added_device_hears_first_cannot_be_shown_from_before_it_came() {
    let mut team = two();
    let room = private(&mut team, "launch", &[]);
    // Where history is shared, he reads it in its own place.
    team.with(ANA, |engine, cx| engine.tighten_history(&room, History::SinceJoin, cx)).expect("tightens");
    team.run();
    team.say(ANA, "#launch", "before ben");
    team.run();
    let before = Rc::new(RefCell::new(None));
    let kept = before.clone();
    team.malice.intercept_events(move |device, event| {
        if device == ANA && event.kind() == EventKind::Message {
            kept.borrow_mut().get_or_insert_with(|| event.clone());
        }
        vec![event]
    });
    team.say(ANA, "#launch", "also before ben");
    team.run();
    add(&mut team, &room, &["ben"]);
    let event: Event = before.borrow().clone().expect("it came back");
    let seq = cursor(&team, BEN, &room) + 1;
    team.slip(BEN, Answer::Event(Event { seq, ..event }));
    team.run();
    assert_eq!(said(&team, BEN, "#launch"), [""; 0]);
    is_unreadable(&team, BEN, "#launch", Unreadable::WrongEpoch);
}
