//! Key packages: putting, claiming, running out.

use std::collections::BTreeSet;

use securechat_mls_member::DeviceKey;
use securechat_proto::Code;

use crate::phone::{Phone, room};
use crate::world::{HOUR_MS, World, code_of};

#[test]
fn each_key_package_is_handed_out_once_and_the_last_resort_again_and_again() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    let (a, b) = (Phone::of(&ana, 0), Phone::of(&ben, 0));
    let packages: Vec<_> = (0..3).map(|_| b.new_package(&world, false)).collect();
    let last = b.new_package(&world, true);
    assert_eq!(world.put(&b, packages.clone(), last.clone()), Ok(3));
    assert_eq!(world.put(&b, packages.clone(), last.clone()), Ok(3), "known ones are passed over");
    let ready = world.ready(&b);
    assert_eq!((ready.key_packages_left, ready.last_resort), (3, true));
    let claim = || world.claim(&a, &[ben.user]).unwrap().packages.remove(0).key_package.to_vec();
    let claimed: BTreeSet<_> = (0..3).map(|_| claim()).collect();
    assert_eq!(claimed, packages.into_iter().collect());
    assert_eq!([claim(), claim()], [last.clone(), last]);
    assert_eq!(world.ready(&b).key_packages_left, 0);
    let newer = b.new_package(&world, true);
    world.put(&b, vec![], newer.clone()).unwrap();
    assert_eq!(world.claim(&a, &[ben.user]).unwrap().packages[0].key_package, newer);
}

#[test]
fn a_forged_key_package_is_refused() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    let (a, b) = (Phone::of(&ana, 0), Phone::of(&ben, 0));
    let bens = b.new_package(&world, false);
    assert_eq!(code_of(world.put(&a, vec![bens.clone()], vec![])), Code::Rejected, "another's");
    let other_key = Phone::new(b.asker, DeviceKey::new(b.key.member(), &[66; 32]));
    let forged = other_key.new_package(&world, false);
    assert_eq!(code_of(world.put(&b, vec![forged], vec![])), Code::Rejected, "a key of no chain");
    let mut changed = bens.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    assert_eq!(code_of(world.put(&b, vec![bens.clone(), changed], vec![])), Code::Rejected);
    assert_eq!(world.ready(&b).key_packages_left, 0, "all or none");
    assert_eq!(code_of(world.put(&b, vec![b.new_package(&world, true)], vec![])), Code::Rejected);
    assert_eq!(code_of(world.put(&b, vec![], bens.clone())), Code::Rejected);
    assert_eq!(code_of(world.put(&b, vec![vec![0; 8 * 1024 + 1]], vec![])), Code::TooLarge);
    assert_eq!(world.put(&b, vec![bens], vec![]), Ok(1));
}

#[test]
fn a_device_keeps_as_many_key_packages_as_it_may_and_none_that_ended() {
    let mut world = World::new();
    world.limits.key_packages_max = 3;
    let ana = world.owner("ana");
    let mut ben = world.member("ben", &ana);
    let (a, b) = (Phone::of(&ana, 0), Phone::of(&ben, 0));
    world.stock(&b, 2);
    let two = [0, 1].map(|_| b.new_package(&world, false)).to_vec();
    assert_eq!(code_of(world.put(&b, two, vec![])), Code::LimitReached);
    let four = [0, 1, 2, 3].map(|_| b.new_package(&world, false)).to_vec();
    assert_eq!(code_of(world.put(&b, four, vec![])), Code::TooLarge);
    world.second_device(&mut ben);
    let own = world.claim(&Phone::of(&ben, 1), &[ben.user]).unwrap().packages;
    assert_eq!(own.len(), 1, "the own other device, not the asking one");
    world.later(90 * 24 * HOUR_MS);
    assert!(world.claim(&a, &[ben.user]).unwrap().packages.is_empty());
    assert_eq!(code_of(world.claim(&a, &[ben.user; 65])), Code::TooLarge);
    assert_eq!(
        world.claim(&a, &[ben.user, securechat_ids::UserId::from_bytes([9; 16])]).unwrap().packages,
        []
    );
}

/// A last-resort package that was replaced meanwhile still leads its Welcome home.
#[test]
fn a_welcome_for_a_replaced_last_resort_still_arrives() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    let (a, b) = (Phone::of(&ana, 0), Phone::of(&ben, 0));
    world.put(&b, vec![], b.new_package(&world, true)).unwrap();
    world.room(&a, room(1));
    let claimed = world.claim(&a, &[ben.user]).unwrap().packages[0].key_package.to_vec();
    world.put(&b, vec![], b.new_package(&world, true)).unwrap();
    let change = securechat_mls_member::Change { add: vec![claimed], ..Default::default() };
    world.change(&a, room(1), &change).unwrap();
    world.welcome(&b);
    assert_eq!(b.group(room(1)).epoch().0, 1);
}
