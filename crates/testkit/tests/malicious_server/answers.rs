//! The session: a server that sends a device round and round, throws it out, or speaks another protocol.

use bytes::Bytes;
use securechat_engine::News;
use securechat_engine::view::{Delivery, RoomStanding, Unreadable};
use securechat_proto::frame::{Answer, Empty, MustRemove, Request, RoomGone, ServerFrame};
use securechat_proto::{Code, Refusal};
use securechat_testkit::{DeviceNumber, Team};

use super::scene::*;

fn online_again(team: &mut Team, device: DeviceNumber) {
    team.cut(device);
    team.connect(device);
    team.run();
}

/// How often the connection is made anew is the shell's affair, which waits longer each time.
#[test]
fn a_server_that_sends_a_device_back_to_the_beginning_loses_and_doubles_nothing() {
    let mut team = two();
    team.cut(BEN);
    team.say(BEN, "#general", "written meanwhile");
    team.say(ANA, "#general", "said meanwhile");
    team.run();
    let mut left = 12;
    team.malice.intercept(move |device, frame| {
        if device == BEN && left > 0 && matches!(frame.answer, Some(Answer::Ready(_) | Answer::Published(_)))
        {
            left -= 1;
            return vec![ServerFrame::news(Answer::Resync(Empty {})), frame];
        }
        vec![frame]
    });
    team.connect(BEN);
    team.run();
    assert_eq!(team.malice.acts(), 12);
    for device in [ANA, BEN] {
        assert_eq!(said(&team, device, "#general"), ["ana: said meanwhile", "ben: written meanwhile"]);
        no_alarm(&mut team, device);
    }
    assert!(team.engine(BEN).nothing_waits().expect("reads"));
}

#[test]
fn answers_of_another_kind_than_asked_for_are_not_taken() {
    let mut team = two();
    let mut left = 6;
    team.malice.answer(move |device, request| match request {
        Request::Publish(_) if device == BEN && left > 0 => {
            left -= 1;
            Some(Answer::Done(Empty {}))
        }
        _ => None,
    });
    team.say(BEN, "#general", "hello");
    team.run();
    assert_eq!(team.malice.acts(), 6);
    assert_eq!(said(&team, ANA, "#general"), ["ben: hello"]);
    assert_eq!(delivery(&team, BEN, "#general", "hello"), Delivery::Sent);
}

#[test]
fn a_device_that_is_said_to_be_out_of_a_room_comes_back_and_reads_what_it_missed() {
    let mut team = two();
    let room = team.room(BEN, "#general");
    team.malice.intercept_events(move |device, event| if device == BEN { vec![] } else { vec![event] });
    team.say(ANA, "#general", "never shown");
    team.run();
    assert!(team.malice.acts() > 0);
    team.malice.intercept(move |device, mut frame| {
        if let (BEN, Some(Answer::Ready(ready))) = (device, &mut frame.answer) {
            ready.rooms.iter_mut().for_each(|head| head.device_is_member = false);
        }
        vec![frame]
    });
    team.cut(BEN);
    team.say(BEN, "#general", "typed before");
    team.connect(BEN);
    team.run();
    assert_eq!(standing(&team, BEN, &room).0, RoomStanding::Joined);
    assert!(unreadable(&team, BEN, "#general").is_empty(), "the line for the gap went when it was closed");
    for device in [ANA, BEN] {
        assert_eq!(said(&team, device, "#general"), ["ana: never shown", "ben: typed before"]);
    }
}

#[test]
fn a_room_that_is_closed_by_the_servers_word_alone_keeps_what_was_typed() {
    let mut team = two();
    let room = private(&mut team, "launch", &["ben"]);
    team.say(ANA, "#launch", "hello");
    team.run();
    team.server.refuse_writes = Some(Refusal::later(Code::StorageFull, "full", 5_000));
    team.say(BEN, "#launch", "not sent yet");
    while team.deliver_one() {}
    team.slip(BEN, Answer::RoomGone(RoomGone { room: Bytes::copy_from_slice(room.as_bytes()) }));
    // It has left the device, so the server is asked what became of it, and stands by its word.
    team.server.refuse_writes = Some(Refusal::new(Code::NotMember, "no"));
    team.run();
    team.server.refuse_writes = None;
    assert_eq!(team.malice.acts(), 1);
    assert_eq!(standing(&team, BEN, &room).0, RoomStanding::Gone);
    let lines = team.engine(BEN).timeline(&room, None, 10).expect("reads");
    assert!(lines.iter().any(|line| line.text == "hello"));
    let typed = lines.iter().find(|line| line.text == "not sent yet").expect("is kept");
    assert!(
        matches!(&typed.state, Delivery::Failed(why) if why.contains("not in this room")),
        "{:?}",
        typed.state
    );
    assert!(team.news(BEN).iter().any(|news| matches!(news, News::Failed { .. })));
}

#[test]
fn a_server_that_is_another_one_is_not_spoken_to() {
    let mut team = two();
    team.malice.intercept(move |device, mut frame| {
        if let (BEN, Some(Answer::Ready(ready))) = (device, &mut frame.answer) {
            ready.server_id = Bytes::from_static(&[4; 16]);
        }
        vec![frame]
    });
    team.cut(BEN);
    team.say(BEN, "#general", "for our own server");
    team.connect(BEN);
    team.run();
    assert_eq!(team.malice.acts(), 1);
    alarm(&mut team, BEN, "another server");
    assert_eq!(said(&team, ANA, "#general"), [""; 0]);
    assert_eq!(delivery(&team, BEN, "#general", "for our own server"), Delivery::Queued);
}

#[test]
fn a_memory_that_was_restored_is_said_aloud() {
    let mut team = two();
    team.malice.intercept(move |device, mut frame| {
        if let (BEN, Some(Answer::Ready(ready))) = (device, &mut frame.answer) {
            ready.generation = Bytes::from_static(&[4; 16]);
        }
        vec![frame]
    });
    online_again(&mut team, BEN);
    assert_eq!(team.malice.acts(), 1);
    alarm(&mut team, BEN, "restored from a backup");
}

#[test]
fn another_version_of_the_protocol_is_not_agreed_to() {
    let mut team = two();
    team.malice.answer(move |device, request| match request {
        Request::Hello(_) if device == BEN => {
            Some(Answer::Refused(Refusal::new(Code::UnsupportedVersion, "version 0 only").into()))
        }
        _ => None,
    });
    team.cut(BEN);
    team.say(BEN, "#general", "in version 1");
    team.connect(BEN);
    team.run();
    assert_eq!(team.malice.acts(), 1);
    assert!(
        team.news(BEN).iter().any(|news| matches!(news, News::Ended { why } if why.contains("version 0")))
    );
    assert_eq!(delivery(&team, BEN, "#general", "in version 1"), Delivery::Queued);
}

#[test]
fn an_entry_of_a_kind_from_another_version_is_a_line_that_says_so() {
    let mut team = two();
    team.malice.intercept_events(move |device, mut event| {
        if device == BEN {
            event.kind = 77;
        }
        vec![event]
    });
    team.say(ANA, "#general", "hello");
    team.run();
    assert_eq!(team.malice.acts(), 1);
    team.malice.end();
    assert_eq!(said(&team, BEN, "#general"), [""; 0]);
    is_unreadable(&team, BEN, "#general", Unreadable::NeedsNewerVersion);
    team.say(ANA, "#general", "again");
    team.run();
    alarm(&mut team, BEN, "different versions of this room");
}

/// The documented limit: whom to remove is the server's list. Everybody sees who went.
#[test]
fn a_leaf_that_is_named_without_reason_is_removed_and_everybody_sees_it() {
    let mut team = three();
    let room = private(&mut team, "launch", &["ben", "eva"]);
    calm(&mut team);
    let due = MustRemove { room: Bytes::copy_from_slice(room.as_bytes()), leaves: vec![1] };
    team.slip(ANA, Answer::MustRemove(due));
    team.run();
    assert_eq!(team.malice.acts(), 1);
    let left: Vec<_> = [BEN, EVA].map(|who| standing(&team, who, &room).0 == RoomStanding::Joined).into();
    let (stays, gone) = if left == [false, true] { (EVA, "ben") } else { (BEN, "eva") };
    assert_eq!(left.iter().filter(|stays| **stays).count(), 1);
    for device in [ANA, stays] {
        let lines = lines(&team, device, "#launch");
        let says = format!("@{gone} is no longer in this room");
        assert!(lines.iter().any(|line| line.text == says), "{lines:?}");
    }
}

/// The documented limit: which room is called `#general` is the server's word.
#[test]
fn another_room_can_be_called_general_and_keeps_its_people() {
    let mut team = three();
    let room = private(&mut team, "launch", &["ben"]);
    calm(&mut team);
    team.malice.intercept(move |device, mut frame| {
        if let (BEN, Some(Answer::Ready(ready))) = (device, &mut frame.answer) {
            ready.team_room = Bytes::copy_from_slice(room.as_bytes());
        }
        vec![frame]
    });
    online_again(&mut team, BEN);
    assert_eq!(team.malice.acts(), 1);
    assert_eq!(team.room(BEN, "#general"), room);
    assert_eq!(team.engine(BEN).members(&room).expect("reads").len(), 2);
    team.say(BEN, "#general", "hello all");
    team.run();
    assert_eq!(said(&team, ANA, "#launch"), ["ben: hello all"]);
    assert_eq!(said(&team, EVA, "#general"), [""; 0]);
}
