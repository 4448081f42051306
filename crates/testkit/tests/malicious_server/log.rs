//! The workspace log: devices that nobody added, links left out, a log that is another one than before.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use securechat_chain::{Link, Op, Registry, device_possession};
use securechat_engine::News;
use securechat_engine::view::Delivery;
use securechat_ids::{DeviceId, UserId};
use securechat_mls::Member;
use securechat_proto::frame::{Answer, Event, FetchLog, Log, LogGrew, Published, Request};
use securechat_proto::{Code, Refusal};
use securechat_testkit::{DeviceNumber, Team};

use super::outsider::Outsider;
use super::scene::*;

/// The log as the real server has it.
fn links(team: &mut Team) -> Vec<Bytes> {
    match team.ask_server(ANA, Request::FetchLog(FetchLog { from: 0 })) {
        Answer::Log(log) => log.links,
        other => panic!("no log: {other:?}"),
    }
}

fn registry(links: &[Bytes]) -> Registry {
    links.iter().fold(Registry::default(), |mut registry, link| {
        registry.append(link).expect("valid");
        registry
    })
}

/// A page that goes on with these links, with the root that belongs to them.
fn page(before: &[Bytes], links: Vec<Bytes>) -> Log {
    let all = registry(&[before, &links].concat());
    Log { size: all.size(), root: all.root().to_vec().into(), links }
}

/// Tells a device that the log has grown, and answers its next question with this.
fn show(team: &mut Team, device: DeviceNumber, answer: Answer, size: u64) {
    let mut answer = Some(answer);
    team.malice.answer(move |asking, request| match request {
        Request::FetchLog(_) if asking == device => answer.take(),
        _ => None,
    });
    team.slip(device, Answer::LogGrew(LogGrew { size }));
    team.run();
}

/// A link on Ben's chain that only the server had a hand in.
fn forged(team: &Team, op: impl FnOnce(UserId, &Outsider) -> Op) -> Bytes {
    let chain = team.engine(BEN).own_chain().expect("the own chain");
    let user = chain.user_id();
    let ghost = Outsider::posing_as(Member {
        user_id: user,
        device_id: DeviceId::from_bytes([7; 16]),
        root16: [0; 16],
    });
    let link = Link {
        version: 1,
        user_id: user,
        seq: chain.length(),
        prev: chain.head(),
        time: team.now,
        op: op(user, &ghost),
        signer: ghost.key.public(),
    };
    Bytes::copy_from_slice(link.sign(|bytes| ghost.key.sign(bytes)).bytes())
}

fn devices_of_ben(team: &Team, device: DeviceNumber) -> usize {
    let general = team.room(device, "#general");
    let people = team.engine(device).members(&general).expect("reads");
    people.iter().find(|person| person.user_name == "ben").expect("is there").devices
}

#[test]
fn a_device_that_its_owner_never_added_is_not_believed() {
    let mut team = two();
    let ghost = forged(&team, |user, ghost| {
        let (device, key) = (ghost.key.member().device_id, ghost.key.public());
        let possession = ghost.key.sign(&device_possession(&user, &device, &key));
        Op::AddDevice { device, key, possession }
    });
    let size = u64::try_from(links(&mut team).len()).expect("fits") + 1;
    for device in [ANA, BEN] {
        let log = Log { links: vec![ghost.clone()], size, root: Bytes::from_static(&[0; 32]) };
        show(&mut team, device, Answer::Log(log), size);
        alarm(&mut team, device, "not validly signed");
        assert_eq!(devices_of_ben(&team, device), 1);
    }
    assert!(team.malice.acts() >= 4);
    // Nobody is believed to be new from now on, and those who were there go on talking.
    team.say(ANA, "#general", "between us");
    team.run();
    assert_eq!(said(&team, BEN, "#general"), ["ana: between us"]);
}

/// The documented limit: that a reset is made by the same person is the server's word. So it is said aloud.
#[test]
fn an_account_begun_anew_by_the_server_is_said_aloud_and_gets_into_no_private_room() {
    let mut team = two();
    let room = private(&mut team, "launch", &["ben"]);
    calm(&mut team);
    let reset = forged(&team, |_, ghost| Op::Reset {
        device: ghost.key.member().device_id,
        key: ghost.key.public(),
        recovery: Outsider::recovery(),
    });
    let before = links(&mut team);
    let size = u64::try_from(before.len()).expect("fits") + 1;
    let ben = team.engine(BEN).me().user_id;
    show(&mut team, ANA, Answer::Log(page(&before, vec![reset.clone()])), size);
    assert!(team.news(ANA).contains(&News::RootChanged { user: ben }));
    show(&mut team, BEN, Answer::Log(page(&before, vec![reset])), size);
    let ended = |news: &News| matches!(news, News::Ended { why } if why.contains("reset"));
    assert!(team.news(BEN).iter().any(ended));
    assert!(team.malice.acts() >= 4);
    // The device that the reset ended is out, and the one it names did not get in.
    let people = team.engine(ANA).members(&room).expect("reads");
    assert_eq!(people.iter().map(|person| &person.user_name[..]).collect::<Vec<_>>(), ["ana"]);
}

#[test]
fn a_list_of_devices_that_has_become_shorter_raises_an_alarm() {
    let mut team = two();
    team.malice.intercept(move |device, mut frame| {
        if let (BEN, Some(Answer::Ready(ready))) = (device, &mut frame.answer) {
            ready.log_size -= 1;
        }
        vec![frame]
    });
    team.cut(BEN);
    team.connect(BEN);
    team.run();
    assert_eq!(team.malice.acts(), 1);
    alarm(&mut team, BEN, "shorter than what this device has seen");
}

#[test]
fn a_list_of_devices_that_is_another_one_than_before_raises_an_alarm() {
    let mut team = three();
    // As if Ben had never been there, and Joe had come instead.
    let all = links(&mut team);
    let without_ben: Vec<Bytes> =
        all.iter().enumerate().filter(|(n, _)| *n != 1).map(|(_, l)| l.clone()).collect();
    let root = Bytes::copy_from_slice(&registry(&without_ben).root());
    team.malice.intercept(move |device, mut frame| {
        if let (ANA, Some(Answer::Log(log))) = (device, &mut frame.answer) {
            log.root = root.clone();
        }
        vec![frame]
    });
    team.join("joe");
    assert_eq!(team.malice.acts(), 1);
    alarm(&mut team, ANA, "differs from what it has shown before");
    assert_eq!(devices_of_ben(&team, ANA), 1);
}

#[test]
fn a_list_of_devices_that_is_said_to_be_longer_than_it_is_raises_an_alarm_once() {
    let mut team = two();
    let before = links(&mut team);
    let size = u64::try_from(before.len()).expect("fits") + 5;
    show(&mut team, ANA, Answer::Log(page(&before, vec![])), size);
    assert_eq!(team.malice.acts(), 2);
    alarm(&mut team, ANA, "hides entries");
    // The real server refuses a page beyond its end.
    team.malice.end();
    team.slip(BEN, Answer::LogGrew(LogGrew { size: u64::MAX }));
    team.run();
    alarm(&mut team, BEN, "hides entries");
}

#[test]
fn a_list_of_devices_that_is_refused_is_not_asked_for_in_a_circle() {
    let mut team = two();
    for (code, words) in [(Code::Forbidden, Some("hides entries")), (Code::RateLimited, None)] {
        let mut left = 6;
        team.malice.answer(move |device, request| match request {
            Request::FetchLog(_) if device == ANA && left > 0 => {
                left -= 1;
                Some(Answer::Refused(Refusal::later(code, "no", 2_000).into()))
            }
            _ => None,
        });
        let (begin, acts) = (team.now, team.malice.acts());
        team.join(if words.is_some() { "joe" } else { "kim" });
        team.run();
        let acts = team.malice.acts() - acts;
        match words {
            Some(words) => {
                assert_eq!(acts, 1);
                alarm(&mut team, ANA, words);
                team.malice.end();
                team.cut(ANA);
                team.connect(ANA);
                team.run();
                assert!(team.engine(ANA).find_person("joe").is_ok());
            }
            None => {
                assert_eq!(acts, 6);
                assert!(team.now.since(begin) >= 12_000, "six tries took {} ms", team.now.since(begin));
                assert!(team.engine(ANA).find_person("kim").is_ok());
            }
        }
    }
}

#[test]
fn a_device_whose_link_is_withheld_is_not_let_in() {
    for admits_there_is_more in [false, true] {
        let mut team = two();
        let room = private(&mut team, "launch", &["ben"]);
        calm(&mut team);
        let before = links(&mut team);
        let empty = page(&before, vec![]);
        team.malice.answer(move |device, request| match request {
            Request::FetchLog(_) if device == ANA => Some(Answer::Log(empty.clone())),
            _ => None,
        });
        team.malice.intercept(move |device, frame| match frame.answer {
            Some(Answer::LogGrew(_)) if device == ANA && !admits_there_is_more => vec![],
            _ => vec![frame],
        });
        team.log_in("ben");
        assert!(team.malice.acts() >= 1);
        halted(&team, ANA, &room, "not on its owner's list");
        assert_eq!(devices_of_ben(&team, ANA), 1);
        let alarms = alarms(&mut team, ANA);
        assert!(alarms.iter().any(|what| what.contains("not on its owner's list")), "{alarms:?}");
    }
}

#[test]
fn a_newcomer_who_is_shown_another_person_under_a_members_name_does_not_join_them() {
    let mut team = two();
    let all = links(&mut team);
    let impostor = Outsider::stranger();
    let (user_id, device) = (impostor.key.member().user_id, impostor.key.member().device_id);
    let genesis = Link {
        version: 1,
        user_id,
        seq: 0,
        prev: [0; 32],
        time: team.now,
        op: Op::Genesis {
            name: "ben".parse().expect("a name"),
            device,
            key: impostor.key.public(),
            recovery: Outsider::recovery(),
        },
        signer: impostor.key.public(),
    };
    let genesis = Bytes::copy_from_slice(genesis.sign(|bytes| impostor.key.sign(bytes)).bytes());
    let ana = all[0].clone();
    team.malice.intercept(move |device, mut frame| {
        if let (2, Some(Answer::Log(log))) = (device, &mut frame.answer) {
            let joe = log.links.last().cloned().expect("his own");
            *log = page(&[], vec![ana.clone(), genesis.clone(), joe]);
        }
        vec![frame]
    });
    let joe = team.join("joe");
    assert!(team.malice.acts() >= 1);
    assert_eq!(team.engine(joe).find_person("ben").expect("shown"), user_id);
    // The room's tree has the true Ben in it, whom this log does not know.
    alarm(&mut team, joe, "not who the list of devices says");
    assert!(team.engine(joe).rooms().expect("reads").iter().all(|room| room.cursor.0 == 0));
}

/// The documented limit: what is withheld altogether is not missed. Whoever is not shown a revocation speaks on to the
/// device, if the server plays along in everything.
#[test]
fn a_revocation_that_is_kept_from_somebody_is_not_noticed_before_anything_later_is_shown() {
    let mut team = two();
    let second = team.log_in("ben");
    calm(&mut team);
    let general = team.room(ANA, "#general");
    let seq = cursor(&team, ANA, &general) + 1;
    let shown = Rc::new(Cell::new(false));
    let withheld = shown.clone();
    team.malice.intercept(move |device, frame| {
        let kept_back = matches!(
            frame.answer,
            Some(Answer::LogGrew(_) | Answer::MustRemove(_) | Answer::Event(Event { .. }))
        );
        if device == ANA && kept_back && !withheld.get() { vec![] } else { vec![frame] }
    });
    team.malice.answer(move |device, request| match request {
        Request::Publish(_) if device == ANA => Some(Answer::Published(Published { seq, time_ms: 1 })),
        _ => None,
    });
    team.revoke(BEN, second);
    team.run();
    team.say(ANA, "#general", "only for ben's one device");
    team.run();
    assert!(team.malice.acts() >= 3);
    no_alarm(&mut team, ANA);
    assert_eq!(delivery(&team, ANA, "#general", "only for ben's one device"), Delivery::Sent);
    // As soon as anything of the truth is shown, it is noticed that the message is not where it was said to be.
    shown.set(true);
    team.malice.end();
    team.say(BEN, "#general", "anybody?");
    team.run();
    alarm(&mut team, ANA, "left it out");
    failed(&team, ANA, "#general", "only for ben's one device", "left it out");
}

/// A server that would rather have a revoked device go on listening asks nobody to remove it, and takes what is said.
#[test]
fn nothing_is_said_to_a_revoked_device_that_the_server_does_not_want_removed() {
    let mut team = two();
    let phone = team.log_in("ben");
    calm(&mut team);
    let said = Rc::new(Cell::new(0));
    let count = said.clone();
    team.malice.intercept(move |_, frame| match frame.answer {
        Some(Answer::MustRemove(_)) => vec![],
        _ => vec![frame],
    });
    let refused = Rc::new(Cell::new(false));
    let refusing = refused.clone();
    team.malice.answer(move |device, request| match request {
        Request::Commit(_) if !refusing.get() => {
            Some(Answer::Refused(Refusal::new(Code::Rejected, "no").into()))
        }
        Request::Publish(_) if device == ANA && !refusing.get() => {
            count.set(count.get() + 1);
            None
        }
        _ => None,
    });
    team.revoke(BEN, phone);
    team.run();
    team.say(ANA, "#general", "not for the lost phone");
    team.run();
    assert!(team.malice.acts() > 1, "a request to remove was dropped, and the removal refused");
    assert_eq!(said.get(), 0, "nothing went out");
    assert_eq!(delivery(&team, ANA, "#general", "not for the lost phone"), Delivery::Queued);
    alarm(&mut team, ANA, "is still in this room");
    // As soon as the removal is taken, what was typed goes out.
    refused.set(true);
    team.cut(ANA);
    team.connect(ANA);
    team.run();
    assert_eq!(delivery(&team, ANA, "#general", "not for the lost phone"), Delivery::Sent);
    assert!(!said_to(&team, phone).iter().any(|line| line.contains("lost phone")));
}

fn said_to(team: &Team, device: DeviceNumber) -> Vec<String> {
    said(team, device, "#general")
}
