//! The room's log: entries replayed, swapped, dropped, cut off, spliced and renamed.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use securechat_engine::view::{Delivery, Earlier, Unreadable};
use securechat_proto::frame::{Answer, Event, Published, Request, ServerFrame};
use securechat_testkit::{DeviceNumber, Team};

use super::scene::*;

/// Remembers every event that comes to a device, and changes none.
fn record(team: &mut Team, of: DeviceNumber) -> Rc<RefCell<Vec<Event>>> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let kept = seen.clone();
    team.malice.intercept_events(move |device, event| {
        if device == of {
            kept.borrow_mut().push(event.clone());
        }
        vec![event]
    });
    seen
}

/// Shows one device the first two messages from now on in the other order, each in the other's place.
fn swap_for(team: &mut Team, victim: DeviceNumber) {
    let mut held: Option<Event> = None;
    let mut swapped = false;
    team.malice.intercept_events(move |device, event| {
        if device != victim || swapped || !is_message(&event) {
            return vec![event];
        }
        let Some(first) = held.take() else {
            held = Some(event);
            return vec![];
        };
        swapped = true;
        let (here, there) = (first.seq, event.seq);
        vec![Event { seq: here, ..event }, Event { seq: there, ..first }]
    });
}

#[test]
fn an_entry_shown_again_at_another_place_is_not_a_second_message() {
    let mut team = two();
    let seen = record(&mut team, BEN);
    team.say(ANA, "#general", "pay ten");
    team.run();
    let event = seen.borrow().last().cloned().expect("it was pushed");
    team.slip(BEN, Answer::Event(Event { seq: event.seq + 1, ..event }));
    team.run();
    assert_eq!(said(&team, BEN, "#general"), ["ana: pay ten"]);
    alarm(&mut team, BEN, "twice");
    // The same entry at the place it has is nothing new.
    assert_eq!(said(&team, ANA, "#general"), ["ana: pay ten"]);
}

#[test]
fn an_own_entry_shown_again_stays_where_it_was() {
    let mut team = two();
    let seen = record(&mut team, ANA);
    team.say(ANA, "#general", "first");
    team.run();
    let places = team.places(ANA, "#general");
    let event = seen.borrow().last().cloned().expect("it was pushed");
    team.slip(ANA, Answer::Event(Event { seq: event.seq + 1, ..event }));
    team.run();
    assert_eq!(team.places(ANA, "#general"), places);
    assert_eq!(said(&team, ANA, "#general"), ["ana: first"]);
    alarm(&mut team, ANA, "twice");
}

#[test]
fn entries_of_two_senders_in_the_wrong_order_raise_an_alarm() {
    let mut team = three();
    swap_for(&mut team, EVA);
    team.say(ANA, "#general", "shall we cancel?");
    team.say(BEN, "#general", "yes");
    team.run();
    assert!(team.malice.acts() > 0);
    let wrong = said(&team, EVA, "#general");
    assert_eq!(said(&team, ANA, "#general"), [wrong[1].clone(), wrong[0].clone()]);
    // Nothing in either message speaks of the other, but what the others say has arrived there does.
    alarm(&mut team, EVA, "different versions of this room");
    assert_eq!(said(&team, EVA, "#general").len(), 2);
}

#[test]
fn an_answer_shown_before_what_it_answers_raises_an_alarm_at_once() {
    let mut team = three();
    swap_for(&mut team, EVA);
    team.say(ANA, "#general", "shall we cancel?");
    team.run();
    team.say(BEN, "#general", "yes");
    team.run();
    assert!(team.malice.acts() > 0);
    alarm(&mut team, EVA, "different versions of this room");
}

#[test]
fn entries_of_one_sender_in_the_wrong_order_raise_an_alarm() {
    let mut team = three();
    swap_for(&mut team, EVA);
    team.say(ANA, "#general", "one");
    team.say(ANA, "#general", "two");
    team.run();
    assert!(team.malice.acts() > 0);
    assert_eq!(said(&team, EVA, "#general"), ["ana: two", "ana: one"]);
    team.say(BEN, "#general", "three");
    team.run();
    alarm(&mut team, EVA, "different versions of this room");
}

#[test]
fn a_sender_whose_own_entries_come_back_in_the_wrong_order_hears_of_it() {
    let mut team = two();
    swap_for(&mut team, ANA);
    team.say(ANA, "#general", "one");
    team.say(ANA, "#general", "two");
    team.run();
    assert!(team.malice.acts() > 0);
    alarm(&mut team, ANA, "another place");
    assert!(["one", "two"].iter().all(|text| said(&team, ANA, "#general").contains(&format!("ana: {text}"))));
}

#[test]
fn an_entry_left_out_raises_an_alarm_with_the_next_message() {
    let mut team = three();
    let mut dropped: Option<u64> = None;
    team.malice.intercept_events(move |device, event| {
        if device != EVA {
            return vec![event];
        }
        match dropped {
            None => {
                dropped = Some(event.seq);
                vec![]
            }
            Some(_) => vec![Event { seq: event.seq - 1, ..event }],
        }
    });
    team.say(ANA, "#general", "you are fired");
    team.run();
    assert!(team.malice.acts() > 0);
    assert_eq!(said(&team, EVA, "#general"), [""; 0]);
    team.say(BEN, "#general", "no, not you");
    team.run();
    assert_eq!(said(&team, EVA, "#general"), ["ben: no, not you"]);
    alarm(&mut team, EVA, "different versions of this room");
}

#[test]
fn an_entry_left_out_of_a_page_stops_the_room_and_is_not_asked_for_in_a_circle() {
    let mut team = three();
    let room = team.room(EVA, "#general");
    let first = cursor(&team, EVA, &room) + 1;
    team.malice.intercept_events(
        move |device, event| {
            if device == EVA && event.seq == first { vec![] } else { vec![event] }
        },
    );
    team.say(ANA, "#general", "one");
    team.say(BEN, "#general", "two");
    team.run();
    assert!(team.malice.acts() > 0);
    halted(&team, EVA, &room, "left out");
    alarm(&mut team, EVA, "left out");
    assert_eq!(said(&team, EVA, "#general"), [""; 0]);
}

#[test]
fn a_page_that_repeats_what_is_known_stops_the_room_and_is_not_asked_for_in_a_circle() {
    let mut team = two();
    let room = team.room(BEN, "#general");
    let seen = record(&mut team, BEN);
    team.say(ANA, "#general", "known");
    team.run();
    let old = seen.borrow().last().cloned().expect("it was pushed");
    team.malice.intercept(move |device, mut frame| match &mut frame.answer {
        Some(Answer::Event(_)) if device == BEN => vec![],
        Some(Answer::Events(page)) if device == BEN => {
            page.events = vec![old.clone()];
            vec![frame]
        }
        _ => vec![frame],
    });
    let acts = team.malice.acts();
    team.say(ANA, "#general", "new");
    team.run();
    team.cut(BEN);
    team.connect(BEN);
    team.run();
    assert!(team.malice.acts() > acts + 1);
    halted(&team, BEN, &room, "left out");
    assert_eq!(said(&team, BEN, "#general"), ["ana: known"]);
}

#[test]
fn an_empty_page_where_there_is_said_to_be_more_stops_the_room() {
    let mut team = two();
    let room = team.room(BEN, "#general");
    team.cut(BEN);
    team.say(ANA, "#general", "hidden");
    team.run();
    team.malice.intercept(move |device, mut frame| {
        if let (BEN, Some(Answer::Events(page))) = (device, &mut frame.answer) {
            page.events.clear();
        }
        vec![frame]
    });
    team.connect(BEN);
    team.run();
    assert!(team.malice.acts() > 0);
    halted(&team, BEN, &room, "left out");
    alarm(&mut team, BEN, "left out");
}

#[test]
fn a_log_that_ends_before_what_was_seen_stops_the_room() {
    let mut team = two();
    let room = team.room(BEN, "#general");
    team.say(ANA, "#general", "in writing");
    team.run();
    team.malice.intercept(move |device, mut frame| {
        if let (BEN, Some(Answer::Ready(ready))) = (device, &mut frame.answer) {
            ready.rooms.iter_mut().for_each(|head| head.head_seq -= 1);
        }
        vec![frame]
    });
    team.cut(BEN);
    team.say(BEN, "#general", "as you wrote");
    team.connect(BEN);
    team.run();
    assert!(team.malice.acts() > 0);
    halted(&team, BEN, &room, "has lost messages");
    alarm(&mut team, BEN, "has lost messages");
    assert_eq!(said(&team, BEN, "#general"), ["ana: in writing", "ben: as you wrote"]);
    assert_eq!(delivery(&team, BEN, "#general", "as you wrote"), Delivery::Queued);
}

#[test]
fn an_entry_of_another_room_is_not_shown_as_said_here() {
    let mut team = two();
    private(&mut team, "launch", &["ben"]);
    private(&mut team, "jokes", &["ben"]);
    calm(&mut team);
    let (launch, jokes) = (team.room(BEN, "#launch"), team.room(BEN, "#jokes"));
    let seen = record(&mut team, BEN);
    team.say(ANA, "#jokes", "yes, delete it all");
    team.run();
    let joke = seen.borrow().last().cloned().expect("it was pushed");
    assert_eq!(joke.room, Bytes::copy_from_slice(jokes.as_bytes()));
    let spliced = Event {
        room: Bytes::copy_from_slice(launch.as_bytes()),
        seq: cursor(&team, BEN, &launch) + 1,
        ..joke
    };
    team.slip(BEN, Answer::Event(spliced));
    team.run();
    assert_eq!(said(&team, BEN, "#launch"), [""; 0]);
    is_unreadable(&team, BEN, "#launch", Unreadable::Undecryptable);
}

/// Changes the first message that comes to a device.
fn change_first(team: &mut Team, victim: DeviceNumber, change: impl Fn(&mut Event) + 'static) {
    let mut done = false;
    team.malice.intercept_events(move |device, mut event| {
        if device == victim && is_message(&event) && !std::mem::replace(&mut done, true) {
            change(&mut event);
        }
        vec![event]
    });
}

#[test]
fn an_entry_under_another_message_id_is_not_shown() {
    let mut team = two();
    change_first(&mut team, BEN, |event| {
        let mut id = event.message_id.to_vec();
        id[15] ^= 1;
        event.message_id = id.into();
    });
    team.say(ANA, "#general", "hello");
    team.run();
    assert_eq!(team.malice.acts(), 1);
    assert_eq!(said(&team, BEN, "#general"), [""; 0]);
    is_unreadable(&team, BEN, "#general", Unreadable::Tampered);
    team.say(ANA, "#general", "again");
    team.run();
    alarm(&mut team, BEN, "different versions of this room");
}

#[test]
fn an_entry_under_another_senders_name_is_not_shown() {
    let mut team = three();
    let eva = team.device_id(EVA);
    change_first(&mut team, BEN, move |event| event.device = Bytes::copy_from_slice(eva.as_bytes()));
    team.say(ANA, "#general", "I quit");
    team.run();
    assert_eq!(team.malice.acts(), 1);
    assert_eq!(said(&team, BEN, "#general"), [""; 0]);
    is_unreadable(&team, BEN, "#general", Unreadable::Tampered);
}

#[test]
fn an_entry_under_the_readers_own_name_is_not_shown_as_their_own() {
    let mut team = two();
    let ben = team.device_id(BEN);
    change_first(&mut team, BEN, move |event| event.device = Bytes::copy_from_slice(ben.as_bytes()));
    team.say(ANA, "#general", "I quit");
    team.run();
    assert_eq!(team.malice.acts(), 1);
    assert_eq!(said(&team, BEN, "#general"), [""; 0]);
    assert_eq!(unreadable(&team, BEN, "#general").len(), 1);
    team.say(ANA, "#general", "again");
    team.run();
    alarm(&mut team, BEN, "different versions of this room");
}

#[test]
fn a_changed_body_is_not_shown() {
    let mut team = two();
    change_first(&mut team, BEN, |event| {
        let mut body = event.body.to_vec();
        body[40] ^= 1;
        event.body = body.into();
    });
    team.say(ANA, "#general", "hello");
    team.run();
    assert_eq!(team.malice.acts(), 1);
    assert_eq!(said(&team, BEN, "#general"), [""; 0]);
    is_unreadable(&team, BEN, "#general", Unreadable::Tampered);
}

#[test]
fn an_own_entry_that_comes_back_changed_is_not_taken_for_sent() {
    let mut team = two();
    change_first(&mut team, ANA, |event| event.body = Bytes::from_static(b"something else"));
    team.say(ANA, "#general", "hello");
    team.run();
    assert_eq!(team.malice.acts(), 1);
    alarm(&mut team, ANA, "changed");
    failed(&team, ANA, "#general", "hello", "changed");
}

#[test]
fn rubbish_under_the_id_of_a_real_entry_does_not_hide_it_silently() {
    let mut team = two();
    let mut forged = false;
    team.malice.intercept_events(move |device, event| {
        if device != BEN || forged || !is_message(&event) {
            return vec![event];
        }
        forged = true;
        let rubbish = Event { mls: Bytes::from_static(b"rubbish"), ..event.clone() };
        vec![rubbish, Event { seq: event.seq + 1, ..event }]
    });
    team.say(ANA, "#general", "hello");
    team.run();
    assert!(team.malice.acts() > 0);
    // Beside the rubbish stands what Ana said: that is read from the archive, and nobody is told that all is well.
    assert_eq!(said(&team, BEN, "#general"), ["ana: hello"]);
    let alarms = alarms(&mut team, BEN);
    for words in ["read from the archive", "twice"] {
        assert!(alarms.iter().any(|what| what.contains(words)), "no alarm says {words:?}: {alarms:?}");
    }
}

#[test]
fn rubbish_in_the_place_of_ciphertext_is_never_passed_over_silently() {
    let mut team = two();
    team.malice.intercept_events(|device, event| match event {
        event if device == BEN && is_message(&event) => {
            vec![Event { mls: Bytes::from_static(b"rubbish"), ..event }]
        }
        event => vec![event],
    });
    // A server that would have nobody compare transcripts raises an alarm with each message it breaks.
    for n in 1..=2 {
        team.say(ANA, "#general", &format!("hello {n}"));
        team.run();
        assert_eq!(said(&team, BEN, "#general").len(), n);
        alarm(&mut team, BEN, "read from the archive");
    }
    // Under another id, name or epoch, or with another body, the archive does not open it either.
    for change in 0..3 {
        team.malice.intercept_events(move |device, mut event| {
            if device == BEN && is_message(&event) {
                event.mls = Bytes::from_static(b"rubbish");
                match change {
                    0 => event.message_id = Bytes::from_static(&[7; 16]),
                    1 => event.device = Bytes::copy_from_slice(&[9; 16]),
                    _ => event.body = Bytes::from_static(&[1; 200]),
                }
            }
            vec![event]
        });
        let before = said(&team, BEN, "#general").len();
        team.say(ANA, "#general", "changed");
        team.run();
        assert_eq!(said(&team, BEN, "#general").len(), before, "change {change}");
    }
}

#[test]
fn a_message_that_is_acknowledged_and_not_kept_is_offered_for_sending_again() {
    let mut team = two();
    let room = team.room(ANA, "#general");
    let seq = cursor(&team, ANA, &room) + 1;
    team.malice.answer(move |device, request| match request {
        Request::Publish(_) if device == ANA => Some(Answer::Published(Published { seq, time_ms: 1 })),
        _ => None,
    });
    team.say(ANA, "#general", "important");
    team.run();
    assert_eq!(team.malice.acts(), 1);
    team.malice.end();
    assert_eq!(delivery(&team, ANA, "#general", "important"), Delivery::Sent);
    team.say(BEN, "#general", "in its place");
    team.run();
    alarm(&mut team, ANA, "left it out");
    failed(&team, ANA, "#general", "important", "left it out");
    let id = lines(&team, ANA, "#general").iter().find(|l| l.text == "important").expect("kept").message_id;
    team.with(ANA, |engine, cx| engine.retry(&room, &id, cx)).expect("goes out again");
    team.run();
    assert_eq!(said(&team, BEN, "#general"), ["ben: in its place", "ana: important"]);
    assert_eq!(said(&team, ANA, "#general"), said(&team, BEN, "#general"));
    assert!(team.engine(ANA).nothing_waits().expect("reads"));
}

#[test]
fn a_message_that_is_acknowledged_and_not_kept_is_noticed_on_the_next_connection() {
    let mut team = two();
    let room = team.room(ANA, "#general");
    let seq = cursor(&team, ANA, &room) + 1;
    team.malice.answer(move |_, request| match request {
        Request::Publish(_) => Some(Answer::Published(Published { seq, time_ms: 1 })),
        _ => None,
    });
    team.say(ANA, "#general", "important");
    team.run();
    assert_eq!(team.malice.acts(), 1);
    team.malice.end();
    team.crash(ANA);
    team.connect(ANA);
    team.run();
    alarm(&mut team, ANA, "left it out");
    failed(&team, ANA, "#general", "important", "left it out");
}

#[test]
fn two_different_messages_answered_as_one_are_not_lost() {
    let mut team = two();
    team.say(ANA, "#general", "the first");
    team.run();
    let first = *team.places(ANA, "#general").last_key_value().expect("placed").0;
    team.malice.answer(move |_, request| match request {
        Request::Publish(_) => Some(Answer::Published(Published { seq: first, time_ms: 1 })),
        _ => None,
    });
    team.say(ANA, "#general", "the second");
    team.run();
    assert_eq!(team.malice.acts(), 1);
    alarm(&mut team, ANA, "left it out");
    failed(&team, ANA, "#general", "the second", "left it out");
    assert_eq!(delivery(&team, ANA, "#general", "the first"), Delivery::Sent);
}

#[test]
fn an_acknowledgement_of_another_place_than_the_logs_raises_an_alarm() {
    let mut team = two();
    team.malice.intercept(move |_, mut frame| {
        if let Some(Answer::Published(published)) = &mut frame.answer {
            published.seq += 7;
        }
        vec![frame]
    });
    team.say(ANA, "#general", "hello");
    team.run();
    assert_eq!(team.malice.acts(), 1);
    alarm(&mut team, ANA, "another place");
    let last = |device| team.places(device, "#general").pop_last();
    assert_eq!(last(ANA), last(BEN));
}

#[test]
fn a_place_far_ahead_is_not_believed() {
    let mut team = two();
    let seen = record(&mut team, BEN);
    team.say(ANA, "#general", "hello");
    team.run();
    let event = seen.borrow().last().cloned().expect("it was pushed");
    for seq in [event.seq + 1_000, u64::MAX] {
        team.slip(BEN, Answer::Event(Event { seq, time_ms: u64::MAX, ..event.clone() }));
        team.run();
    }
    team.say(ANA, "#general", "and on");
    team.run();
    assert_eq!(said(&team, BEN, "#general"), ["ana: hello", "ana: and on"]);
}

/// The documented limit: the time beside a message is the server's word.
#[test]
fn a_wrong_time_is_shown_as_the_server_says_and_stops_nothing() {
    let mut team = two();
    for time_ms in [0, u64::MAX] {
        team.malice.intercept(move |_, mut frame: ServerFrame| {
            match &mut frame.answer {
                Some(Answer::Event(event)) => event.time_ms = time_ms,
                Some(Answer::Published(published)) => published.time_ms = time_ms,
                _ => {}
            }
            vec![frame]
        });
        team.say(ANA, "#general", &format!("at {time_ms}"));
        team.run();
    }
    assert!(team.malice.acts() >= 4);
    for device in [ANA, BEN] {
        assert_eq!(
            said(&team, device, "#general"),
            ["ana: at 0".to_owned(), format!("ana: at {}", u64::MAX)]
        );
        no_alarm(&mut team, device);
    }
}

/// Reading back, a server can keep something to itself; it cannot pass that off as the room's own rule.
#[test]
fn a_body_kept_from_who_reads_back_is_not_passed_off_as_the_rooms_policy() {
    let mut team = two();
    let room = private(&mut team, "launch", &[]);
    team.say(ANA, "#launch", "one");
    team.say(ANA, "#launch", "two");
    team.run();
    let kept_back = |device, mut event: Event| {
        if device == BEN && event.seq == 1 {
            event.body = Bytes::new();
        }
        vec![event]
    };
    team.malice.intercept_events(kept_back);
    let ben = team.engine(ANA).find_person("ben").expect("known");
    team.with(ANA, |engine, cx| engine.add_people(&room, &[ben], cx)).expect("adds");
    team.run();
    assert!(team.malice.acts() > 0);
    assert_eq!(said(&team, BEN, "#launch"), ["ana: two"]);
    let earlier = team.engine(BEN).room(&room).expect("reads").expect("known").earlier;
    assert_eq!(earlier, Earlier::Deleted, "the server has it no more");
}
