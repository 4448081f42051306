//! Commits: a room forked, rolled back, and changed by those who may not.

use bytes::Bytes;
use openmls::prelude::{JoinProposal, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut};
use securechat_engine::view::{Delivery, RoomStanding, Unreadable};
use securechat_ids::RoomId;
use securechat_mls_member::Group;
use securechat_proto::frame::Group as GroupFrame;
use securechat_proto::frame::{Answer, Committed, Event, EventKind, Refused, Request};
use securechat_proto::{Code, Refusal};
use securechat_testkit::{DeviceNumber, Team};
use tls_codec::{DeserializeBytes as _, Serialize as _};

use super::outsider::{Outsider, group_of};
use super::scene::*;

fn add(team: &mut Team, by: DeviceNumber, room: &RoomId, name: &str) {
    let person = team.engine(by).find_person(name).expect("known");
    team.with(by, |engine, cx| engine.add_people(room, &[person], cx)).expect("is taken");
}

/// An event at the next place of a room, as a device has it.
fn next_event(team: &Team, device: DeviceNumber, room: &RoomId, kind: EventKind, mls: Vec<u8>) -> Event {
    Event {
        room: Bytes::copy_from_slice(room.as_bytes()),
        seq: cursor(team, device, room) + 1,
        kind: kind.into(),
        epoch: 0,
        device: Bytes::from_static(&[9; 16]),
        message_id: Bytes::from_static(&[8; 16]),
        time_ms: team.now.0,
        mls: mls.into(),
        body: Bytes::new(),
    }
}

/// The documented limit: two halves that never hear of each other are two rooms, and nobody can tell.
#[test]
fn a_fork_is_not_seen_before_something_crosses_it_and_then_nothing_foreign_is_read() {
    let mut team = three();
    let room = private(&mut team, "launch", &["ben", "eva"]);
    calm(&mut team);
    team.fork(&[EVA]);
    team.run();
    // One commit on each side, both of the same epoch.
    team.with(ANA, |engine, cx| engine.remove_person(&room, &engine.find_person("eva").expect("known"), cx))
        .expect("is taken");
    let second = team.log_in("ben");
    team.run();
    team.say(ANA, "#launch", "without eva");
    team.say(EVA, "#launch", "is anybody here?");
    team.run();
    assert!(team.malice.acts() > 0);
    assert_eq!(said(&team, BEN, "#launch"), ["ana: without eva"]);
    assert_eq!(said(&team, second, "#launch"), ["ana: without eva"]);
    assert_eq!(said(&team, EVA, "#launch"), ["eva: is anybody here?"]);
    for device in [ANA, BEN, EVA] {
        no_alarm(&mut team, device);
    }
    // Eva is shown the first half after all: the log does not go on where hers ended.
    team.unite(EVA);
    team.run();
    assert!(!said(&team, EVA, "#launch").iter().any(|line| line.contains("without")));
    let (state, trouble) = standing(&team, EVA, &room);
    assert!(state != RoomStanding::Joined || trouble.is_some(), "{state:?}");
}

#[test]
fn two_commits_in_one_epoch_do_not_meet_again_silently() {
    let mut team = three();
    let room = room_of(&mut team, "ops", true, &["ben", "eva"]);
    team.join("joe");
    team.join("kim");
    calm(&mut team);
    team.fork(&[EVA]);
    team.run();
    add(&mut team, ANA, &room, "joe");
    add(&mut team, EVA, &room, "kim");
    team.run();
    let epoch_ends = |team: &Team, device| cursor(team, device, &room);
    assert_eq!(epoch_ends(&team, BEN), epoch_ends(&team, EVA));
    assert_eq!(lines(&team, BEN, "#ops").pop().expect("a line").text, "@ana added @joe");
    assert_eq!(lines(&team, EVA, "#ops").pop().expect("a line").text, "@eva added @kim");
    team.unite(EVA);
    team.run();
    no_alarm(&mut team, EVA);
    // Both halves count the same epochs and have other keys: what crosses over cannot be read, and says so.
    team.say(ANA, "#ops", "to all");
    team.run();
    assert_eq!(said(&team, BEN, "#ops"), ["ana: to all"]);
    assert_eq!(said(&team, EVA, "#ops"), [""; 0]);
    is_unreadable(&team, EVA, "#ops", Unreadable::Undecryptable);
    add(&mut team, ANA, &room, "kim");
    team.run();
    // The fork is seen now, and Eva comes back to where the others are, with what was said there.
    alarm(&mut team, EVA, "cannot be followed");
    came_back(&team, EVA, &room);
    assert_eq!(said(&team, EVA, "#ops"), ["ana: to all"]);
}

#[test]
fn another_commit_under_the_id_of_ones_own_is_not_taken_for_it() {
    let mut team = three();
    let room = private(&mut team, "launch", &["ben", "eva"]);
    team.join("joe");
    calm(&mut team);
    // Ana's commit is acknowledged and thrown away; in its place comes one that the server asked Ben to make.
    let seq = cursor(&team, ANA, &room) + 1;
    let id = std::rc::Rc::new(std::cell::RefCell::new(Bytes::new()));
    let kept = id.clone();
    team.malice.answer(move |device, request| match request {
        Request::Commit(commit) if device == ANA => {
            *kept.borrow_mut() = commit.message_id.clone();
            Some(Answer::Committed(Committed { seq, time_ms: 1, epoch: 0 }))
        }
        _ => None,
    });
    let ana = Bytes::copy_from_slice(team.device_id(ANA).as_bytes());
    let named = id.clone();
    team.malice.intercept_events(move |device, mut event| {
        if device == ANA && event.kind() == EventKind::Commit {
            event.device = ana.clone();
            event.message_id = named.borrow().clone();
        }
        vec![event]
    });
    team.with(ANA, |engine, cx| {
        let joe = engine.find_person("joe").expect("known");
        engine.add_people(&room, &[joe], cx)
    })
    .expect("is taken");
    while id.borrow().is_empty() && team.deliver_one() {}
    // Ben's second device comes into the room by a commit of its own.
    let second = team.log_in("ben");
    team.run();
    assert!(team.malice.acts() >= 2);
    team.malice.end();
    alarm(&mut team, ANA, "somebody else as the maker");
    team.run();
    team.say(ANA, "#launch", "still together");
    team.run();
    for device in [BEN, EVA, second] {
        assert!(said(&team, device, "#launch").contains(&"ana: still together".to_owned()), "{device}");
    }
}

#[test]
fn a_change_under_another_makers_name_is_shown_as_its_true_makers() {
    let mut team = three();
    let room = private(&mut team, "launch", &["ben", "eva"]);
    team.join("joe");
    calm(&mut team);
    let eva = Bytes::copy_from_slice(team.device_id(EVA).as_bytes());
    team.malice.intercept_events(move |device, mut event| {
        if device == BEN && event.kind() == EventKind::Commit {
            event.device = eva.clone();
        }
        vec![event]
    });
    add(&mut team, ANA, &room, "joe");
    team.run();
    assert!(team.malice.acts() > 0);
    alarm(&mut team, BEN, "somebody else as the maker");
    let shown = lines(&team, BEN, "#launch").pop().expect("a line").text;
    assert_eq!(shown, "@ana added @joe");
}

#[test]
fn a_change_under_a_messages_id_is_shown_nevertheless() {
    let mut team = two();
    let room = private(&mut team, "launch", &["ben"]);
    team.join("joe");
    team.say(ANA, "#launch", "hello");
    team.run();
    calm(&mut team);
    let id = lines(&team, BEN, "#launch").pop().expect("a line").message_id;
    team.malice.intercept_events(move |device, mut event| {
        if device == BEN && event.kind() == EventKind::Commit {
            event.message_id = Bytes::copy_from_slice(id.as_bytes());
        }
        vec![event]
    });
    add(&mut team, ANA, &room, "joe");
    team.run();
    assert!(team.malice.acts() > 0);
    alarm(&mut team, BEN, "under one id");
    assert_eq!(lines(&team, BEN, "#launch").pop().expect("a line").text, "@ana added @joe");
    assert_eq!(said(&team, BEN, "#launch"), ["ana: hello"]);
}

#[test]
fn a_change_that_is_acknowledged_and_not_made_fails_and_sending_goes_on() {
    let mut team = two();
    let room = private(&mut team, "launch", &["ben"]);
    team.join("joe");
    calm(&mut team);
    let seq = cursor(&team, ANA, &room) + 1;
    team.malice.answer(move |device, request| match request {
        Request::Commit(_) if device == ANA => {
            Some(Answer::Committed(Committed { seq, time_ms: 1, epoch: 9 }))
        }
        _ => None,
    });
    add(&mut team, ANA, &room, "joe");
    team.run();
    assert_eq!(team.malice.acts(), 1);
    team.malice.end();
    alarm(&mut team, ANA, "left it out");
    assert_eq!(team.engine(ANA).wishes_waiting(&room).expect("reads"), 0);
    team.say(ANA, "#launch", "goes on");
    team.run();
    assert_eq!(said(&team, BEN, "#launch"), ["ana: goes on"]);
}

#[test]
fn a_room_at_an_earlier_epoch_than_seen_is_stopped() {
    let mut team = two();
    let room = private(&mut team, "launch", &["ben"]);
    calm(&mut team);
    team.malice.intercept(move |device, mut frame| {
        if let (BEN, Some(Answer::Ready(ready))) = (device, &mut frame.answer) {
            let heads = ready.rooms.iter_mut().filter(|head| head.room == room.as_bytes()[..]);
            heads.for_each(|head| head.epoch -= 1);
        }
        vec![frame]
    });
    team.cut(BEN);
    team.say(BEN, "#launch", "for the present members only");
    team.connect(BEN);
    team.run();
    assert_eq!(team.malice.acts(), 1);
    let (state, trouble) = standing(&team, BEN, &room);
    assert_eq!(state, RoomStanding::Halted, "{trouble:?}");
    assert_eq!(alarms(&mut team, BEN).len(), 1);
    assert_eq!(delivery(&team, BEN, "#launch", "for the present members only"), Delivery::Queued);
    assert_eq!(said(&team, ANA, "#launch"), [""; 0]);
}

/// Refuses a device's messages some times.
fn refuse(team: &mut Team, victim: DeviceNumber, times: usize, refused: impl Fn() -> Refused + 'static) {
    let mut left = times;
    team.malice.answer(move |device, request| match request {
        Request::Publish(_) if device == victim && left > 0 => {
            left -= 1;
            Some(Answer::Refused(refused()))
        }
        _ => None,
    });
}

#[test]
fn a_refusal_that_names_an_earlier_epoch_stops_the_room() {
    let mut team = two();
    let room = private(&mut team, "launch", &["ben"]);
    calm(&mut team);
    let head_seq = cursor(&team, ANA, &room);
    refuse(&mut team, ANA, 1, move || {
        Refusal { epoch: 0, head_seq, ..Refusal::new(Code::StaleEpoch, "old") }.into()
    });
    team.say(ANA, "#launch", "hello");
    team.run();
    assert_eq!(team.malice.acts(), 1);
    halted(&team, ANA, &room, "earlier state");
    alarm(&mut team, ANA, "earlier state");
    assert!(matches!(delivery(&team, ANA, "#launch", "hello"), Delivery::Queued | Delivery::Sending));
}

#[test]
fn refusals_that_name_an_epoch_nobody_can_reach_are_not_answered_in_a_circle() {
    let mut team = two();
    refuse(&mut team, ANA, 8, || {
        Refusal { epoch: 1_000, head_seq: 0, ..Refusal::new(Code::StaleEpoch, "far ahead") }.into()
    });
    let begin = team.now;
    team.say(ANA, "#general", "hello");
    team.run();
    assert_eq!(team.malice.acts(), 8);
    assert!(team.now.since(begin) > 5_000, "eight tries took {} ms", team.now.since(begin));
    assert_eq!(said(&team, BEN, "#general"), ["ana: hello"]);
}

#[test]
fn leaves_to_remove_that_are_none_are_not_answered_in_a_circle() {
    for leaves in [vec![], vec![0], vec![77, u32::MAX]] {
        let mut team = two();
        let named = leaves.clone();
        refuse(&mut team, ANA, 8, move || {
            Refusal { leaves: named.clone(), ..Refusal::new(Code::MustCommit, "first remove") }.into()
        });
        let begin = team.now;
        team.say(ANA, "#general", "hello");
        team.run();
        assert_eq!(team.malice.acts(), 8, "{leaves:?}");
        assert!(team.now.since(begin) > 5_000, "{leaves:?}: {} ms", team.now.since(begin));
        assert_eq!(said(&team, BEN, "#general"), ["ana: hello"]);
        assert_eq!(team.engine(ANA).members(&team.room(ANA, "#general")).expect("reads").len(), 2);
    }
}

#[test]
fn a_stranger_who_joins_by_commit_is_not_let_in() {
    let mut team = two();
    for name in ["#general", "#launch"] {
        if name == "#launch" {
            private(&mut team, "launch", &["ben"]);
            calm(&mut team);
        }
        let room = team.room(BEN, name);
        let (group_info, tree) = group_of(&mut team, ANA, &room);
        let stranger = Outsider::stranger();
        let (_, staged) = Group::join_by_commit(&stranger.provider(), &stranger.key, &group_info, &tree)
            .expect("holds for MLS");
        let event = next_event(&team, BEN, &room, EventKind::Commit, staged.commit);
        team.slip(BEN, Answer::Event(event));
        team.run();
        let (state, trouble) = standing(&team, BEN, &room);
        assert_eq!(state, RoomStanding::Halted, "{trouble:?}");
        assert_eq!(alarms(&mut team, BEN).len(), 1);
        assert_eq!(team.engine(BEN).members(&room).expect("reads").len(), 2);
        assert!(
            !lines(&team, BEN, name)
                .iter()
                .any(|line| line.text.ends_with("joined") && line.user != team.engine(BEN).me().user_id)
        );
    }
}

#[test]
fn a_device_that_is_made_to_come_back_is_not_led_into_an_earlier_epoch() {
    let mut team = two();
    let room = private(&mut team, "launch", &["ben"]);
    team.join("joe");
    let (group_info, tree) = group_of(&mut team, ANA, &room);
    add(&mut team, ANA, &room, "joe");
    let joe = team.engine(ANA).find_person("joe").expect("known");
    team.with(ANA, |engine, cx| engine.remove_person(&room, &joe, cx)).expect("is taken");
    team.run();
    calm(&mut team);
    // While Joe was there is an earlier state; so is the one before him.
    let old = GroupFrame { epoch: 1, head_seq: 1, group_info, tree };
    team.malice.answer(move |device, request| match request {
        Request::GetGroup(_) if device == BEN => Some(Answer::Group(old.clone())),
        _ => None,
    });
    let event = next_event(&team, BEN, &room, EventKind::Commit, b"rubbish".to_vec());
    team.slip(BEN, Answer::Event(event));
    team.run();
    assert!(team.malice.acts() >= 2);
    halted(&team, BEN, &room, "earlier state");
    alarm(&mut team, BEN, "earlier state");
    let said = team.with(BEN, |engine, cx| engine.send_text(&room, "for the present members only", cx));
    assert!(said.is_err());
}

#[test]
fn a_proposal_from_outside_adds_nobody() {
    let mut team = two();
    let room = private(&mut team, "launch", &["ben"]);
    calm(&mut team);
    let stranger = Outsider::stranger();
    let package = stranger.key_package(team.now);
    let MlsMessageBodyIn::KeyPackage(package) =
        MlsMessageIn::tls_deserialize_exact_bytes(&package).expect("parses").extract()
    else {
        panic!("not a key package")
    };
    let crypto = openmls_rust_crypto::RustCrypto::default();
    let package = package.validate(&crypto, openmls::prelude::ProtocolVersion::Mls10).expect("holds");
    let epoch = {
        let (group_info, _) = group_of(&mut team, ANA, &room);
        let MlsMessageBodyIn::GroupInfo(info) =
            MlsMessageIn::tls_deserialize_exact_bytes(&group_info).expect("parses").extract()
        else {
            panic!("not a GroupInfo")
        };
        info.epoch()
    };
    let id = openmls::group::GroupId::from_slice(room.as_bytes());
    let proposal: MlsMessageOut =
        JoinProposal::new::<securechat_mls_member::Table>(package, id, epoch, &stranger.key)
            .expect("proposes");
    let mls = proposal.tls_serialize_detached().expect("writes");
    // As a message it is a line; as a change it stops the room.
    let event = next_event(&team, BEN, &room, EventKind::Message, mls.clone());
    team.slip(BEN, Answer::Event(event));
    team.run();
    assert_eq!(unreadable(&team, BEN, "#launch").len(), 1);
    let event = next_event(&team, BEN, &room, EventKind::Commit, mls);
    team.slip(BEN, Answer::Event(event));
    team.run();
    alarm(&mut team, BEN, "proposal on its own");
    // It is in no log, and Ben comes back past it.
    came_back(&team, BEN, &room);
    assert_eq!(team.engine(BEN).members(&room).expect("reads").len(), 2);
}
