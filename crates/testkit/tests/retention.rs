//! Stories of messages that are deleted by their room's limit: on the server, on every device, and out of every file.

use securechat_engine::NewRoom;
use securechat_engine::view::{Earlier, History};
use securechat_proto::frame::{Answer, EventKind, Fetch, Request};
use securechat_testkit::{DeviceNumber, Team};

fn make_room(team: &mut Team, name: &str, history: History, days: u32, people: &[&str]) {
    let people = people.iter().map(|name| team.engine(0).find_person(name).expect("known")).collect();
    let new = NewRoom { name: name.into(), topic: String::new(), open: false, history, people };
    let room = team.with(0, |engine, cx| engine.create_room(&new, cx)).expect("creates");
    if days > 0 {
        team.run();
        team.with(0, |engine, cx| engine.keep_for(&room, days, cx)).expect("sets the limit");
    }
    team.run();
}

fn say(team: &mut Team, device: DeviceNumber, text: &str) {
    team.say(device, "#ops", text);
    team.run();
}

/// What was said, with the lines for what was deleted.
fn said(team: &Team, device: DeviceNumber) -> Vec<String> {
    team.texts(device, "#ops").into_iter().filter(|line| !line.starts_with("(members")).collect()
}

fn earlier(team: &Team, device: DeviceNumber) -> Earlier {
    let room = team.room(device, "#ops");
    team.engine(device).room(&room).expect("reads").expect("known").earlier
}

fn trouble(team: &Team, device: DeviceNumber) -> Option<String> {
    let room = team.room(device, "#ops");
    team.engine(device).room(&room).expect("reads").expect("known").trouble
}

fn events(team: &mut Team, device: DeviceNumber) -> Vec<securechat_proto::frame::Event> {
    let room = team.room(device, "#ops").as_bytes().to_vec().into();
    let fetch = Fetch { room, from_seq: 1, limit: 0, before_seq: 0 };
    let Answer::Events(page) = team.ask_server(device, Request::Fetch(fetch)) else { panic!("no page") };
    page.events
}

fn holds(files: &[u8], bytes: &[u8]) -> bool {
    files.windows(bytes.len()).any(|window| window == bytes)
}

#[test]
fn what_is_past_the_limit_is_in_no_file_and_cannot_be_read_back() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    make_room(&mut team, "ops", History::Shared, 7, &["bo"]);
    // Two words, so that the search index holds them apart.
    say(&mut team, 0, "canarybird zyzzyva is past its time");
    say(&mut team, bo, "quagga xylophone too");
    let old: Vec<_> = events(&mut team, 0).into_iter().filter(|e| e.kind() == EventKind::Message).collect();
    let (sealed, links) = (old.last().expect("said").clone(), events(&mut team, 0));
    assert!(holds(&team.server.files(), &sealed.body), "the search finds what is there");
    for device in [0, bo] {
        assert!(holds(&team.files(device), b"zyzzyva"), "the search finds what is there");
    }
    // A new epoch, so that the old one has a link and a key of its own; then something that stays.
    team.join("cy");
    let (room, cy) = (team.room(0, "#ops"), team.engine(0).find_person("cy").expect("known"));
    team.with(0, |engine, cx| engine.add_people(&room, &[cy], cx)).expect("adds");
    team.run();
    team.pass_days(5);
    say(&mut team, 0, "younger");
    assert_eq!(said(&team, bo).len(), 3, "nothing is due yet");
    team.pass_days(3);

    for device in [0, bo] {
        assert_eq!(said(&team, device), ["ana: younger"]);
        assert_eq!(earlier(&team, device), Earlier::Deleted);
        assert!(team.engine(device).search("zyzzyva", 10).expect("searches").is_empty());
        for word in ["canarybird", "zyzzyva", "quagga", "xylophone"] {
            assert!(!holds(&team.files(device), word.as_bytes()), "{word} is in a file of device {device}");
        }
    }
    for event in old.iter().filter(|event| !event.body.is_empty()) {
        let files = team.server.files();
        assert!(!holds(&files, &event.body[..32]) && !holds(&files, &event.mls[40..72]), "seq {}", event.seq);
    }
    for link in links.iter().filter(|e| e.kind() == EventKind::Commit && !e.body.is_empty()) {
        assert!(!holds(&team.server.files(), &link.body), "the key link of seq {}", link.seq);
    }

    // Whoever kept an old key finds nothing at the server that it opens: messages are hashes, links are gone.
    let now = events(&mut team, 0);
    for event in &now {
        match event.kind() {
            EventKind::Deleted => assert_eq!((event.mls.len(), event.body.len()), (32, 32)),
            EventKind::Commit => assert!(event.body.is_empty() || event.seq > sealed.seq),
            EventKind::Message => assert!(event.seq > sealed.seq),
            EventKind::Unknown => panic!("an event of no kind"),
        }
    }
    let seqs: Vec<u64> = now.iter().map(|event| event.seq).collect();
    assert!(seqs.iter().copied().eq(1..=seqs.len() as u64), "seqs have no gaps");

    let fresh = team.log_in("bo");
    let room = team.room(fresh, "#ops");
    team.with(fresh, |engine, cx| engine.read_back(&room, 1_000, cx)).expect("is taken");
    team.run();
    assert_eq!(said(&team, fresh), ["ana: younger"]);
    assert_eq!(earlier(&team, fresh), Earlier::Deleted);
    for device in 0..team.devices() {
        assert_eq!(trouble(&team, device), None);
    }
}

#[test]
fn who_was_away_for_longer_than_the_limit_follows_and_is_told_in_one_line() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    make_room(&mut team, "ops", History::Shared, 7, &["bo"]);
    team.cut(bo);
    for n in 0..5 {
        say(&mut team, 0, &format!("old {n}"));
    }
    team.pass_days(10);
    say(&mut team, 0, "new");
    team.connect(bo);
    team.run();
    let line = "(deleted messages were deleted here by the room's limit of 7 days)";
    assert_eq!(said(&team, bo), [line, "ana: new"]);
    assert_eq!(trouble(&team, bo), None, "the transcripts agree");
    say(&mut team, bo, "answer");
    assert_eq!(said(&team, 0), ["ana: new", "bo: answer"]);
    assert_eq!(trouble(&team, 0), None, "the transcripts agree");
    let room = team.room(bo, "#ops");
    assert_eq!(team.engine(bo).room(&room).expect("reads").expect("known").unread, 1, "a line is not unread");
}

#[test]
fn a_server_that_deletes_without_leave_is_called_out() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    make_room(&mut team, "ops", History::Shared, 0, &["bo"]);
    team.cut(bo);
    say(&mut team, 0, "inconvenient");
    // Not by the room's policy: somebody at the server's machine sets a limit.
    let id = team.room(0, "#ops");
    team.server
        .write(move |tx| {
            let row = tx.room(&id)?.expect("the room");
            Ok(tx.set_keep_days(row.key, 1)?)
        })
        .expect("writes");
    team.server.sweep(team.now.plus(2 * 24 * 60 * 60 * 1_000));
    team.connect(bo);
    team.run();
    assert_eq!(said(&team, bo), ["(deleted messages were deleted here)"]);
    assert!(trouble(&team, bo).expect("is told").contains("limit does not let it delete"));
    assert_eq!(said(&team, 0), ["ana: inconvenient"], "who was there still has it");
}

#[test]
fn a_limit_that_came_while_one_was_away_explains_what_it_deleted() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    make_room(&mut team, "ops", History::Shared, 0, &["bo"]);
    say(&mut team, 0, "before");
    team.cut(bo);
    say(&mut team, 0, "meanwhile");
    team.pass_days(5);
    let room = team.room(0, "#ops");
    team.with(0, |engine, cx| engine.keep_for(&room, 2, cx)).expect("sets the limit");
    team.run();
    team.pass_days(1);
    assert!(said(&team, 0).is_empty());
    team.connect(bo);
    team.run();
    assert_eq!(trouble(&team, bo), None);
    team.pass_days(0);
    assert!(said(&team, bo).iter().all(|line| line.starts_with("(deleted")), "{:?}", said(&team, bo));
}

#[test]
fn where_nothing_is_kept_the_server_deletes_after_a_month_and_devices_keep_theirs() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    make_room(&mut team, "ops", History::None, 0, &["bo"]);
    team.cut(bo);
    say(&mut team, 0, "for those who are here");
    // Not 31 days, after which the session would be over too.
    team.pass_days(29);
    team.server.sweep(team.now.plus(25 * 60 * 60 * 1_000));
    team.now = team.now.plus(12 * 60 * 60 * 1_000);
    team.connect(bo);
    team.run();
    let line = "(deleted messages were deleted here by the room's limit of 30 days)";
    assert_eq!(said(&team, bo), [line]);
    assert_eq!(said(&team, 0), ["ana: for those who are here"]);
    assert_eq!(trouble(&team, bo), None);
}

#[test]
fn a_message_of_ones_own_that_was_deleted_before_it_came_back_counts_as_sent() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    make_room(&mut team, "ops", History::Shared, 3, &["bo"]);
    team.say(bo, "#ops", "on its way");
    team.lose_answer(bo);
    team.run();
    team.pass_days(5);
    team.connect(bo);
    team.run();
    assert_eq!(trouble(&team, bo), None);
    assert!(team.engine(bo).nothing_waits().expect("reads"));
    team.pass_days(1);
    assert!(!said(&team, bo).iter().any(|line| line.contains("on its way")));
}

#[test]
fn a_clock_that_is_ahead_deletes_nothing_that_is_not_due() {
    let mut team = Team::new("ana");
    make_room(&mut team, "ops", History::Shared, 7, &[]);
    say(&mut team, 0, "still young");
    team.cut(0);
    team.connect(0);
    // The server reads `Hello` and says what time it is; then the device's clock jumps.
    team.deliver_one();
    team.now = team.now.plus(400 * 24 * 60 * 60 * 1_000);
    team.run();
    assert_eq!(said(&team, 0), ["ana: still young"]);
}
