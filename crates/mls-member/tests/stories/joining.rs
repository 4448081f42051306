//! Joining by Welcome and by external commit.

use openmls::group::MlsGroupCreateConfig;
use openmls::prelude::{Capabilities, Ciphersuite, ExtensionType, Lifetime};
use securechat_ids::{Epoch, RoomId, UnixMillis};
use securechat_mls::{
    Author, History, Join, Kind, Policy, PublicRoom, check_key_package, profile, split_welcome,
};
use securechat_mls_member::{Change, DeviceKey, Group, Joining, MemberError, new_key_package};

use super::world::*;

#[test]
fn a_newcomer_joins_an_open_room_and_a_further_device_joins_a_closed_one() {
    for (join, user) in [(Join::Open, 9), (Join::Invite, 1)] {
        let (ana, mut server) = founded(Kind::Channel, join);
        let ben = Device::new(2, 2);
        let staged = ana.stage(&Change { add: vec![ben.key_package()], ..Change::default() });
        server.take(&staged).expect("adds");
        ana.accept_own();
        let newcomer = Device::new(user, 7);
        let external = join_by_commit(&newcomer, &server, &staged.group_info);
        server.take(&external).expect("joins");
        ana.accept(&external.commit);
        assert_eq!(ana.hear(&newcomer.say(b"here")).expect("decrypts"), b"here");
        assert_eq!(newcomer.hear(&ana.say(b"welcome")).expect("decrypts"), b"welcome");
    }
}

#[test]
fn a_stranger_does_not_join_a_closed_room() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let staged = ana.stage(&Change::default());
    server.take(&staged).expect("updates");
    ana.accept_own();
    let stranger = Device::new(9, 9);
    let external = join_by_commit(&stranger, &server, &staged.group_info);
    assert!(server.take(&external).is_err());
}

#[test]
fn a_device_that_lost_its_state_comes_back_under_its_own_leaf() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    let staged = ana.stage(&Change { add: vec![ben.key_package()], ..Change::default() });
    server.take(&staged).expect("adds");
    ana.accept_own();
    let leaves_before = server.room().leaves().len();
    // The Welcome arrives, and then something goes wrong.
    ben.join_by_welcome(&staged, &server);
    ben.stage(&Change::default());
    let rows = ben.rows();
    let missed = ana.stage(&Change::default());
    server.take(&missed).expect("updates");
    ana.accept_own();
    let external = join_by_commit(&ben, &server, &missed.group_info);
    assert_eq!(ben.rows(), rows, "the older state is gone");
    assert!(!ben.group().has_staged());
    server.take(&external).expect("resyncs");
    ana.accept(&external.commit);
    assert_eq!(server.room().leaves().len(), leaves_before);
    assert_eq!(ben.hear(&ana.say(b"again")).expect("decrypts"), b"again");
    // And can commit, so that the next one is not stuck.
    let next = ben.stage(&Change::default());
    server.take(&next).expect("commits");
}

#[test]
fn a_forged_credential_shows_in_its_key() {
    let (ana, mut server) = founded(Kind::Channel, Join::Open);
    let staged = ana.stage(&Change::default());
    server.take(&staged).expect("updates");
    ana.accept_own();
    // Ben's name, somebody else's key.
    let forged =
        Device { key: DeviceKey::new(Device::new(2, 2).key.member(), &[66; 32]), ..Device::new(2, 2) };
    let external = join_by_commit(&forged, &server, &staged.group_info);
    let room = server.room();
    let commit = room.stage(&external.commit).expect("MLS alone cannot know");
    let Author::Newcomer(newcomer) = commit.facts().author else { panic!("a newcomer") };
    assert_eq!(newcomer.member, Device::new(2, 2).key.member());
    assert_ne!(newcomer.key, Device::new(2, 2).key.public());
}

#[test]
fn a_used_key_package_opens_no_second_welcome() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    let package = ben.key_package();
    let staged = ana.stage(&Change { add: vec![package], ..Change::default() });
    server.take(&staged).expect("adds");
    let welcome = &split_welcome(&staged.welcome.expect("a welcome")).expect("splits")[0].1;
    let tree = server.room().tree();
    Joining::open(&ben.provider(), welcome, &tree).expect("opens").accept(&ben.provider()).expect("joins");
    assert!(matches!(Joining::open(&ben.provider(), welcome, &tree), Err(MemberError::NoKeyPackage)));
    assert_eq!(ben.group().epoch(), Epoch(1));
}

#[test]
fn a_key_package_is_checked_for_its_life_and_its_bytes() {
    let ben = Device::new(2, 2);
    let package = ben.key_package();
    let checked = check_key_package(&package, now()).expect("holds");
    assert_eq!((checked.member, checked.last_resort), (ben.key.member(), false));
    let day_ms = 24 * 3600 * 1000;
    assert!(check_key_package(&package, now().plus(90 * day_ms)).is_err(), "too old by then");
    assert!(check_key_package(&package, now().plus(80 * day_ms)).is_ok(), "not too old by then");
    let hour_ms = 3600 * 1000;
    let behind = |hours: u64| check_key_package(&package, UnixMillis(now().0 - hours * hour_ms));
    assert!(behind(24).is_ok(), "a clock behind by a time zone");
    assert!(behind(26).is_err(), "not begun");
    let endless = ben.raw_key_package(|builder| builder.key_package_lifetime(Lifetime::init(0, u64::MAX)));
    assert!(check_key_package(&endless, now()).is_err(), "a life too long");
    let incapable = ben.raw_key_package(|builder| {
        let plain = Capabilities::builder().ciphersuites(vec![profile::SUITE]).build();
        builder.leaf_node_capabilities(plain)
    });
    assert!(check_key_package(&incapable, now()).is_err(), "does not know our policy");
    assert!(check_key_package(&[&package[..], &[0]].concat(), now()).is_err(), "a byte too many");
    let mut changed = package.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    assert!(check_key_package(&changed, now()).is_err());
    let last = new_key_package(&ben.provider(), &ben.key, true, now()).expect("makes");
    assert!(check_key_package(&last, now()).expect("holds").last_resort);
}

#[test]
fn a_last_resort_opens_every_welcome_made_for_it() {
    let ben = Device::new(2, 2);
    let last = new_key_package(&ben.provider(), &ben.key, true, now()).expect("makes");
    for room in [RoomId::from_bytes([1; 16]), RoomId::from_bytes([2; 16])] {
        let ana = Device::new(1, 1);
        let policy = Policy::new(Kind::Private, History::Shared, Join::Invite, ana.key.member().user_id);
        let (mut group, founding) = Group::found(&ana.provider(), &ana.key, room, &policy).expect("founds");
        let change = Change { add: vec![last.clone()], ..Change::default() };
        let staged = group.stage(&ana.provider(), &ana.key, &change).expect("stages");
        let mut server =
            Server(PublicRoom::found(&founding.group_info, &founding.tree).expect("holds").to_bytes());
        server.take(&staged).expect("adds");
        ben.join_by_welcome(&staged, &server);
        assert_eq!(Group::load(&ben.provider(), room).expect("loads").expect("is in").epoch(), Epoch(1));
    }
}

#[test]
fn a_removed_device_comes_back_by_a_welcome_over_what_it_had() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let rows = ben.rows();
    let staged = ana.stage(&Change { remove: vec![ana.leaf_of(&ben)], ..Change::default() });
    server.take(&staged).expect("removes");
    ana.accept_own();
    add(&ana, &mut server, &[], &[&ben]);
    assert_eq!(ben.rows(), rows, "nothing of the older membership is left");
    assert_eq!(ben.hear(&ana.say(b"back")).expect("decrypts"), b"back");
    assert_eq!(ana.hear(&ben.say(b"thanks")).expect("decrypts"), b"thanks");
}

#[test]
fn a_welcome_does_not_open_with_another_epochs_tree() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    let before = server.room().tree();
    let staged = ana.stage(&Change { add: vec![ben.key_package()], ..Change::default() });
    server.take(&staged).expect("adds");
    let parts = split_welcome(&staged.welcome.clone().expect("a welcome")).expect("splits");
    ben.conn.execute_batch("BEGIN").expect("begins");
    assert!(Joining::open(&ben.provider(), &parts[0].1, &before).is_err());
    // The key package is back with the transaction.
    ben.conn.execute_batch("ROLLBACK").expect("rolls back");
    ben.join_by_welcome(&staged, &server);
}

#[test]
fn a_refused_join_leaves_nothing_behind_and_can_be_tried_again() {
    let (ana, mut server) = founded(Kind::Channel, Join::Open);
    let ben = Device::new(2, 2);
    let first = ana.stage(&Change::default());
    server.take(&first).expect("updates");
    ana.accept_own();
    let late = join_by_commit(&ben, &server, &first.group_info);
    let second = ana.stage(&Change::default());
    server.take(&second).expect("is faster");
    ana.accept_own();
    assert!(server.take(&late).is_err());
    Group::delete(&ben.provider(), ROOM).expect("deletes");
    assert_eq!(ben.rows(), []);
    let again = join_by_commit(&ben, &server, &second.group_info);
    server.take(&again).expect("joins");
    ana.accept(&again.commit);
    assert_eq!(ana.hear(&ben.say(b"at last")).expect("decrypts"), b"at last");
    assert_eq!(ben.group().epoch_authenticator(), ana.group().epoch_authenticator());
}

#[test]
fn a_room_of_another_suite_is_not_joined() {
    let (ana, ben) = (Device::new(1, 1), Device::new(2, 2));
    let weaker = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
    let policy = Policy::new(Kind::Channel, History::Shared, Join::Open, ana.key.member().user_id);
    let can = Capabilities::builder()
        .ciphersuites(vec![profile::SUITE, weaker])
        .extensions(vec![ExtensionType::Unknown(profile::POLICY_EXTENSION)])
        .build();
    for (suite, joins) in [(profile::SUITE, true), (weaker, false)] {
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(suite)
            .capabilities(can.clone())
            .with_group_context_extensions(profile::group_context(&policy))
            .build();
        let (info, tree) = ana.raw_founding(&config, ana.key.member().to_credential());
        let joined = Group::join_by_commit(&ben.provider(), &ben.key, &info, &tree).map(drop);
        assert_eq!(joined.is_ok(), joins, "{joined:?}");
    }
}
