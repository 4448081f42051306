//! The check of what is kept: quiet about a team that lived through something, and one sentence for each way of being broken.

use rusqlite::Connection;
use securechat_delivery::check::{Checked, check};
use securechat_mls_member::Change;

use crate::phone::{Phone, message, room};
use crate::world::World;

/// Two people, three devices, two rooms, messages in several epochs, one device revoked.
fn lived() -> World {
    let mut world = World::new();
    let ana = world.owner("ana");
    let mut ben = world.member("ben", &ana);
    world.second_device(&mut ben);
    let (a, b) = (Phone::of(&ana, 0), Phone::of(&ben, 0));
    world.stock(&b, 3);
    world.room(&a, room(1));
    world.room(&b, room(2));
    world.add(&a, room(1), &[ben.user]);
    world.welcome(&b);
    world.say(&a, room(1), message(1), b"one").unwrap();
    world.change(&a, room(1), &Change::default()).unwrap();
    b.sync(&world, room(1));
    world.say(&b, room(1), message(2), b"two").unwrap();
    world.revoke(&mut ben, 0, 1).unwrap();
    world
}

fn checked(world: &World) -> Checked {
    world.read(check).unwrap()
}

/// What a check says once this was done to the file behind the server's back.
fn said_after(damage: &str) -> Vec<String> {
    let world = lived();
    let other = Connection::open(world.file()).unwrap();
    other.execute_batch(damage).unwrap();
    checked(&world).problems
}

#[test]
fn a_team_that_lived_through_something_is_whole() {
    let whole = Checked { users: 2, rooms: 2, events: 4, links: 4, problems: Vec::new() };
    assert_eq!(checked(&lived()), whole);
}

#[test]
fn each_way_of_being_broken_has_its_sentence() {
    let second_commit = "(SELECT max(place) FROM events WHERE kind = 2)";
    for (damage, said) in [
        ("DELETE FROM meta WHERE key = 'generation'", "identity"),
        ("DELETE FROM events WHERE place = 1 << 32 | 2", "event 2 is missing"),
        ("DELETE FROM events WHERE place = 1 << 32 | 4", "does not end at its head 4"),
        ("UPDATE events SET epoch = 9 WHERE place = 1 << 32 | 2", "event 2 is of epoch 9"),
        ("UPDATE events SET device_id = zeroblob(16)", "of a device that nobody has"),
        ("UPDATE rooms SET epoch = 7 WHERE number = 1", "it is at epoch 7, and its commits lead to 2"),
        ("UPDATE rooms SET epoch = 7 WHERE number = 1", "its MLS group is that of another room or epoch"),
        (&format!("UPDATE events SET kind = 1 WHERE place = {second_commit}"), "is of epoch 2, where"),
        ("DELETE FROM groups WHERE room = 2", "its MLS group is missing"),
        ("UPDATE groups SET public = x'00' WHERE room = 2", "the stored room is unreadable"),
        ("DELETE FROM leaves WHERE room = 1 AND leaf_index = 1", "its leaves are not those"),
        ("UPDATE links SET bytes = x'ff' WHERE position = 2", "chain link 2 does not hold"),
        ("UPDATE links SET peak = zeroblob(32) WHERE position = 1", "root at 2 links is wrong"),
        ("DELETE FROM links WHERE position = 3", "the devices of @ben are not those on its chain"),
        ("DELETE FROM accounts WHERE name = 'ben'", "the chain of @ben belongs to no account"),
        ("UPDATE accounts SET root16 = zeroblob(16)", "does not agree with its chain"),
        ("UPDATE devices SET key = zeroblob(32)", "the devices of @ana are not those on its chain"),
        ("INSERT INTO meta VALUES ('team_room', zeroblob(16))", "the team's room is missing"),
    ] {
        let problems = said_after(damage);
        assert!(problems.iter().any(|problem| problem.contains(said)), "{damage}: {problems:?}");
    }
}
