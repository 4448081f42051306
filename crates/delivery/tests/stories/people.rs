//! Roles, invites, deactivation, and what the server knows.

use securechat_delivery::{Wake, people};
use securechat_ids::UserId;
use securechat_proto::http::{self, Role};
use securechat_proto::{Code, Refusal};

use crate::world::{HOUR_MS, Person, World, code_of};

fn set_role(world: &World, by: &Person, whom: &UserId, role: Role) -> Result<(), Refusal> {
    let (by, request) = (by.asker(), http::SetRole { user_id: *whom, role });
    world.write(move |tx| people::set_role(tx, &by, &request)).map(|outcome| outcome.answer)
}

fn role_of(world: &World, user: &UserId) -> Role {
    let users = world.read(|tx| people::users(tx)).unwrap();
    users.into_iter().find(|shown| shown.user_id == *user).unwrap().role
}

#[test]
fn only_the_owner_gives_roles_and_hands_the_team_over_wholly() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    let cas = world.member("cas", &ana);
    assert_eq!(code_of(set_role(&world, &ben, &ben.user, Role::Admin)), Code::Forbidden);
    set_role(&world, &ana, &ben.user, Role::Admin).unwrap();
    assert_eq!(code_of(set_role(&world, &ben, &cas.user, Role::Admin)), Code::Forbidden);
    assert_eq!(code_of(set_role(&world, &ana, &ana.user, Role::Member)), Code::Conflict);
    assert_eq!(code_of(set_role(&world, &ana, &UserId::from_bytes([9; 16]), Role::Admin)), Code::NotFound);
    set_role(&world, &ana, &cas.user, Role::Owner).unwrap();
    assert_eq!(
        [&ana, &ben, &cas].map(|person| role_of(&world, &person.user)),
        [Role::Admin, Role::Admin, Role::Owner]
    );
    assert_eq!(
        code_of(set_role(&world, &ana, &ana.user, Role::Owner)),
        Code::Forbidden,
        "a session's old role counts for nothing"
    );
}

#[test]
fn members_make_no_invites_and_admins_no_admins() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    assert_eq!(code_of(world.invite(&ben.asker(), Role::Member, 1)), Code::Forbidden);
    set_role(&world, &ana, &ben.user, Role::Admin).unwrap();
    world.invite(&ben.asker(), Role::Member, 1).unwrap();
    assert_eq!(code_of(world.invite(&ben.asker(), Role::Admin, 1)), Code::Forbidden);
    assert_eq!(code_of(world.invite(&ana.asker(), Role::Owner, 1)), Code::Forbidden);
    assert_eq!(code_of(world.invite(&ana.asker(), Role::Member, 0)), Code::BadRequest);
    assert_eq!(code_of(world.invite(&ana.asker(), Role::Member, 10_001)), Code::BadRequest);
    world.limits.invites_max = 2;
    world.invite(&ana.asker(), Role::Member, 1).unwrap();
    assert_eq!(code_of(world.invite(&ana.asker(), Role::Member, 1)), Code::LimitReached);
    world.later(2 * HOUR_MS);
    world.invite(&ana.asker(), Role::Member, 1).unwrap();
}

#[test]
fn a_revoked_invite_lets_nobody_in_and_a_listed_one_shows_no_code() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    let made = world.invite(&ana.asker(), Role::Member, 5).unwrap();
    let listed = world.read(|tx| people::invites(tx, &ana.asker(), world.now)).unwrap();
    assert_eq!(listed, [http::Invite { code: None, ..made.clone() }]);
    assert_eq!(code_of(world.read(|tx| people::invites(tx, &ben.asker(), world.now))), Code::Forbidden);
    let revoke = |by: &Person| {
        let (by, request) = (by.asker(), http::RevokeInvite { id: made.id.clone() });
        world.write(move |tx| people::revoke_invite(tx, &by, &request))
    };
    assert_eq!(code_of(revoke(&ben)), Code::Forbidden);
    revoke(&ana).unwrap();
    assert_eq!(code_of(revoke(&ana)), Code::NotFound);
    let (_, genesis) = Person::new(&mut world, "cas");
    let late = crate::world::registration("cas", made.code.unwrap(), &genesis);
    assert_eq!(code_of(world.register(late)), Code::InviteInvalid);
}

#[test]
fn a_deactivated_person_is_out_and_is_told_so_only_after_proof() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    let ticket = world.log_in("ben").unwrap().ticket;
    let wakes = world.deactivate(&ana.asker(), &ben.user).unwrap();
    let ended = vec![ben.devices[0].id];
    assert_eq!(wakes, [Wake::EndSessions { devices: ended, code: Code::Deactivated }]);
    assert!(world.find(&ben.devices[0].token).is_none());
    assert_eq!(code_of(world.prove(&ben.devices[0])), Code::Deactivated, "the device proved itself");
    let nonce = world.challenge(&ben.devices[0].id);
    let unproved = world.prove_with(&ben.devices[0].id, &nonce, &[0; 64]);
    assert_eq!(code_of(unproved), Code::WrongCredentials);
    assert_eq!(world.log_in("ben").err().unwrap().code, Code::Deactivated, "the password was verified");
    let mut ben = ben;
    let link = ben.add_link(&mut world);
    assert_eq!(code_of(world.add_device(&ticket, &link)), Code::Unauthenticated);
    world.deactivate(&ana.asker(), &ben.user).unwrap();
    assert!(!world.read(|tx| people::users(tx)).unwrap().iter().any(|u| u.user_id == ben.user && u.active));
}

#[test]
fn nobody_deactivates_the_owner_and_admins_not_each_other() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let [ben, cas, dan] = ["ben", "cas", "dan"].map(|name| world.member(name, &ana));
    for admin in [&ben, &cas] {
        set_role(&world, &ana, &admin.user, Role::Admin).unwrap();
    }
    for (by, whom) in [(&ben, &ana), (&ana, &ana), (&ben, &cas), (&ben, &ben), (&dan, &dan)] {
        assert_eq!(code_of(world.deactivate(&by.asker(), &whom.user)), Code::Forbidden);
    }
    world.deactivate(&ben.asker(), &dan.user).unwrap();
    world.deactivate(&ana.asker(), &cas.user).unwrap();
    let nobody = UserId::from_bytes([9; 16]);
    assert_eq!(code_of(world.deactivate(&ana.asker(), &nobody)), Code::NotFound);
}

#[test]
fn a_report_says_what_the_server_knows() {
    let mut world = World::new();
    let mut ana = world.owner("ana");
    world.second_device(&mut ana);
    world.prove(&ana.devices[0]).unwrap();
    let report = world.read(|tx| people::report(tx, &ana.asker(), world.now)).unwrap();
    assert_eq!(report.user.user_name, "ana");
    assert_eq!((report.devices.len(), report.sessions.len(), report.chain_links.len()), (2, 3, 2));
    assert_eq!(report.vault_bytes, 200);
    assert!(report.rooms.is_empty());
}

#[test]
fn owner_and_admins_see_how_many_there_are_and_members_do_not() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let [ben, cas] = ["ben", "cas"].map(|name| world.member(name, &ana));
    let counts = |world: &World, by: &Person| world.read(|tx| people::overview(tx, &by.asker(), world.now));
    assert_eq!(code_of(counts(&world, &ben)), Code::Forbidden);
    set_role(&world, &ana, &ben.user, Role::Admin).unwrap();
    let invites = counts(&world, &ben).unwrap().invites;
    world.invite(&ana.asker(), Role::Member, 5).unwrap();
    let seen = counts(&world, &ben).unwrap();
    assert_eq!(seen, people::Counts { people: 3, rooms: 0, invites: invites + 1 });
    world.deactivate(&ana.asker(), &cas.user).unwrap();
    world.later(2 * HOUR_MS);
    let seen = counts(&world, &ana).unwrap();
    assert_eq!((seen.people, seen.invites), (2, 0), "neither who has gone nor what has ended");
}
