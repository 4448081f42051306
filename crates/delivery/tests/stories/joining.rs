//! Coming into rooms: added, by themselves, and who may not.

use securechat_delivery::Wake;
use securechat_mls::{Join, Kind, Member};
use securechat_mls_member::{Change, DeviceKey};
use securechat_proto::Code;

use crate::phone::{Phone, message, room};
use crate::world::{HOUR_MS, World, code_of};

#[test]
fn a_welcome_reaches_only_its_device() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let mut ben = world.member("ben", &ana);
    world.second_device(&mut ben);
    let cas = world.member("cas", &ana);
    let (a, c) = (Phone::of(&ana, 0), Phone::of(&cas, 0));
    let bens = [Phone::of(&ben, 0), Phone::of(&ben, 1)];
    for phone in bens.iter().chain([&c]) {
        world.stock(phone, 2);
    }
    world.room(&a, room(1));
    let wakes = world.add(&a, room(1), &[ben.user]);
    for phone in &bens {
        assert!(wakes.contains(&Wake::Inbox { device: phone.id() }));
        assert!(wakes.contains(&Wake::Joined { room: room(1), device: phone.id() }));
        let items = world.inbox(phone);
        assert_eq!((items.len(), items[0].epoch, items[0].seq), (1, 1, 1));
        world.welcome(phone);
        assert_eq!(phone.group(room(1)).epoch().0, 1);
    }
    assert!(world.inbox(&c).is_empty());
    assert!(world.inbox(&a).is_empty());
    let authenticators = bens.each_ref().map(|phone| phone.group(room(1)).epoch_authenticator());
    assert_eq!(authenticators[0], authenticators[1]);

    let up_to = world.inbox(&bens[0])[0].number;
    let asker = bens[0].asker;
    world
        .write(move |tx| {
            let request = securechat_proto::frame::AckInbox { up_to };
            securechat_delivery::inbox::ack(tx, &asker, &request)
        })
        .unwrap();
    assert!(world.inbox(&bens[0]).is_empty());
    assert_eq!(world.inbox(&bens[1]).len(), 1);
}

#[test]
fn a_welcome_that_does_not_fit_its_commit_takes_the_commit_with_it() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let [ben, cas] = ["ben", "cas"].map(|name| world.member(name, &ana));
    let (a, b, c) = (Phone::of(&ana, 0), Phone::of(&ben, 0), Phone::of(&cas, 0));
    world.stock(&b, 5);
    world.stock(&c, 5);
    world.room(&a, room(1));
    let stage = |world: &World, users: &[_]| {
        let packages = world.claim(&a, users).unwrap().packages;
        let add = packages.iter().map(|claimed| claimed.key_package.to_vec()).collect();
        a.stage(room(1), &Change { add, ..Change::default() })
    };
    let for_both = stage(&world, &[ben.user, cas.user]);
    a.discard_own(room(1));
    let mut for_ben = stage(&world, &[ben.user]);
    let good = for_ben.clone();
    for wrong in [None, for_both.welcome.clone(), Some(vec![1, 2, 3])] {
        for_ben.welcome = wrong;
        assert_eq!(code_of(world.commit(&a, room(1), 0, message(1), &for_ben)), Code::Rejected);
    }
    let mut other_info = good.clone();
    other_info.group_info = for_both.group_info;
    assert_eq!(code_of(world.commit(&a, room(1), 0, message(1), &other_info)), Code::Rejected);
    let mut other_commit = good.clone();
    let middle = other_commit.commit.len() / 2;
    other_commit.commit[middle] ^= 1;
    assert_eq!(code_of(world.commit(&a, room(1), 0, message(1), &other_commit)), Code::Rejected);
    assert!(world.inbox(&b).is_empty() && world.inbox(&c).is_empty());
    assert_eq!(world.ready(&a).rooms[0].epoch, 0, "nothing of it was kept");
    world.commit(&a, room(1), 0, message(1), &good).unwrap();
    assert_eq!(world.inbox(&b).len(), 1);
}

#[test]
fn a_tree_is_kept_for_two_weeks_for_those_inside() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let [ben, cas] = ["ben", "cas"].map(|name| world.member(name, &ana));
    let (a, b, c) = (Phone::of(&ana, 0), Phone::of(&ben, 0), Phone::of(&cas, 0));
    world.stock(&b, 1);
    world.room(&a, room(1));
    world.add(&a, room(1), &[ben.user]);
    world.change(&a, room(1), &Change::default()).unwrap();
    world.tree(&b, room(1), 1).unwrap();
    world.tree(&b, room(1), 2).unwrap();
    assert_eq!(code_of(world.tree(&b, room(1), 0)), Code::NotFound);
    assert_eq!(code_of(world.tree(&c, room(1), 1)), Code::NotMember);
    world.later(15 * 24 * HOUR_MS);
    world.change(&a, room(1), &Change::default()).unwrap();
    assert_eq!(code_of(world.tree(&b, room(1), 1)), Code::NotFound);
}

#[test]
fn everybody_joins_the_team_room_by_themselves() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let [ben, cas] = ["ben", "cas"].map(|name| world.member(name, &ana));
    let (a, b, c) = (Phone::of(&ana, 0), Phone::of(&ben, 0), Phone::of(&cas, 0));
    let by_ben = b.found(room(1), &b.policy(Kind::Channel, Join::Open));
    assert_eq!(code_of(world.create(&b, room(1), &by_ben, true)), Code::Forbidden);
    let closed = a.found(room(1), &a.policy(Kind::Channel, Join::Invite));
    assert_eq!(code_of(world.create(&a, room(1), &closed, true)), Code::Rejected);
    let open = a.found(room(2), &a.policy(Kind::Channel, Join::Open));
    world.create(&a, room(2), &open, true).unwrap();
    let second = a.found(room(3), &a.policy(Kind::Channel, Join::Open));
    assert_eq!(code_of(world.create(&a, room(3), &second, true)), Code::Conflict);

    let ready = world.ready(&b);
    assert_eq!(ready.team_room, room(2).as_bytes()[..]);
    assert_eq!((ready.rooms.len(), ready.rooms[0].user_is_member), (1, false));
    assert_eq!(code_of(world.fetch(&b, room(2), 1)), Code::NotMember, "not before joining");
    let wakes = world.enter(&b, room(2)).unwrap().wakes;
    assert!(wakes.contains(&Wake::Joined { room: room(2), device: b.id() }));
    assert!(world.ready(&b).rooms[0].device_is_member);
    world.enter(&c, room(2)).unwrap();
    for phone in [&a, &b] {
        phone.sync(&world, room(2));
    }
    world.say(&c, room(2), message(1), b"hello all").unwrap();
    let said = world.fetch(&a, room(2), 3).unwrap().events;
    assert_eq!(a.read(&said[0]), b"hello all");
}

#[test]
fn a_stranger_does_not_enter_a_room_by_invitation() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    let (a, b) = (Phone::of(&ana, 0), Phone::of(&ben, 0));
    world.room(&a, room(1));
    assert_eq!(code_of(world.group_of(&b, room(1))), Code::NotMember);
    // Even with what a member could have given away.
    let leaked = world.group_of(&a, room(1)).unwrap();
    let staged = b.join_by_commit(&leaked);
    assert_eq!(code_of(world.commit(&b, room(1), 0, message(1), &staged)), Code::NotMember);
    let relayed = world.commit(&a, room(1), 0, message(1), &staged);
    assert_eq!(code_of(relayed), Code::Rejected, "nor by a member's hand");
}

/// The author of an event is who the chain and MLS say, not whoever brings it.
#[test]
fn nobody_brings_a_commit_that_another_device_made() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let [ben, cas] = ["ben", "cas"].map(|name| world.member(name, &ana));
    let (a, b, c) = (Phone::of(&ana, 0), Phone::of(&ben, 0), Phone::of(&cas, 0));
    world.open_room(&a, room(1));
    world.enter(&b, room(1)).unwrap();
    a.sync(&world, room(1));
    let by_ana = a.stage(room(1), &Change::default());
    assert_eq!(code_of(world.commit(&b, room(1), 1, message(1), &by_ana)), Code::Rejected);
    let by_cas = c.join_by_commit(&world.group_of(&c, room(1)).unwrap());
    assert_eq!(code_of(world.commit(&b, room(1), 1, message(2), &by_cas)), Code::Rejected);
    world.commit(&c, room(1), 1, message(3), &by_cas).unwrap();
}

#[test]
fn a_new_device_of_a_member_enters_by_itself_and_again_after_losing_its_state() {
    let mut world = World::new();
    let mut ana = world.owner("ana");
    let first = Phone::of(&ana, 0);
    world.room(&first, room(1));
    world.second_device(&mut ana);
    let second = Phone::of(&ana, 1);
    let ready = world.ready(&second);
    assert_eq!((ready.rooms[0].user_is_member, ready.rooms[0].device_is_member), (true, false));
    world.enter(&second, room(1)).unwrap();
    let fresh = Phone::of(&ana, 1);
    let wakes = world.enter(&fresh, room(1)).unwrap().wakes;
    assert!(!wakes.iter().any(|wake| matches!(wake, Wake::RoomGone { .. })));
    first.sync(&world, room(1));
    assert_eq!(first.group(room(1)).leaves().len(), 2);
    world.say(&fresh, room(1), message(1), b"back").unwrap();
    let said = world.fetch(&first, room(1), 3).unwrap().events;
    assert_eq!(first.read(&said[0]), b"back");
}

/// A key that no chain knows, behind a true name: by the server's hand or by a thief of the session alone.
#[test]
fn a_device_that_no_chain_vouches_for_enters_nothing() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    let (a, b) = (Phone::of(&ana, 0), Phone::of(&ben, 0));
    world.open_room(&a, room(1));
    let forged = Phone::new(b.asker, DeviceKey::new(b.key.member(), &[66; 32]));
    assert_eq!(code_of(world.enter(&forged, room(1))), Code::Rejected);
    let other_root = Member { root16: [1; 16], ..b.key.member() };
    let forged = Phone::new(b.asker, DeviceKey::new(other_root, &ben.devices[0].key.to_bytes()));
    assert_eq!(code_of(world.enter(&forged, room(1))), Code::Rejected);
    world.enter(&b, room(1)).unwrap();
}

#[test]
fn a_room_has_as_many_leaves_as_it_may_have() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let [ben, cas] = ["ben", "cas"].map(|name| world.member(name, &ana));
    let (a, b, c) = (Phone::of(&ana, 0), Phone::of(&ben, 0), Phone::of(&cas, 0));
    world.open_room(&a, room(1));
    world.limits.leaves_per_room_max = 2;
    world.enter(&b, room(1)).unwrap();
    assert_eq!(code_of(world.enter(&c, room(1))), Code::LimitReached);
    world.limits.leaves_per_room_max = 3;
    world.limits.rooms_per_user_max = 0;
    assert_eq!(code_of(world.enter(&c, room(1))), Code::LimitReached);
}

#[test]
fn only_an_admin_of_the_room_adds_people() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let [ben, cas] = ["ben", "cas"].map(|name| world.member(name, &ana));
    let (a, b, c) = (Phone::of(&ana, 0), Phone::of(&ben, 0), Phone::of(&cas, 0));
    world.stock(&b, 1);
    world.stock(&c, 1);
    world.room(&a, room(1));
    world.add(&a, room(1), &[ben.user]);
    world.welcome(&b);
    let package = world.claim(&b, &[cas.user]).unwrap().packages[0].key_package.to_vec();
    let refused = world.change(&b, room(1), &Change { add: vec![package], ..Change::default() });
    assert_eq!(code_of(refused), Code::Rejected);
    assert!(world.inbox(&c).is_empty());
}
