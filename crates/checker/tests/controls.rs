//! A clean history passes, and every promise has a history that breaks it and is named for it: nothing is judged in vain.

use securechat_checker::{
    Entry, Event, Invariant, Line, Report, RowKind, Unread, check, from_json_lines, to_json_lines,
};

/// Two people in a room: `ana` says `one` and `two`, `ben` says `three`; then `eva` is brought in, and `ben` taken out,
/// and `ana` says `four`.
fn clean() -> Vec<Event> {
    let mut events = vec![
        sent("ana", "one", 1, 0),
        row(1, 1, RowKind::Message, "ana", "one"),
        kept(1),
        acked("one", 1),
        sent("ana", "two", 2, 1),
        row(2, 1, RowKind::Message, "ana", "two"),
        kept(2),
        acked("two", 2),
        sent("ben", "three", 1, 2),
        row(3, 1, RowKind::Message, "ben", "three"),
        kept(3),
        acked("three", 3),
        commit(4, 1, &["eva"]),
        Event::Welcomed { device: "eva".into(), room: "r".into(), seq: 4 },
        commit(5, 2, &[]),
        sent("ana", "four", 3, 5),
        row(6, 3, RowKind::Message, "ana", "four"),
        kept(6),
        acked("four", 6),
        Event::Acked { message: "four".into(), id: Some("four".into()), seq: Some(6) },
        sent("ben", "five", 2, 3),
        Event::Failed { message: "five".into(), reason: "not a member".into() },
        entitled("ana", 1, None),
        entitled("ben", 1, Some(5)),
        entitled("eva", 5, None),
        shown("ana", &[(1, "ana", "one"), (2, "ana", "two"), (3, "ben", "three"), (6, "ana", "four")]),
        shown("ben", &[(1, "ana", "one"), (2, "ana", "two"), (3, "ben", "three")]),
        shown("eva", &[(6, "ana", "four")]),
        Event::Searched { place: "server.db".into() },
    ];
    for device in ["ana", "eva"] {
        events.push(authenticator(device, "aa"));
        events.push(Event::Delivered { device: device.into(), room: "r".into(), seq: 6 });
        events.push(rest(device, 6, 0, 100));
    }
    for generation in 0..2 {
        events.push(ciphertext(generation, &format!("hash {generation}")));
    }
    events.push(ciphertext(0, "hash 0"));
    events
}

fn sent(device: &str, message: &str, order: u64, after: u64) -> Event {
    let (device, message) = (device.into(), message.into());
    Event::Sent { device, room: "r".into(), message, order, after: Some(after) }
}

fn acked(message: &str, seq: u64) -> Event {
    Event::Acked { message: message.into(), id: Some(message.into()), seq: Some(seq) }
}

fn kept(seq: u64) -> Event {
    Event::Kept { room: "r".into(), seq }
}

fn row(seq: u64, epoch: u64, kind: RowKind, device: &str, id: &str) -> Event {
    let (room, device, id) = ("r".into(), device.into(), id.into());
    Event::LogRow { room, seq, epoch, kind, device, id, welcomes: Vec::new() }
}

fn commit(seq: u64, epoch: u64, welcomes: &[&str]) -> Event {
    let welcomes = welcomes.iter().map(|who| (*who).to_owned()).collect();
    let (device, id) = ("ana".into(), format!("commit {seq}"));
    Event::LogRow { room: "r".into(), seq, epoch, kind: RowKind::Commit, device, id, welcomes }
}

fn entitled(device: &str, from: u64, to: Option<u64>) -> Event {
    Event::Entitled { device: device.into(), room: "r".into(), from, due: from, to }
}

fn entry((seq, sender, message): (u64, &str, &str)) -> Entry {
    Entry { seq, message: message.into(), sender: sender.into(), unread: None }
}

fn shown(device: &str, entries: &[(u64, &str, &str)]) -> Event {
    let entries = entries.iter().copied().map(entry).collect();
    Event::Shown { device: device.into(), room: "r".into(), complete: true, entries }
}

fn authenticator(device: &str, bytes: &str) -> Event {
    Event::Authenticator { device: device.into(), room: "r".into(), epoch: 3, bytes: bytes.into() }
}

fn ciphertext(generation: u32, hash: &str) -> Event {
    Event::Ciphertext { room: "r".into(), epoch: 1, leaf: 0, generation, hash: hash.into() }
}

fn rest(device: &str, cursor: u64, waiting: u64, after_ms: u64) -> Event {
    Event::Rest { device: device.into(), room: "r".into(), cursor, head: 6, waiting, after_ms }
}

fn judge(events: Vec<Event>) -> Report {
    let lines = events.into_iter().enumerate().map(|(at, event)| Line { at: at as u64, event });
    check(&lines.collect::<Vec<_>>())
}

/// The clean history with `more` at its end breaks exactly this promise, once, in a sentence that says all of `names`.
fn breaks(more: Event, invariant: Invariant, names: &[&str]) {
    let mut events = clean();
    events.push(more);
    broken(events, invariant, names);
}

/// The clean history, with the lines that `which` names changed, or taken out for `None`.
fn breaks_when(change: impl Fn(Event) -> Option<Event>, invariant: Invariant, names: &[&str]) {
    let events: Vec<Event> = clean().into_iter().filter_map(change).collect();
    assert_ne!(events, clean(), "the control changes something");
    broken(events, invariant, names);
}

fn broken(events: Vec<Event>, invariant: Invariant, names: &[&str]) {
    let found = judge(events).violations;
    let kinds: Vec<_> = found.iter().map(|violation| violation.invariant()).collect();
    assert_eq!(kinds, [invariant], "{found:?}");
    let sentence = found[0].to_string();
    for name in names.iter().chain([&format!("{invariant:?}: ").as_str()]) {
        assert!(sentence.contains(name), "{sentence:?} says nothing of {name:?}");
    }
}

#[test]
fn a_clean_history_passes_and_weighs_every_promise() {
    use Invariant::{I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11, I12, I13, I14, I15, I16, L1, L2, L3};
    let report = judge(clean());
    assert_eq!(report.violations, []);
    for invariant in [I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11, I12, I13, I14, I15, I16, L1, L2, L3] {
        assert!(report.weighed(invariant) > 0, "{invariant:?} was not weighed");
    }
    assert_eq!(judge(Vec::new()).weighed(I1), 0);
}

#[test]
fn a_history_survives_its_json_lines() {
    let history: Vec<Line> = clean().into_iter().map(|event| Line { at: 7, event }).collect();
    let text = to_json_lines(&history);
    assert_eq!(from_json_lines(&text).expect("reads"), history);
    assert!(text.starts_with("{\"at\":7,\"type\":\"invoke\",\"device\":\"ana\","), "{text}");
    assert_eq!(from_json_lines("\n{\"at\":1}\n").expect_err("no event").0, 2);
}

#[test]
fn i1_acknowledged_and_not_in_the_log() {
    let lost = |event| match event {
        Event::LogRow { seq: 6, .. } => None,
        other => Some(other),
    };
    let events: Vec<Event> = clean().into_iter().filter_map(lost).collect();
    let found = judge(events).violations;
    assert!(found.iter().all(|violation| violation.invariant() == Invariant::I1), "{found:?}");
    assert!(found[0].to_string().contains("\"four\" of ana in r"), "{found:?}");
}

#[test]
fn i1_acknowledged_and_not_shown_to_an_entitled_device() {
    let missing = |event| match event {
        Event::Shown { ref device, .. } if device == "eva" => Some(shown("eva", &[])),
        other => Some(other),
    };
    breaks_when(missing, Invariant::I1, &["eva", "\"four\"", "of r"]);
}

#[test]
fn i1_says_nothing_of_a_device_that_is_not_at_rest() {
    let unfinished = |event| match event {
        Event::Shown { device, room, .. } if device == "eva" => {
            Event::Shown { device, room, complete: false, entries: Vec::new() }
        }
        other => other,
    };
    assert_eq!(judge(clean().into_iter().map(unfinished).collect()).violations, []);
}

#[test]
fn i2_two_rows_of_one_message() {
    breaks(row(7, 3, RowKind::Message, "ana", "four"), Invariant::I2, &["ana", "four", "at 6", "at 7"]);
}

#[test]
fn i2_one_place_shown_twice() {
    breaks(shown("eva", &[(6, "ana", "four"), (6, "ana", "four")]), Invariant::I2, &["eva", "four", "6"]);
}

#[test]
fn i2_one_message_shown_at_two_places() {
    let entries = vec![entry((6, "ana", "four")), entry((7, "ana", "four"))];
    let twice = Event::Shown { device: "ana".into(), room: "r".into(), complete: false, entries };
    breaks(twice, Invariant::I2, &["at 6", "at 7"]);
}

#[test]
fn i3_a_gap_in_the_log() {
    breaks(row(8, 3, RowKind::Message, "ana", "more"), Invariant::I3, &["at 7", "at 8"]);
}

#[test]
fn i3_a_row_that_changed() {
    breaks_when(
        |event| match event {
            Event::Kept { seq: 3, .. } => Some(row(3, 1, RowKind::Message, "ana", "other")),
            Event::Acked { ref message, .. } if message == "three" => None,
            other => Some(other),
        },
        Invariant::I3,
        &["seq 3", "three of ben", "other of ana"],
    );
}

#[test]
fn i3_two_devices_disagree() {
    let other = Event::Shown {
        device: "eva".into(),
        room: "r".into(),
        complete: false,
        entries: vec![entry((6, "ben", "other"))],
    };
    breaks(other, Invariant::I3, &["at 6 of r", "ana: four", "ben: other"]);
}

#[test]
fn i3_shown_out_of_order() {
    let entries = vec![entry((2, "ana", "two")), entry((1, "ana", "one"))];
    let turned = Event::Shown { device: "ana".into(), room: "r".into(), complete: false, entries };
    breaks(turned, Invariant::I3, &["ana", "shows 2", "before 1"]);
}

#[test]
fn i4_a_senders_messages_change_places() {
    breaks_when(
        |event| match event {
            Event::Sent { ref message, .. } if message == "one" => Some(sent("ana", "one", 2, 0)),
            Event::Sent { ref message, .. } if message == "two" => Some(sent("ana", "two", 1, 1)),
            other => Some(other),
        },
        Invariant::I4,
        &["\"two\"", "before \"one\"", "2 and 1"],
    );
}

#[test]
fn i5_an_answer_before_its_question() {
    breaks_when(
        |event| match event {
            Event::Sent { ref message, .. } if message == "three" => Some(sent("ben", "three", 1, 3)),
            other => Some(other),
        },
        Invariant::I5,
        &["\"three\"", "names 3", "at 3"],
    );
}

#[test]
fn i6_an_entitled_device_cannot_read() {
    let unread = Some(Unread("the key is not there".into()));
    let entries = vec![Entry { seq: 6, message: "four".into(), sender: "ana".into(), unread }];
    let blind = Event::Shown { device: "eva".into(), room: "r".into(), complete: true, entries };
    breaks(blind, Invariant::I6, &["eva", "6 of r", "the key is not there"]);
}

#[test]
fn i6_allows_what_may_be_read_and_is_not_owed() {
    let mut events = clean();
    events.retain(|event| !matches!(event, Event::Entitled { device, .. } if device == "eva"));
    events.push(Event::Entitled { device: "eva".into(), room: "r".into(), from: 1, due: 5, to: None });
    let unread = Some(Unread("nobody told the key yet".into()));
    let early = Entry { seq: 1, message: "?".into(), sender: "ana".into(), unread };
    let entries = vec![early, entry((6, "ana", "four"))];
    events.push(Event::Shown { device: "eva".into(), room: "r".into(), complete: true, entries });
    assert_eq!(judge(events).violations, []);
}

#[test]
fn i7_a_removed_device_reads_on() {
    let entries = vec![entry((6, "ana", "four"))];
    let ghost = Event::Shown { device: "ben".into(), room: "r".into(), complete: false, entries };
    breaks(ghost, Invariant::I7, &["ben", "\"four\"", "ended at 5"]);
}

#[test]
fn i8_a_newcomer_reads_back() {
    let entries = vec![entry((1, "ana", "one")), entry((6, "ana", "four"))];
    let curious = Event::Shown { device: "eva".into(), room: "r".into(), complete: true, entries };
    breaks(curious, Invariant::I8, &["eva", "\"one\"", "from 5"]);
}

#[test]
fn i9_two_commits_of_one_epoch() {
    let events = clean()
        .into_iter()
        .filter(|event| !matches!(event, Event::Sent { message, .. } if message == "four"));
    let events =
        events.filter(|event| !matches!(event, Event::LogRow { seq: 6, .. } | Event::Kept { seq: 6, .. }));
    let mut events: Vec<Event> = events.filter(|event| !matches!(event, Event::Shown { .. })).collect();
    events.push(commit(6, 2, &[]));
    let found = judge(events).violations;
    assert!(found.iter().any(|violation| violation.invariant() == Invariant::I9), "{found:?}");
}

#[test]
fn i9_two_groups_in_one_epoch() {
    breaks(authenticator("eva", "bb"), Invariant::I9, &["epoch 3", "ana", "eva"]);
}

#[test]
fn i10_a_message_of_another_epoch() {
    breaks(row(7, 2, RowKind::Message, "ana", "late"), Invariant::I10, &["7 of r", "epoch 2", "in 3"]);
}

#[test]
fn i11_a_ratchet_step_used_twice() {
    breaks(ciphertext(0, "another"), Invariant::I11, &["leaf 0", "generation 0", "epoch 1"]);
}

#[test]
fn i12_a_welcome_of_a_commit_that_lost() {
    let stray = Event::Welcomed { device: "joe".into(), room: "r".into(), seq: 6 };
    breaks(stray, Invariant::I12, &["joe", "at 6"]);
}

#[test]
fn i12_a_commit_whose_welcome_never_came() {
    breaks_when(
        |event| if matches!(event, Event::Welcomed { .. }) { None } else { Some(event) },
        Invariant::I12,
        &["at 4", "eva"],
    );
}

#[test]
fn i13_acknowledged_before_durable() {
    let mut events = clean();
    let at = events.iter().position(|event| *event == kept(2)).expect("is there");
    events.swap(at, at + 1);
    broken(events, Invariant::I13, &["\"two\"", "2 of r"]);
}

#[test]
fn i14_two_answers_to_one_request() {
    // The other row is ana's too, so that nothing but the two answers is wrong.
    let two = Event::Acked { message: "one".into(), id: None, seq: Some(2) };
    breaks(two, Invariant::I14, &["\"one\"", "at 1", "at 2"]);
}

#[test]
fn i14_failed_and_there_all_the_same() {
    breaks(
        Event::Failed { message: "three".into(), reason: "not a member".into() },
        Invariant::I14,
        &["ben", "\"three\"", "3 of r"],
    );
}

#[test]
fn i15_given_without_right() {
    for device in ["joe", "ben"] {
        let given = Event::Delivered { device: device.into(), room: "r".into(), seq: 6 };
        breaks(given, Invariant::I15, &[device, "6 of r"]);
    }
}

#[test]
fn i15_read_without_right() {
    breaks(shown("joe", &[(1, "ana", "one")]), Invariant::I15, &["joe", "\"one\"", "never"]);
}

#[test]
fn i16_words_where_there_must_be_none() {
    breaks(
        Event::Leaked { message: "one".into(), place: "server.db".into() },
        Invariant::I16,
        &["\"one\"", "server.db"],
    );
}

#[test]
fn l1_an_outbox_that_does_not_drain() {
    breaks(rest("ana", 6, 2, 30_000), Invariant::L1, &["2 messages of ana"]);
}

#[test]
fn l2_a_device_that_stays_behind() {
    breaks(rest("ana", 5, 0, 30_000), Invariant::L2, &["ana is at 5", "head at 6"]);
}

#[test]
fn l3_a_device_that_takes_too_long() {
    breaks(rest("ana", 6, 0, 30_001), Invariant::L3, &["ana", "30001 ms"]);
}
