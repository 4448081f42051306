//! Registering: codes, names, races.

use std::sync::{Arc, Barrier};

use securechat_delivery::{accounts, log, people, write_with};
use securechat_proto::Code;
use securechat_proto::frame::FetchLog;
use securechat_proto::http::Role;

use crate::world::{HOUR_MS, Person, Seed, World, code_of, registration};

#[test]
fn the_owner_code_makes_one_owner() {
    let mut world = World::new();
    assert!(world.read(|tx| Ok(people::needs_owner(tx)?)).unwrap());
    let code = world.owner_code().unwrap();
    let ana = world.person("Ana", code.clone());
    assert_eq!(ana.asker().role, Role::Owner);
    assert!(!world.read(|tx| Ok(people::needs_owner(tx)?)).unwrap());
    assert_eq!(world.owner_code(), None, "there is an owner");
    let (_, genesis) = Person::new(&mut world, "eve");
    assert_eq!(code_of(world.register(registration("eve", code, &genesis))), Code::InviteInvalid);
}

#[test]
fn an_owner_code_ends_after_thirty_minutes_and_with_the_next_one() {
    let mut world = World::new();
    let first = world.owner_code().unwrap();
    let second = world.owner_code().unwrap();
    let (_, genesis) = Person::new(&mut world, "ana");
    assert_eq!(code_of(world.register(registration("ana", first, &genesis))), Code::InviteInvalid);
    world.later(HOUR_MS / 2 - 1);
    let in_time = registration("ana", second.clone(), &genesis);
    let (now, limits) = (world.now, world.limits.clone());
    world.read(|tx| accounts::may_register(tx, &in_time, now, &limits)).unwrap();
    world.later(1);
    assert_eq!(code_of(world.register(registration("ana", second, &genesis))), Code::InviteInvalid);
}

/// The old project's second hole: two who register one name at once, from two threads, both being told yes.
#[test]
fn of_two_who_race_for_a_name_one_wins() {
    let mut world = World::new();
    let owner = world.owner("owner");
    let code = world.invite(&owner.asker(), Role::Member, 11).unwrap().code.unwrap();
    for round in 0..10_u64 {
        let name = format!("racer{round}");
        let gate = Arc::new(Barrier::new(2));
        let (tell, told) = std::sync::mpsc::channel();
        let requests = [0, 1].map(|_| {
            let (_, genesis) = Person::new(&mut world, &name);
            registration(&name, code.clone(), &genesis)
        });
        let (now, store) = (world.now, world.store.as_ref().unwrap());
        std::thread::scope(|scope| {
            for (n, request) in (0..).zip(requests) {
                let (gate, tell, limits) = (Arc::clone(&gate), tell.clone(), world.limits.clone());
                scope.spawn(move || {
                    gate.wait();
                    let run = move |tx: &mut dyn securechat_delivery::Tx| {
                        let mut rng = Seed(round * 2 + n);
                        accounts::register(tx, &request, "h".into(), vec![1], now, &mut rng, &limits)
                    };
                    write_with(store, run, move |result| tell.send(result).unwrap()).unwrap();
                });
            }
        });
        drop(tell);
        let (won, lost): (Vec<_>, Vec<_>) = told.iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 1));
        let refusal = lost.into_iter().next().unwrap().unwrap_err().into_refusal();
        assert_eq!(refusal.code, Code::NameTaken);
    }
    assert_eq!(world.read(|tx| people::users(tx)).unwrap().len(), 11);
    let invites = world.read(|tx| people::invites(tx, &owner.asker(), world.now)).unwrap();
    assert_eq!(invites[0].uses, 1, "the losers used nothing up");
}

/// The same hole without threads: both ask before either writes, as the server does around its slow hashing.
#[test]
fn who_was_told_yes_and_writes_second_is_refused_all_the_same() {
    let mut world = World::new();
    let owner = world.owner("owner");
    let code = world.invite(&owner.asker(), Role::Member, 2).unwrap().code.unwrap();
    let requests = [0, 1].map(|_| {
        let (_, genesis) = Person::new(&mut world, "racer");
        registration("racer", code.clone(), &genesis)
    });
    let (now, limits) = (world.now, world.limits.clone());
    for request in &requests {
        world.read(|tx| accounts::may_register(tx, request, now, &limits)).unwrap();
    }
    let [first, second] = requests;
    world.register(first).unwrap();
    assert_eq!(code_of(world.register(second)), Code::NameTaken);
    assert_eq!(world.read(|tx| people::users(tx)).unwrap().len(), 2);
}

/// The old project's first hole: a line break in a name wrote a second account.
#[test]
fn a_name_that_could_break_a_line_or_a_field_is_refused_before_any_row() {
    let mut world = World::new();
    let code = world.owner_code().unwrap();
    let (_, genesis) = Person::new(&mut world, "eve");
    for name in ["eve\nroot", "eve:hash", "", "eve\0", &"e".repeat(33), "évé"] {
        let refused = world.register(registration(name, code.clone(), &genesis));
        assert_eq!(code_of(refused), Code::BadRequest, "{name:?}");
    }
    assert!(world.read(|tx| people::users(tx)).unwrap().is_empty());
    assert_eq!(world.read(|tx| Ok(tx.log_size()?)).unwrap(), 0);
}

#[test]
fn a_name_is_the_same_whatever_its_capitals() {
    let mut world = World::new();
    let owner = world.owner("ana");
    let code = world.invite(&owner.asker(), Role::Member, 1).unwrap().code.unwrap();
    let (_, genesis) = Person::new(&mut world, "ana");
    assert_eq!(code_of(world.register(registration("ANA", code, &genesis))), Code::NameTaken);
}

#[test]
fn a_genesis_of_another_name_or_with_a_changed_byte_is_rejected() {
    let mut world = World::new();
    let code = world.owner_code().unwrap();
    let (_, genesis) = Person::new(&mut world, "ben");
    assert_eq!(code_of(world.register(registration("ana", code.clone(), &genesis))), Code::Rejected);
    let mut changed = registration("ben", code, &genesis);
    *changed.genesis.0.last_mut().unwrap() ^= 1;
    assert_eq!(code_of(world.register(changed)), Code::Rejected);
}

#[test]
fn an_invite_ends_with_its_uses_and_its_time() {
    let mut world = World::new();
    let owner = world.owner("ana");
    let invite = world.invite(&owner.asker(), Role::Admin, 2).unwrap();
    let code = invite.code.unwrap();
    assert_eq!(world.person("ben", code.clone()).asker().role, Role::Admin);
    world.person("cas", code.clone());
    let (_, genesis) = Person::new(&mut world, "dan");
    assert_eq!(code_of(world.register(registration("dan", code, &genesis))), Code::InviteInvalid);
    let code = world.invite(&owner.asker(), Role::Member, 1).unwrap().code.unwrap();
    world.later(HOUR_MS);
    assert_eq!(code_of(world.register(registration("dan", code, &genesis))), Code::InviteInvalid);
}

#[test]
fn without_a_code_nobody_learns_which_names_are_taken() {
    let mut world = World::new();
    world.owner("ana");
    let (_, genesis) = Person::new(&mut world, "ana");
    let guess = securechat_proto::http::Secret("guess".into());
    assert_eq!(code_of(world.register(registration("ana", guess, &genesis))), Code::InviteInvalid);
}

#[test]
fn the_log_holds_every_link_under_the_root_that_clients_compute() {
    let mut world = World::new();
    let owner = world.owner("ana");
    let mut ben = world.member("ben", &owner);
    for _ in 0..3 {
        world.second_device(&mut ben);
    }
    for name in ["cas", "dan", "eli"] {
        world.member(name, &owner);
    }
    let whole = world.read(|tx| log::fetch(tx, &FetchLog { from: 0 })).unwrap();
    assert_eq!((whole.size, whole.links.len()), (8, 8));
    let mut registry = securechat_chain::Registry::default();
    for (size, link) in (1..).zip(&whole.links) {
        registry.append(link).unwrap();
        let root = world.read(|tx| Ok(log::root_at(tx, size)?)).unwrap();
        assert_eq!(root, registry.root(), "at size {size}");
    }
    assert_eq!(whole.root, registry.root()[..]);
    let rest = world.read(|tx| log::fetch(tx, &FetchLog { from: 6 })).unwrap();
    assert_eq!(rest.links, whole.links[6..]);
    assert_eq!(rest.root, whole.root);
    assert_eq!(code_of(world.read(|tx| log::fetch(tx, &FetchLog { from: 9 }))), Code::BadRequest);
}

#[test]
fn a_team_has_as_many_accounts_as_it_may_have() {
    let mut world = World::new();
    world.limits.users_max = 1;
    let owner = world.owner("ana");
    let code = world.invite(&owner.asker(), Role::Member, 1).unwrap().code.unwrap();
    let (_, genesis) = Person::new(&mut world, "ben");
    assert_eq!(code_of(world.register(registration("ben", code, &genesis))), Code::LimitReached);
}
