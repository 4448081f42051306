//! Logging in, proving a device, passwords and vaults.

use ed25519_dalek::Signer as _;
use securechat_delivery::{Limits, Secrets, Wake, accounts, sessions};
use securechat_proto::Code;
use securechat_proto::http;

use crate::world::{HOUR_MS, World, code_of, parameters};

const DAY_MS: u64 = 24 * HOUR_MS;

#[test]
fn unknown_names_get_parameters_that_never_change_and_differ() {
    let mut world = World::new();
    world.owner("ana");
    let secrets = Secrets { parameters_key: [3; 32] };
    let ask = |name: &str| world.read(|tx| accounts::parameters_for(tx, &secrets, name)).unwrap();
    assert_eq!(ask("Ana"), parameters(7));
    assert_eq!(ask("nobody"), ask("NOBODY"));
    assert_ne!(ask("nobody").salt, ask("somebody").salt);
    assert_eq!((ask("nobody").memory_kib, ask("nobody").passes), (65_536, 3));
    assert_eq!(ask("no\nbody").salt.0.len(), 16, "impossible names too");
    let other = Secrets { parameters_key: [4; 32] };
    let elsewhere = world.read(|tx| accounts::parameters_for(tx, &other, "nobody")).unwrap();
    assert_ne!(elsewhere.salt, ask("nobody").salt);
    for name in ["nobody", "no:body", ""] {
        assert_eq!(world.read(|tx| accounts::password_record(tx, name)).unwrap(), None);
    }
}

#[test]
fn a_log_in_hands_out_what_unlocks_the_vault_and_a_ticket_for_one_device() {
    let mut world = World::new();
    let mut ana = world.owner("ana");
    let logged_in = world.log_in("ana").unwrap();
    assert_eq!(logged_in.sealed_share, [5; 60]);
    assert_eq!(logged_in.vault, http::Vault { version: 1, sealed: vec![8; 200].into() });
    assert_eq!(logged_in.chain.len(), 1);
    let link = ana.add_link(&mut world);
    let session = world.add_device(&logged_in.ticket, &link).unwrap().answer;
    ana.took(&link, &session);
    assert_eq!(world.find(&session.token), Some(ana.devices[1].asker));
    let another = ana.add_link(&mut world);
    assert_eq!(code_of(world.add_device(&logged_in.ticket, &another)), Code::Unauthenticated);
    assert_eq!(world.log_in("ana").unwrap().chain.len(), 2);
}

#[test]
fn a_ticket_is_good_for_ten_minutes() {
    let mut world = World::new();
    let mut ana = world.owner("ana");
    let ticket = world.log_in("ana").unwrap().ticket;
    let link = ana.add_link(&mut world);
    world.later(10 * 60 * 1_000);
    assert_eq!(code_of(world.add_device(&ticket, &link)), Code::Unauthenticated);
}

#[test]
fn a_link_that_does_not_continue_the_chain_is_a_conflict_and_costs_no_ticket() {
    let mut world = World::new();
    let mut ana = world.owner("ana");
    let stale = ana.add_link(&mut world);
    world.second_device(&mut ana);
    let ticket = world.log_in("ana").unwrap().ticket;
    assert_eq!(code_of(world.add_device(&ticket, &stale)), Code::Conflict);
    let link = ana.add_link(&mut world);
    world.add_device(&ticket, &link).unwrap();
}

#[test]
fn a_device_added_by_a_stranger_or_to_a_stranger_is_rejected() {
    let mut world = World::new();
    let mut ana = world.owner("ana");
    let mut ben = world.member("ben", &ana);
    let ticket = world.log_in("ana").unwrap().ticket;
    let to_ben = ben.add_link(&mut world);
    assert_eq!(code_of(world.add_device(&ticket, &to_ben)), Code::Conflict);
    let good = ana.add_link(&mut world);
    let by_ben = ana.sign(good.link().op.clone(), &ben.devices[0].key);
    assert_eq!(code_of(world.add_device(&ticket, &by_ben)), Code::Rejected);
    world.add_device(&ticket, &good).unwrap();
}

#[test]
fn eight_devices_are_enough() {
    let mut world = World::new();
    let mut ana = world.owner("ana");
    for _ in 1..8 {
        world.second_device(&mut ana);
    }
    let ticket = world.log_in("ana").unwrap().ticket;
    let ninth = ana.add_link(&mut world);
    assert_eq!(code_of(world.add_device(&ticket, &ninth)), Code::LimitReached);
    world.revoke(&mut ana, 0, 3).unwrap();
    let ninth = ana.add_link(&mut world);
    world.add_device(&ticket, &ninth).unwrap();
}

#[test]
fn a_device_proves_itself_once_per_nonce_within_a_minute() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let device = &ana.devices[0];
    let session = world.prove(device).unwrap();
    assert_eq!(world.find(&session.token), Some(device.asker));
    assert_ne!(session.token, device.token);

    let nonce = world.challenge(&device.id);
    let server = world.identity.server_id;
    let signature = device.key.sign(&http::session_challenge(&server, &device.id, &nonce)).to_bytes();
    let stranger = ana.recovery.sign(&http::session_challenge(&server, &device.id, &nonce)).to_bytes();
    assert_eq!(code_of(world.prove_with(&device.id, &nonce, &stranger)), Code::WrongCredentials);
    world.prove_with(&device.id, &nonce, &signature).unwrap();
    assert_eq!(code_of(world.prove_with(&device.id, &nonce, &signature)), Code::WrongCredentials);

    let nonce = world.challenge(&device.id);
    let signature = device.key.sign(&http::session_challenge(&server, &device.id, &nonce)).to_bytes();
    world.later(60_000);
    assert_eq!(code_of(world.prove_with(&device.id, &nonce, &signature)), Code::WrongCredentials);
}

#[test]
fn a_nonce_is_for_the_device_that_asked() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let ben = world.member("ben", &ana);
    let nonce = world.challenge(&ana.devices[0].id);
    let device = &ben.devices[0];
    let signed = http::session_challenge(&world.identity.server_id, &device.id, &nonce);
    let signature = device.key.sign(&signed).to_bytes();
    assert_eq!(code_of(world.prove_with(&device.id, &nonce, &signature)), Code::WrongCredentials);
    let nobody = securechat_ids::DeviceId::from_bytes([0xee; 16]);
    assert_eq!(world.challenge(&nobody).len(), 32, "an unknown device looks the same");
}

#[test]
fn a_session_ends_after_thirty_quiet_days_and_by_logging_out() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let token = ana.devices[0].token.clone();
    let hash = sessions::token_hash(&token.0);
    world.later(29 * DAY_MS);
    let (now, limits) = (world.now, Limits::default());
    world.write(move |tx| sessions::note_use(tx, &hash, now, &limits)).unwrap();
    world.later(29 * DAY_MS);
    assert!(world.find(&token).is_some(), "used meanwhile");
    world.restart();
    assert!(world.find(&token).is_some(), "a restart ends no session");
    world.later(DAY_MS);
    assert!(world.find(&token).is_none());

    let session = world.prove(&ana.devices[0]).unwrap();
    let hash = sessions::token_hash(&session.token.0);
    world.write(move |tx| sessions::logout(tx, &hash)).unwrap();
    assert!(world.find(&session.token).is_none());
}

#[test]
fn the_oldest_of_too_many_sessions_gives_way() {
    let mut world = World::new();
    world.limits.sessions_per_user_max = 3;
    let ana = world.owner("ana");
    let mut tokens = vec![ana.devices[0].token.clone()];
    for _ in 0..3 {
        world.later(1);
        tokens.push(world.prove(&ana.devices[0]).unwrap().token);
    }
    let open: Vec<bool> = tokens.iter().map(|token| world.find(token).is_some()).collect();
    assert_eq!(open, [false, true, true, true]);
}

#[test]
fn a_password_changes_wholly_or_not_at_all() {
    let mut world = World::new();
    let mut ana = world.owner("ana");
    world.second_device(&mut ana);
    let ticket = world.log_in("ana").unwrap().ticket;
    let change = |version| http::ChangePassword {
        auth: http::Secret("old".into()),
        new_parameters: parameters(9),
        new_auth: http::Secret("new".into()),
        new_share: vec![6; 32].into(),
        new_vault: http::Vault { version, sealed: vec![1; 10].into() },
        end_other_sessions: true,
    };
    let asker = ana.asker();
    let run = |request: http::ChangePassword| {
        world.write(move |tx| {
            let limits = Limits::default();
            accounts::change_password(tx, &asker, &request, "$2b$new".into(), vec![6; 60], &limits)
        })
    };
    assert_eq!(code_of(run(change(3))), Code::Conflict);
    let mut weird = change(2);
    weird.new_parameters.salt = vec![1; 15].into();
    assert_eq!(code_of(run(weird)), Code::BadRequest);
    let user = ana.user;
    let hash = || world.read(|tx| accounts::password_hash_of(tx, &user)).unwrap();
    assert_eq!(hash(), "$2b$hash");
    assert!(world.find(&ana.devices[1].token).is_some());

    let wakes = run(change(2)).unwrap().wakes;
    assert_eq!(hash(), "$2b$new");
    let others = vec![ana.devices[1].id];
    assert_eq!(wakes, [Wake::EndSessions { devices: others, code: Code::Unauthenticated }]);
    assert!(world.find(&ana.devices[0].token).is_some());
    assert!(world.find(&ana.devices[1].token).is_none());
    assert_eq!(world.read(|tx| accounts::vault(tx, &asker)).unwrap().version, 2);
    let link = ana.add_link(&mut world);
    assert_eq!(code_of(world.add_device(&ticket, &link)), Code::Unauthenticated, "the old password's ticket");
}

#[test]
fn a_vault_is_replaced_by_its_next_version_and_not_by_a_giant() {
    let mut world = World::new();
    let asker = world.owner("ana").asker();
    let put = |version, bytes| {
        let vault = http::Vault { version, sealed: vec![2; bytes].into() };
        world.write(move |tx| accounts::put_vault(tx, &asker, &vault, &Limits::default()))
    };
    put(2, 100).unwrap();
    assert_eq!(code_of(put(2, 100)), Code::Conflict);
    assert_eq!(code_of(put(3, 16 * 1024 + 1)), Code::TooLarge);
    put(3, 16 * 1024).unwrap();
}
