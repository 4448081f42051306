//! Saying something: order, idempotency, epochs, and what a server can check of what it cannot read.

use securechat_delivery::{Wake, people};
use securechat_mls::{Join, Kind, Policy, dm_room};
use securechat_mls_member::Change;
use securechat_proto::Code;
use securechat_proto::frame::{Event, EventKind};

use crate::phone::{Phone, message, room, saying};
use crate::world::{World, code_of};

/// Ana and Ben in one room, each with one device.
fn two() -> (World, Phone, Phone) {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    let (a, b) = (Phone::of(&ana, 0), Phone::of(&ben, 0));
    world.stock(&b, 3);
    world.room(&a, room(1));
    world.add(&a, room(1), &[ben.user]);
    world.welcome(&b);
    (world, a, b)
}

fn event_of(wakes: &[Wake]) -> (&Event, &[securechat_ids::DeviceId]) {
    let found = wakes.iter().find_map(|wake| {
        let Wake::Event { event, to, .. } = wake else { return None };
        Some((event, to.as_slice()))
    });
    found.unwrap()
}

#[test]
fn what_one_says_the_other_reads_in_order_and_without_gaps() {
    let (mut world, a, b) = two();
    for n in 1..=5 {
        world.later(7);
        let outcome = world.say(if n % 2 == 0 { &a } else { &b }, room(1), message(n), &[n]).unwrap();
        assert_eq!((outcome.answer.seq, outcome.answer.time_ms), (1 + u64::from(n), world.now.0));
        let (event, to) = event_of(&outcome.wakes);
        assert_eq!(to, [a.id(), b.id()]);
        assert_eq!(event.seq, outcome.answer.seq);
    }
    let page = world.fetch(&b, room(1), 1).unwrap();
    assert_eq!(page.head_seq, 6);
    assert_eq!(page.events.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(page.events[0].kind, i32::from(EventKind::Commit));
    assert_eq!(b.read(&page.events[2]), [2]);
    assert_eq!(b.read(&page.events[4]), [4]);
    assert_eq!(page.events[2].body, vec![0xb0; 20]);
    assert_eq!(world.fetch(&b, room(1), 6).unwrap().events, page.events[5..]);
}

#[test]
fn sent_again_it_has_the_place_it_had_even_after_the_epoch_has_moved() {
    let (mut world, a, b) = two();
    let first = world.say(&b, room(1), message(1), b"hello").unwrap().answer;
    world.change(&a, room(1), &Change::default()).unwrap();
    b.sync(&world, room(1));
    world.later(1_000);
    let again = world.say(&b, room(1), message(1), b"hello, encrypted anew").unwrap();
    assert_eq!(again.answer, first);
    assert!(again.wakes.is_empty(), "nobody hears it twice");
    assert_eq!(world.fetch(&a, room(1), 1).unwrap().head_seq, 3);
    // The same id from another device or in another room is another message.
    let by_ana = world.say(&a, room(1), message(1), b"mine").unwrap().answer;
    assert_eq!(by_ana.seq, 4);
    world.room(&b, room(2));
    assert_eq!(world.say(&b, room(2), message(1), b"elsewhere").unwrap().answer.seq, 1);
}

#[test]
fn a_commit_sent_again_is_the_commit_it_was() {
    let (world, a, _) = two();
    let staged = a.stage(room(1), &Change::default());
    let first = world.commit(&a, room(1), 1, message(9), &staged).unwrap().answer;
    assert_eq!((first.seq, first.epoch), (2, 2));
    let again = world.commit(&a, room(1), 1, message(9), &staged).unwrap();
    assert_eq!(again.answer, first);
    assert!(again.wakes.is_empty());
    let mut as_message = saying_raw(&a);
    as_message.message_id = message(9).as_bytes().to_vec().into();
    assert_eq!(code_of(world.publish_raw(&a, as_message)), Code::Conflict);
}

fn saying_raw(by: &Phone) -> securechat_proto::frame::Publish {
    by.discard_own(room(1));
    saying(by, room(1), message(50), b"x")
}

#[test]
fn what_was_said_before_an_epoch_is_refused_with_where_the_room_is() {
    let (mut world, a, b) = two();
    world.say(&a, room(1), message(1), b"one").unwrap();
    world.change(&a, room(1), &Change::default()).unwrap();
    let refusal = world.say(&b, room(1), message(2), b"late").unwrap_err();
    assert_eq!((refusal.code, refusal.epoch, refusal.head_seq), (Code::StaleEpoch, 2, 3));
    assert_eq!(world.fetch(&a, room(1), 1).unwrap().head_seq, 3, "nothing was appended");
    b.sync(&world, room(1));
    assert_eq!(world.say(&b, room(1), message(2), b"late").unwrap().answer.seq, 4);
}

#[test]
fn a_message_says_the_room_and_epoch_it_was_made_for() {
    let (mut world, a, b) = two();
    world.room(&b, room(2));
    let mut elsewhere = saying(&b, room(2), message(1), b"x");
    elsewhere.room = room(1).as_bytes().to_vec().into();
    elsewhere.base_epoch = 1;
    assert_eq!(code_of(world.publish_raw(&b, elsewhere)), Code::Rejected);
    let mut old = saying(&b, room(1), message(2), b"x");
    world.change(&a, room(1), &Change::default()).unwrap();
    old.base_epoch = 2;
    assert_eq!(code_of(world.publish_raw(&b, old)), Code::Rejected);
    b.sync(&world, room(1));
    let mut garbage = saying(&b, room(1), message(3), b"x");
    garbage.mls = vec![1; 100].into();
    assert_eq!(code_of(world.publish_raw(&b, garbage)), Code::Rejected);
}

#[test]
fn a_message_is_no_larger_than_it_may_be_and_ids_are_ids() {
    let (world, a, _) = two();
    let mut large = saying(&a, room(1), message(1), b"x");
    large.body = vec![0; world.limits.message_bytes_max - large.mls.len() + 1].into();
    assert_eq!(code_of(world.publish_raw(&a, large.clone())), Code::TooLarge);
    large.body = large.body.slice(1..);
    world.publish_raw(&a, large.clone()).unwrap();
    large.message_id = vec![1; 15].into();
    assert_eq!(code_of(world.publish_raw(&a, large.clone())), Code::BadRequest);
    large.room = vec![7; 16].into();
    large.message_id = message(2).as_bytes().to_vec().into();
    assert_eq!(code_of(world.publish_raw(&a, large)), Code::NotMember, "no such room looks like no right");
}

#[test]
fn of_two_who_commit_at_once_one_wins() {
    let (world, a, b) = two();
    let (by_a, by_b) = (a.stage(room(1), &Change::default()), b.stage(room(1), &Change::default()));
    std::thread::scope(|scope| {
        let both = [(&a, &by_a, 1), (&b, &by_b, 2)].map(|(phone, staged, id)| {
            let (asker, now, limits, store) =
                (phone.asker, world.now, world.limits.clone(), world.store.as_ref().unwrap());
            let request = securechat_proto::frame::Commit {
                room: room(1).as_bytes().to_vec().into(),
                base_epoch: 1,
                message_id: message(id).as_bytes().to_vec().into(),
                commit: staged.commit.clone().into(),
                group_info: staged.group_info.clone().into(),
                welcome: Default::default(),
                link: Default::default(),
            };
            scope.spawn(move || {
                let (tell, told) = std::sync::mpsc::channel();
                let run = move |tx: &mut dyn securechat_delivery::Tx| {
                    securechat_delivery::rooms::commit(tx, &asker, request, now, &limits)
                };
                securechat_delivery::write_with(store, run, move |result| tell.send(result).unwrap())
                    .unwrap();
                told.recv().unwrap()
            })
        });
        let results = both.map(|thread| thread.join().unwrap());
        let refused: Vec<_> = results.into_iter().filter_map(Result::err).collect();
        assert_eq!(refused.len(), 1);
        assert_eq!(refused.into_iter().next().unwrap().into_refusal().code, Code::StaleEpoch);
    });
    let page = world.fetch(&a, room(1), 1).unwrap();
    assert_eq!(page.events.len(), 2, "one commit per epoch");
}

#[test]
fn a_room_is_made_once_by_its_only_leaf() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    let (a, b) = (Phone::of(&ana, 0), Phone::of(&ben, 0));
    let policy = a.policy(Kind::Channel, Join::Invite);
    let founding = a.found(room(1), &policy);
    assert_eq!(code_of(world.create(&a, room(2), &founding, false)), Code::Rejected, "another room's");
    assert_eq!(code_of(world.create(&b, room(1), &founding, false)), Code::Rejected, "another's leaf");
    world.create(&a, room(1), &founding, false).unwrap();
    world.create(&a, room(1), &founding, false).unwrap();
    let rival = b.found(room(1), &b.policy(Kind::Channel, Join::Invite));
    assert_eq!(code_of(world.create(&b, room(1), &rival, false)), Code::Conflict);
    let for_ben = Policy::new(Kind::Channel, policy.history, Join::Invite, ben.user);
    let odd = a.found(room(3), &for_ben);
    assert_eq!(code_of(world.create(&a, room(3), &odd, false)), Code::Rejected, "made in another's name");
    let open_dm = a.found(room(4), &a.policy(Kind::Dm, Join::Open));
    assert_eq!(code_of(world.create(&a, room(4), &open_dm, false)), Code::Rejected);
    let server = world.identity.server_id;
    let pair = dm_room(&server, &ana.user, &ben.user);
    let squat = a.found(pair, &policy);
    assert_eq!(code_of(world.create(&a, pair, &squat, false)), Code::Rejected, "a channel in a pair's place");
    let elsewhere = a.found(room(6), &a.policy(Kind::Dm, Join::Invite));
    assert_eq!(code_of(world.create(&a, room(6), &elsewhere, false)), Code::Rejected, "not a pair's place");
    let eva = world.member("eva", &ana);
    let e = Phone::of(&eva, 0);
    let other_people = e.found(pair, &e.policy(Kind::Dm, Join::Invite));
    assert_eq!(code_of(world.create(&e, pair, &other_people, false)), Code::Rejected, "other people's place");
    world.limits.rooms_per_user_max = 1;
    let second = a.found(room(5), &policy);
    assert_eq!(code_of(world.create(&a, room(5), &second, false)), Code::LimitReached);
}

#[test]
fn a_restart_changes_nothing() {
    let (mut world, a, b) = two();
    let before = world.say(&a, room(1), message(1), b"before").unwrap().answer;
    world.restart();
    assert_eq!(world.say(&a, room(1), message(1), b"again").unwrap().answer, before);
    assert_eq!(world.say(&b, room(1), message(2), b"after").unwrap().answer.seq, before.seq + 1);
    world.change(&b, room(1), &Change::default()).unwrap();
    let ready = world.ready(&a);
    assert_eq!((ready.rooms[0].epoch, ready.rooms[0].head_seq), (2, 4));
    assert!(ready.rooms[0].device_is_member && ready.rooms[0].user_is_member);
    assert_eq!(ready.generation, world.identity.generation.as_bytes()[..]);
}

#[test]
fn a_report_counts_what_a_person_said() {
    let (world, _, b) = two();
    let request = saying(&b, room(1), message(1), b"x");
    let bytes = request.mls.len() + request.body.len();
    world.publish_raw(&b, request).unwrap();
    let report = world.read(|tx| people::report(tx, &b.asker, world.now)).unwrap();
    assert_eq!(report.rooms.len(), 1);
    assert_eq!((report.rooms[0].events, report.rooms[0].bytes), (1, bytes as u64));
}
