//! What the store keeps, and what it no longer keeps.

use openmls::treesync::LeafNodeSource;
use securechat_ids::RoomId;
use securechat_mls::{Join, Kind, split_welcome};
use securechat_mls_member::{Change, Group, Joining, MemberError, new_key_package};

use super::world::*;

#[test]
fn what_a_rollback_undid_can_be_done_again() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let message = ana.say(b"hello");
    ben.conn.execute_batch("BEGIN").expect("begins");
    assert!(ben.hear(&message).is_ok());
    ben.conn.execute_batch("ROLLBACK").expect("rolls back");
    assert_eq!(ben.hear(&message).expect("decrypts again"), b"hello");
}

#[test]
fn what_was_encrypted_before_a_rollback_is_encrypted_anew() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    ana.conn.execute_batch("BEGIN").expect("begins");
    let never_sent = ana.say(b"never sent");
    ana.conn.execute_batch("ROLLBACK").expect("rolls back");
    let sent = ana.say(b"sent");
    assert_ne!(never_sent, sent);
    assert_eq!(ben.hear(&sent).expect("decrypts"), b"sent");
    assert_eq!(ben.hear(&ana.say(b"and on")).expect("decrypts"), b"and on");
}

#[test]
fn a_commit_undone_by_a_rollback_was_never_made() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    ana.conn.execute_batch("BEGIN").expect("begins");
    ana.stage(&Change::default());
    ana.conn.execute_batch("ROLLBACK").expect("rolls back");
    assert!(!ana.group().has_staged());
    let staged = ana.stage(&Change::default());
    server.take(&staged).expect("updates");
    // A crash between the server's answer and the end of our transaction.
    for last in [false, true] {
        for device in [&ana, &ben] {
            device.conn.execute_batch("BEGIN").expect("begins");
        }
        ana.accept_own();
        ben.accept(&staged.commit);
        for device in [&ana, &ben] {
            device.conn.execute_batch(if last { "COMMIT" } else { "ROLLBACK" }).expect("ends");
            assert_eq!(device.group().epoch().0, if last { 2 } else { 1 });
        }
    }
    assert_eq!(ana.group().epoch_authenticator(), ben.group().epoch_authenticator());
    assert_eq!(ben.hear(&ana.say(b"on")).expect("decrypts"), b"on");
}

#[test]
fn a_group_keeps_the_same_rows_however_long_it_lives() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let round = |by: &Device, other: &Device, server: &mut Server| {
        by.stage(&Change::default());
        by.group().discard_own(&by.provider()).expect("discards");
        let staged = by.stage(&Change::default());
        other.stage(&Change::default());
        server.take(&staged).expect("updates");
        by.accept_own();
        other.accept(&staged.commit);
        other.hear(&by.say(b"x")).expect("decrypts");
    };
    for (from, to) in [(&ana, &ben), (&ben, &ana)] {
        to.hear(&from.say(b"x")).expect("decrypts");
    }
    let young = [ana.message_secrets_bytes(), ben.message_secrets_bytes()];
    round(&ana, &ben, &mut server);
    round(&ben, &ana, &mut server);
    let rows = [ana.rows(), ben.rows()];
    for _ in 0..3 {
        round(&ana, &ben, &mut server);
        round(&ben, &ana, &mut server);
    }
    assert_eq!([ana.rows(), ben.rows()], rows, "secrets of past epochs are gone");
    // CBOR has numbers of one byte and of two, so that equal content may differ a little in size.
    for (device, young) in [&ana, &ben].into_iter().zip(young) {
        let old = device.message_secrets_bytes();
        assert!(old < young + young / 4, "{young} bytes, then {old}: nor are they kept in one row");
    }
}

#[test]
fn a_group_that_cannot_be_read_can_be_deleted_and_joined_again() {
    let (ana, mut server) = founded(Kind::Channel, Join::Open);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let staged = ana.stage(&Change::default());
    server.take(&staged).expect("updates");
    ana.accept_own();
    ben.conn.execute("UPDATE mls SET value = x'00'", []).expect("spoils");
    assert!(Group::load(&ben.provider(), ROOM).is_err());
    let external = join_by_commit(&ben, &server, &staged.group_info);
    server.take(&external).expect("resyncs");
    ana.accept(&external.commit);
    assert_eq!(ben.hear(&ana.say(b"well again")).expect("decrypts"), b"well again");
}

#[test]
fn deleting_a_room_leaves_the_others() {
    let (ana, _) = founded(Kind::Private, Join::Invite);
    let policy = ana.group().policy().clone();
    // Neighbours on either side in the order of keys.
    for last in [b'd', b'f'] {
        let mut id = *ROOM.as_bytes();
        id[15] = last;
        Group::found(&ana.provider(), &ana.key, RoomId::from_bytes(id), &policy).expect("founds");
    }
    let with_three = ana.rows();
    Group::delete(&ana.provider(), ROOM).expect("deletes");
    assert!(Group::load(&ana.provider(), ROOM).expect("loads").is_none());
    let expected = with_three.iter().map(|(slot, count)| (*slot, count / 3 * 2)).collect::<Vec<_>>();
    assert_eq!(ana.rows(), expected);
    for last in [b'd', b'f'] {
        let mut id = *ROOM.as_bytes();
        id[15] = last;
        assert!(Group::load(&ana.provider(), RoomId::from_bytes(id)).expect("loads").is_some());
    }
}

#[test]
fn a_failing_store_is_not_blamed_on_the_bytes() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let (ben, eva) = (Device::new(2, 2), Device::new(3, 3));
    add(&ana, &mut server, &[], &[&ben]);
    let message = ana.say(b"hello");
    let staged = ana.stage(&Change { add: vec![eva.key_package()], ..Change::default() });
    let welcome = &split_welcome(staged.welcome.as_ref().expect("a welcome")).expect("splits")[0].1;
    let tree = {
        let mut ahead = Server(server.0.clone());
        ahead.take(&staged).expect("adds");
        ahead.room().tree()
    };
    let (mut anas, mut bens) = (ana.group(), ben.group());
    let joining = Joining::open(&eva.provider(), welcome, &tree).expect("opens");
    for device in [&ana, &ben, &eva] {
        device.conn.execute("ALTER TABLE mls RENAME TO gone", []).expect("renames");
    }
    let (ours, theirs) = (ana.provider(), ben.provider());
    let failures = [
        bens.encrypt(&theirs, &ben.key, b"aad", b"x").err(),
        bens.receive(&theirs, &message).err(),
        bens.stage(&theirs, &ben.key, &Change::default()).err(),
        anas.accept_own(&ours).err(),
        joining.accept(&eva.provider()).err(),
        Joining::open(&eva.provider(), welcome, &tree).err(),
        Group::load(&theirs, ROOM).err(),
        Group::delete(&theirs, ROOM).err(),
        new_key_package(&theirs, &ben.key, false, now()).err(),
        Group::found(&theirs, &ben.key, ROOM, server.room().policy()).err(),
    ];
    for (n, failure) in failures.iter().enumerate() {
        assert!(matches!(failure, Some(MemberError::Store(_))), "act {n}: {failure:?}");
    }
    // What is wrong with bytes is their fault still.
    assert!(matches!(bens.receive(&theirs, &message[1..]), Err(MemberError::Invalid(_))));
}

#[test]
fn a_founders_leaf_asks_for_nobodys_clock() {
    let (ana, _) = founded(Kind::Private, Join::Invite);
    let group = ana.raw_group();
    let LeafNodeSource::KeyPackage(life) = group.own_leaf_node().expect("a leaf").leaf_node_source() else {
        panic!("not renewed yet");
    };
    assert_eq!((life.not_before(), life.not_after()), (0, u64::MAX));
}
