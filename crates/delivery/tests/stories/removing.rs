//! Going out of rooms: leaving, being removed, being revoked, being deactivated.

use securechat_delivery::Wake;
use securechat_proto::{Code, Refusal};

use crate::phone::{Phone, message, remove, room};
use crate::world::{Person, World, code_of};

/// Ana, Ben and Cas in one room by invitation.
fn three() -> (World, [Person; 3], [Phone; 3]) {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    let cas = world.member("cas", &ana);
    let people = [ana, ben, cas];
    let phones = people.each_ref().map(|person| Phone::of(person, 0));
    world.room(&phones[0], room(1));
    for n in [1, 2] {
        world.stock(&phones[n], 3);
    }
    world.add(&phones[0], room(1), &[people[1].user, people[2].user]);
    world.welcome(&phones[1]);
    world.welcome(&phones[2]);
    (world, people, phones)
}

fn must_commit<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Vec<u32> {
    let refusal = result.unwrap_err();
    assert_eq!(refusal.code, Code::MustCommit);
    refusal.leaves
}

#[test]
fn whoever_was_removed_says_and_hears_nothing_more() {
    let (mut world, _, [a, b, c]) = three();
    let leaf = a.leaf_of(room(1), b.id());
    let wakes = world.change(&a, room(1), &remove(&[leaf])).unwrap().wakes;
    assert!(wakes.contains(&Wake::RoomGone { room: room(1), to: vec![b.id()] }));
    let told =
        wakes.iter().find_map(|wake| if let Wake::Event { to, .. } = wake { Some(to.clone()) } else { None });
    assert_eq!(told, Some(vec![a.id(), c.id(), b.id()]), "the removed device hears of it, once");
    assert_eq!(code_of(world.say(&b, room(1), message(1), b"still here")), Code::NotMember);
    assert_eq!(code_of(world.fetch(&b, room(1), 1)), Code::NotMember);
    assert_eq!(code_of(world.group_of(&b, room(1))), Code::NotMember);
    assert!(world.ready(&b).rooms.is_empty());
    let said = world.say(&a, room(1), message(2), b"among us").unwrap();
    let Wake::Event { to, .. } = &said.wakes[0] else { panic!("an event") };
    assert_eq!(*to, [a.id(), c.id()]);
}

#[test]
fn nothing_is_said_while_somebody_is_to_be_removed() {
    let (mut world, mut people, [a, b, c]) = three();
    world.second_device(&mut people[1]);
    let wakes = world.revoke(&mut people[1], 1, 0).unwrap();
    let leaf = a.leaf_of(room(1), b.id());
    let to = vec![a.id(), c.id()];
    assert!(wakes.contains(&Wake::MustRemove { room: room(1), leaves: vec![leaf], to }));
    assert_eq!(must_commit(world.say(&a, room(1), message(1), b"hush")), [leaf]);
    assert_eq!(world.ready(&c).rooms[0].must_remove, [leaf]);
    // The revoked device itself is not in the room any more, whatever its MLS state says.
    assert_eq!(code_of(world.say(&b, room(1), message(2), b"psst")), Code::NotMember);
    let by_revoked = b.stage(room(1), &remove(&[]));
    assert!(matches!(
        code_of(world.commit(&b, room(1), 1, message(3), &by_revoked)),
        Code::NotMember | Code::Rejected
    ));
    // Any member removes it, admin or not.
    world.change(&c, room(1), &remove(&[leaf])).unwrap();
    a.sync(&world, room(1));
    world.say(&a, room(1), message(1), b"now").unwrap();
    assert!(world.ready(&c).rooms[0].must_remove.is_empty());
}

#[test]
fn a_member_who_is_no_admin_removes_only_who_is_due() {
    let (mut world, _, [a, b, c]) = three();
    let leaf = c.leaf_of(room(1), b.id());
    assert_eq!(code_of(world.change(&c, room(1), &remove(&[leaf]))), Code::Rejected);
    world.leave(&b, room(1)).unwrap();
    let both = [leaf, c.leaf_of(room(1), a.id())];
    assert_eq!(code_of(world.change(&c, room(1), &remove(&both))), Code::Rejected);
    world.change(&c, room(1), &remove(&[leaf])).unwrap();
}

#[test]
fn who_left_is_out_at_once_and_forgotten_once_removed() {
    let (mut world, _, [a, b, c]) = three();
    let wakes = world.leave(&b, room(1)).unwrap();
    let leaf = a.leaf_of(room(1), b.id());
    let to = vec![a.id(), c.id()];
    assert_eq!(
        wakes,
        [
            Wake::RoomGone { room: room(1), to: vec![b.id()] },
            Wake::MustRemove { room: room(1), leaves: vec![leaf], to },
        ]
    );
    assert!(world.leave(&b, room(1)).unwrap().is_empty(), "leaving again is done already");
    assert_eq!(code_of(world.say(&b, room(1), message(1), b"one more thing")), Code::NotMember);
    assert_eq!(code_of(world.fetch(&b, room(1), 1)), Code::NotMember);
    assert_eq!(code_of(world.enter(&b, room(1))), Code::NotMember);
    assert_eq!(must_commit(world.say(&a, room(1), message(2), b"hush")), [leaf]);
    let wakes = world.change(&a, room(1), &remove(&[leaf])).unwrap().wakes;
    assert!(!wakes.iter().any(|wake| matches!(wake, Wake::RoomGone { .. })), "they know");
    assert_eq!(code_of(world.leave(&b, room(1))), Code::NotMember);
    // Being added again is a new stay.
    let claimed = world.claim(&a, &[b.asker.user]).unwrap().packages[0].key_package.to_vec();
    let change = securechat_mls_member::Change { add: vec![claimed], ..Default::default() };
    world.change(&a, room(1), &change).unwrap();
    world.fetch(&b, room(1), 1).unwrap();
    c.sync(&world, room(1));
    world.say(&c, room(1), message(3), b"welcome back").unwrap();
}

#[test]
fn who_left_an_open_room_comes_back_by_themselves() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    let (a, b) = (Phone::of(&ana, 0), Phone::of(&ben, 0));
    world.open_room(&a, room(1));
    world.enter(&b, room(1)).unwrap();
    a.sync(&world, room(1));
    world.leave(&b, room(1)).unwrap();
    assert!(!must_commit(world.say(&a, room(1), message(1), b"hush")).is_empty());
    let as_if_inside = b.stage(room(1), &remove(&[]));
    let refused = world.commit(&b, room(1), 1, message(2), &as_if_inside);
    assert_eq!(code_of(refused), Code::NotMember, "who left joins anew or not at all");
    world.enter(&b, room(1)).unwrap();
    a.sync(&world, room(1));
    world.say(&a, room(1), message(1), b"back already").unwrap();
    assert!(world.ready(&b).rooms[0].device_is_member);
}

#[test]
fn whoever_was_deactivated_is_removed_everywhere_and_not_added_again() {
    let (mut world, people, [a, b, c]) = three();
    world.open_room(&b, room(2));
    world.enter(&a, room(2)).unwrap();
    let claimed = world.claim(&a, &[people[2].user]).unwrap().packages[0].key_package.to_vec();
    let wakes = world.deactivate(&people[0].asker(), &people[2].user).unwrap();
    let leaf = a.leaf_of(room(1), c.id());
    let to = vec![a.id(), b.id()];
    assert!(wakes.contains(&Wake::MustRemove { room: room(1), leaves: vec![leaf], to }));
    assert_eq!(must_commit(world.say(&b, room(1), message(1), b"hush")), [leaf]);
    world.change(&b, room(1), &remove(&[leaf])).unwrap();
    world.say(&b, room(1), message(1), b"so long").unwrap();
    assert!(world.claim(&a, &[people[2].user]).unwrap().packages.is_empty());
    a.sync(&world, room(1));
    let change = securechat_mls_member::Change { add: vec![claimed], ..Default::default() };
    let refusal = world.change(&a, room(1), &change).unwrap_err();
    assert_eq!(refusal.code, Code::Rejected);
    assert!(refusal.message.contains("vouches"), "{}", refusal.message);
}

#[test]
fn a_revoked_device_is_due_in_every_room() {
    let (mut world, mut people, [a, b, _]) = three();
    world.open_room(&b, room(2));
    world.enter(&a, room(2)).unwrap();
    world.second_device(&mut people[1]);
    let wakes = world.revoke(&mut people[1], 1, 0).unwrap();
    let rooms: Vec<_> = wakes
        .iter()
        .filter_map(|wake| {
            let Wake::MustRemove { room, leaves, .. } = wake else { return None };
            Some((*room, leaves.len()))
        })
        .collect();
    assert_eq!(rooms, [(room(1), 1), (room(2), 1)]);
    assert!(world.claim(&a, &[people[1].user]).unwrap().packages.is_empty(), "its key packages are gone");
    assert!(world.inbox(&b).is_empty());
    let (left, ended) = (securechat_delivery::rows::PackageUse::Once, b.id());
    let left = world.read(|tx| Ok(tx.count_key_packages(&ended, left, world.now)?)).unwrap();
    assert_eq!(left, 0, "nor are they kept");
}
