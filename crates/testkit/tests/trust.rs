//! Stories of a server that shows people different things, and of people who make sure of each other.

use securechat_chain::{Link, Op, Registry};
use securechat_engine::evidence::EvidenceKind;
use securechat_engine::view::{Delivery, History, LineKind, Trust};
use securechat_engine::{NewRoom, News};
use securechat_ids::{DeviceId, RoomId, UserId};
use securechat_mls::Member;
use securechat_mls_member::DeviceKey;
use securechat_testkit::{DeviceNumber, Team};

fn alarms(team: &mut Team, device: DeviceNumber) -> Vec<String> {
    let news = team.news(device);
    let mut alarms: Vec<_> = news
        .into_iter()
        .filter_map(|news| if let News::Alarm { what, .. } = news { Some(what) } else { None })
        .collect();
    alarms.dedup();
    alarms
}

/// Ana and bo know each other and have `#two`; cy and dan come while bo is away. Bo's log is the server's choice.
fn team_of_four() -> (Team, DeviceNumber) {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    make_room(&mut team, "two", &["bo"]);
    team.cut(bo);
    team.join("cy");
    team.join("dan");
    (team, bo)
}

fn show(team: &mut Team, device: DeviceNumber, change: impl FnOnce(&mut Vec<bytes::Bytes>)) {
    let mut links = team.server.links();
    change(&mut links);
    let id = team.engine(device).me().device_id;
    team.server.shown_log.insert(id, links);
}

fn make_room(team: &mut Team, name: &str, people: &[&str]) -> RoomId {
    let people = people.iter().map(|name| team.engine(0).find_person(name).expect("known")).collect();
    let (topic, open, history) = (String::new(), false, History::Shared);
    let new = NewRoom { name: name.into(), topic, open, history, people };
    let room = team.with(0, |engine, cx| engine.create_room(&new, cx)).expect("creates");
    team.run();
    room
}

const OTHER_LIST: &str = "the server shows @bo another list of people and devices than it shows this device";

#[test]
fn a_split_view_is_seen_in_the_first_message_and_nobody_is_added_until_somebody_looked() {
    let (mut team, bo) = team_of_four();
    team.server.withhold_receipts = true;
    // All links are real and validly signed; only their order is another for bo.
    show(&mut team, bo, |links| links.swap(2, 3));
    team.connect(bo);
    team.run();
    assert_eq!(alarms(&mut team, 0), Vec::<String>::new());
    team.say(bo, "#general", "hello");
    team.run();
    assert_eq!(alarms(&mut team, 0), [OTHER_LIST]);
    assert!(team.texts(0, "#general").contains(&"bo: hello".to_owned()), "it stays readable");
    let evidence = team.engine(0).evidence().expect("reads");
    assert_eq!(evidence.len(), 1);
    assert_eq!(evidence[0].what, EvidenceKind::SplitView);
    let (ours, theirs) = (evidence[0].details.our_head, evidence[0].details.their_head);
    let (ours, theirs) = (ours.expect("ours"), theirs.expect("theirs"));
    assert_eq!((ours.size, theirs.size), (4, 4));
    assert_ne!(ours.root, theirs.root);

    // Once, not with each message; and again after the process was killed.
    team.say(bo, "#general", "again");
    team.run();
    assert_eq!(alarms(&mut team, 0), Vec::<String>::new());
    team.crash(0);
    team.connect(0);
    let room = make_room(&mut team, "ops", &["cy"]);
    assert_eq!(alarms(&mut team, 0), [OTHER_LIST]);
    let count = |team: &Team| team.engine(0).members(&room).expect("reads").len();
    assert_eq!(count(&team), 1, "the server's word on cy is not believed");
    team.with(0, |engine, cx| engine.look_at(OTHER_LIST, cx)).expect("looks");
    team.run();
    assert_eq!(count(&team), 2, "somebody has looked at it");
    assert!(team.engine(0).evidence().expect("reads")[0].looked_at);
}

#[test]
fn a_log_that_ends_before_what_a_member_has_seen_is_an_alarm() {
    let (mut team, bo) = team_of_four();
    // Cy has come, dan has not, as far as bo is told.
    show(&mut team, bo, |links| links.truncate(3));
    team.connect(bo);
    team.run();
    alarms(&mut team, bo);
    team.say(0, "#two", "hello");
    team.run();
    let hidden = "the server hides entries of its list of people and devices that @ana has seen";
    assert_eq!(alarms(&mut team, bo), [hidden]);
}

#[test]
fn who_is_only_behind_fetches_the_log_and_no_alarm_is_raised() {
    let (mut team, bo) = team_of_four();
    show(&mut team, bo, |links| links.truncate(3));
    team.connect(bo);
    team.run();
    alarms(&mut team, bo);
    let id = team.engine(bo).me().device_id;
    team.server.shown_log.remove(&id);
    // Nothing told bo that the log has grown but this message.
    team.say(0, "#two", "hello");
    team.run();
    assert_eq!(alarms(&mut team, bo), Vec::<String>::new());
    assert!(team.engine(bo).find_person("dan").is_ok());
}

#[test]
fn a_split_view_is_seen_in_a_receipt_before_anybody_says_anything() {
    let (mut team, bo) = team_of_four();
    show(&mut team, bo, |links| links.swap(2, 3));
    // Killed with the receipt on its way: it is said again.
    team.connect(bo);
    team.deliver_one();
    team.crash(bo);
    team.connect(bo);
    team.run();
    assert_eq!(alarms(&mut team, 0), [OTHER_LIST]);
    let evidence = team.engine(0).evidence().expect("reads");
    assert!(!evidence[0].details.signature.0.is_empty(), "signed by bo's device, for others to check");
}

#[test]
fn whoever_is_shown_another_version_of_a_room_is_named() {
    let mut team = Team::new("ana");
    let (bo, cy) = (team.join("bo"), team.join("cy"));
    let room = make_room(&mut team, "ops", &["bo", "cy"]);
    let id = team.engine(bo).me().device_id;
    team.server.shown_event = Some((id, |event| event.body = b"something else".as_slice().into()));
    team.say(0, "#ops", "hello");
    team.run();
    let of_bo = "@bo and you are shown different versions of this room by the server";
    for device in [0, cy] {
        assert_eq!(alarms(&mut team, device), [of_bo]);
        let view = team.engine(device).room(&room).expect("reads").expect("known");
        assert_eq!(view.trouble.as_deref(), Some(of_bo));
        assert_eq!(team.engine(device).evidence().expect("reads")[0].what, EvidenceKind::Fork);
    }
}

fn arrived(team: &Team, device: DeviceNumber, label: &str) -> Vec<Option<(usize, usize)>> {
    let room = team.room(device, label);
    let lines = team.engine(device).timeline(&room, None, 100).expect("reads");
    lines.into_iter().filter(|line| line.kind == LineKind::Text).map(|line| line.arrived).collect()
}

#[test]
fn a_message_shows_on_how_many_devices_it_has_arrived() {
    let mut team = Team::new("ana");
    let (bo, cy) = (team.join("bo"), team.join("cy"));
    make_room(&mut team, "ops", &["bo", "cy"]);
    team.cut(cy);
    team.say(0, "#ops", "one");
    team.run();
    assert_eq!(arrived(&team, 0, "#ops"), [Some((1, 2))], "cy is away");
    assert_eq!(arrived(&team, bo, "#ops"), [None], "not bo's message");
    team.connect(cy);
    team.run();
    assert_eq!(arrived(&team, 0, "#ops"), [Some((2, 2))]);
    // What came while the writer was away is read when they come back, after a crash too.
    team.say(0, "#ops", "two");
    while team.deliver_one() {}
    team.crash(0);
    team.run();
    team.connect(0);
    team.run();
    assert_eq!(arrived(&team, 0, "#ops"), [Some((2, 2)), Some((2, 2))]);
}

#[test]
fn who_turns_receipts_off_tells_no_arrival_and_forks_are_found_still() {
    let (mut team, bo) = team_of_four();
    show(&mut team, bo, |links| links.swap(2, 3));
    team.with(bo, |engine, cx| engine.set_setting("receipts", Some("off"), cx)).expect("sets");
    team.connect(bo);
    team.run();
    team.say(0, "#two", "hello");
    team.run();
    assert_eq!(arrived(&team, 0, "#two"), [Some((0, 0))], "nobody tells");
    assert_eq!(alarms(&mut team, 0), [OTHER_LIST]);
}

fn trust(team: &Team, device: DeviceNumber, whom: UserId) -> Trust {
    let people = team.engine(device).people().expect("reads");
    people.iter().find(|person| person.user_id == whom).expect("known").trust
}

/// A link that begins somebody's chain anew: valid, and on nobody's word but the server's.
fn reset(team: &Team, whom: UserId) -> bytes::Bytes {
    let mut registry = Registry::default();
    for link in team.server.links() {
        registry.append(&link).expect("a real link");
    }
    let chain = registry.chain(&whom).expect("known");
    let (user_id, device) = (whom, DeviceId::from_bytes([9; 16]));
    let key = DeviceKey::new(Member { user_id, device_id: device, root16: [0; 16] }, &[9; 32]);
    let recovery = DeviceKey::new(key.member(), &[8; 32]).public();
    let op = Op::Reset { device, key: key.public(), recovery };
    let (seq, prev, signer) = (chain.length(), chain.head(), key.public());
    let link = Link { version: 1, user_id, seq, prev, time: team.now, op, signer };
    link.sign(|bytes| key.sign(bytes)).bytes().to_vec().into()
}

#[test]
fn who_was_compared_is_marked_on_all_devices_and_a_new_root_holds_messages_back() {
    let mut team = Team::new("ana");
    let bo = team.join("bo");
    let phone = team.log_in("ana");
    let (ana_id, bo_id) = (team.engine(0).me().user_id, team.engine(bo).me().user_id);
    let seen = team.engine(0).comparison(&bo_id).expect("both are known");
    let theirs = team.engine(bo).comparison(&ana_id).expect("both are known");
    assert_eq!((&seen.number, &seen.qr, seen.words_hash), (&theirs.number, &theirs.qr, theirs.words_hash));
    assert_eq!(trust(&team, 0, bo_id), Trust::Unverified);
    team.with(0, |engine, cx| engine.mark_verified(&bo_id, [1; 32], cx)).expect_err("another root");
    team.with(0, |engine, cx| engine.mark_verified(&bo_id, seen.root, cx)).expect("marks");
    // Killed before the other device was told: it is told later.
    team.crash(0);
    team.connect(0);
    team.run();
    assert_eq!(trust(&team, 0, bo_id), Trust::Verified);
    assert_eq!(trust(&team, phone, bo_id), Trust::Verified, "handed on");
    let dm = team.with(0, |engine, cx| engine.open_dm(&bo_id, cx)).expect("opens");
    team.run();

    // Written before, on its way when the root changes.
    team.cut(0);
    team.with(0, |engine, cx| engine.send_text(&dm, "for the bo I know", cx)).expect("is taken");
    let link = reset(&team, bo_id);
    for device in [0, phone] {
        show(&mut team, device, |links| links.push(link.clone()));
        team.connect(device);
    }
    team.run();
    assert_eq!((trust(&team, 0, bo_id), trust(&team, phone, bo_id)), (Trust::Changed, Trust::Changed));
    let lines = team.engine(0).timeline(&dm, None, 10).expect("reads");
    assert_eq!(lines.last().expect("a line").state, Delivery::Queued);
    let refused = team.with(0, |engine, cx| engine.send_text(&dm, "more", cx)).expect_err("is held");
    assert!(refused.to_string().contains("verify @bo --accept"), "{refused}");
    let view = team.engine(0).room(&dm).expect("reads").expect("known");
    assert!(view.trouble.is_some_and(|trouble| trouble.starts_with("@bo has new keys")));

    team.with(0, |engine, cx| engine.accept_root(&bo_id, cx)).expect("accepts");
    team.run();
    assert_eq!((trust(&team, 0, bo_id), trust(&team, phone, bo_id)), (Trust::Unverified, Trust::Unverified));
    team.with(0, |engine, cx| engine.send_text(&dm, "more", cx)).expect("is held no longer for that");
    let trouble = team.engine(0).room(&dm).expect("reads").expect("known").trouble;
    assert!(trouble.is_none_or(|trouble| !trouble.starts_with("@bo has new keys")));
}
