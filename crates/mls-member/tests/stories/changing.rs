//! Changing a room: commits that win, lose, remove and set its policy.

use std::collections::BTreeSet;

use securechat_mls::{History, Join, Kind, Policy, Removable, judge};
use securechat_mls_member::{Change, Group, MemberError, Received};

use super::world::*;

#[test]
fn of_two_commits_one_wins_and_the_loser_makes_its_own_anew() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let (ben, eva) = (Device::new(2, 2), Device::new(3, 3));
    add(&ana, &mut server, &[], &[&ben]);
    let first = ben.stage(&Change::default());
    let lost = ana.stage(&Change { add: vec![eva.key_package()], ..Change::default() });
    server.take(&first).expect("the first wins");
    assert!(server.take(&lost).is_err(), "the second is of an old epoch");
    ben.accept_own();
    ana.accept(&first.commit);
    assert!(!ana.group().has_staged());
    add(&ana, &mut server, &[&ben], &[&eva]);
    assert_eq!(ben.hear(&eva.say(b"in")).expect("decrypts"), b"in");
}

#[test]
fn a_discarded_commit_leaves_the_group_able_to_speak() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    ana.stage(&Change::default());
    assert!(ana.group().encrypt(&ana.provider(), &ana.key, b"aad", b"x").is_err());
    ana.group().discard_own(&ana.provider()).expect("discards");
    assert_eq!(ben.hear(&ana.say(b"still here")).expect("decrypts"), b"still here");
}

#[test]
fn a_removed_device_reads_nothing_after() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let (ben, eva) = (Device::new(2, 2), Device::new(3, 3));
    add(&ana, &mut server, &[], &[&ben, &eva]);
    let staged = ana.stage(&Change { remove: vec![ana.leaf_of(&eva)], ..Change::default() });
    server.take(&staged).expect("an admin removes");
    ana.accept_own();
    ben.accept(&staged.commit);
    let mut group = eva.group();
    let Received::Commit(at_eva) = group.receive(&eva.provider(), &staged.commit).expect("receives") else {
        panic!("a commit");
    };
    assert!(at_eva.removes_us());
    let after = ana.say(b"without her");
    assert_eq!(ben.hear(&after).expect("decrypts"), b"without her");
    assert!(matches!(eva.hear(&after), Err(MemberError::Epoch { .. })));
    group.accept(&eva.provider(), at_eva).expect("takes note");
    assert_eq!(eva.group().epoch(), ana.group().epoch());
    assert!(matches!(eva.hear(&after), Err(MemberError::Invalid(_))), "of her epoch, and not hers");
    assert!(eva.group().encrypt(&eva.provider(), &eva.key, b"aad", b"still?").is_err());
    assert_ne!(eva.group().epoch_authenticator(), ana.group().epoch_authenticator());
    Group::delete(&eva.provider(), ROOM).expect("deletes");
    assert_eq!(eva.rows(), [], "nothing is left of the group, nor of the key package that led there");
}

#[test]
fn only_admins_remove_unless_the_server_says_it_is_due() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let staged = ben.stage(&Change { remove: vec![0], ..Change::default() });
    assert!(server.take(&staged).is_err());
    server.take_with(&staged, &BTreeSet::from([0])).expect("due");
    ben.accept_own();
    assert_eq!(ben.group().leaves(), server.room().leaves());
    assert_eq!(ben.group().own_index(), 1);
}

#[test]
fn a_new_policy_holds_for_all_and_history_is_not_loosened() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let now = ana.group().policy().clone();
    let tighter = Policy { history: History::None, join: Join::Open, ..now.clone() };
    let set = |policy: &Policy| Change { policy: Some(policy.clone()), ..Change::default() };
    assert!(server.take(&ben.stage(&set(&tighter))).is_err(), "by somebody who is no admin");
    ben.group().discard_own(&ben.provider()).expect("discards");
    let stored = |device: &Device| Group::policy_of(&device.provider(), ROOM).expect("reads").expect("is in");
    let staged = ana.stage(&set(&tighter));
    server.take(&staged).expect("an admin's");
    assert_eq!(stored(&ana), now, "a commit that waits for its place changes nothing");
    ana.accept_own();
    ben.accept(&staged.commit);
    assert_eq!([stored(&ana), stored(&ben)], [tighter.clone(), tighter.clone()]);
    assert_eq!(Group::policy_of(&Device::new(3, 3).provider(), ROOM).expect("reads"), None);
    for policy in [ana.group().policy(), ben.group().policy(), server.room().policy()] {
        assert_eq!(*policy, tighter);
    }
    assert!(server.take(&ana.stage(&set(&now))).is_err(), "loosened");
}

#[test]
fn one_commit_adds_removes_and_sets_the_policy() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let (ben, eva) = (Device::new(2, 2), Device::new(3, 3));
    add(&ana, &mut server, &[], &[&ben]);
    let policy = Policy { history: History::SinceJoin, ..ana.group().policy().clone() };
    let change = Change {
        add: vec![eva.key_package()],
        remove: vec![ana.leaf_of(&ben)],
        policy: Some(policy.clone()),
    };
    let staged = ana.stage(&change);
    let room = server.room();
    let at_server = room.stage(&staged.commit).expect("holds");
    let facts = at_server.facts();
    assert_eq!((facts.added.len(), facts.removed.len(), facts.policy.as_ref()), (1, 1, Some(&policy)));
    // Whoever is removed reads the same of it.
    let Received::Commit(at_ben) = ben.group().receive(&ben.provider(), &staged.commit).expect("receives")
    else {
        panic!("a commit");
    };
    assert_eq!(at_ben.facts(), facts);
    judge(room.policy(), &room.leaves(), at_ben.facts(), Removable::Unchecked).expect("may be done");
    server.take(&staged).expect("is taken");
    ana.accept_own();
    eva.join_by_welcome(&staged, &server);
    assert_eq!(eva.hear(&ana.say(b"in his place")).expect("decrypts"), b"in his place");
}

#[test]
fn a_group_with_a_commit_waiting_makes_no_second_one() {
    let (ana, _) = founded(Kind::Private, Join::Invite);
    ana.stage(&Change::default());
    let second = ana.group().stage(&ana.provider(), &ana.key, &Change::default());
    assert!(matches!(second, Err(MemberError::Invalid(_))));
    ana.accept_own();
    let nothing_waits = ana.group().accept_own(&ana.provider());
    assert!(matches!(nothing_waits, Err(MemberError::Invalid(_))));
}

#[test]
fn what_stays_in_memory_moves_on_with_each_commit() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let (ben, eva) = (Device::new(2, 2), Device::new(3, 3));
    add(&ana, &mut server, &[], &[&ben]);
    let (mut anas, mut bens, mut room) = (ana.group(), ben.group(), server.room());
    let policy = Policy { join: Join::Open, ..anas.policy().clone() };
    let change = Change { add: vec![eva.key_package()], policy: Some(policy.clone()), ..Change::default() };
    let staged = anas.stage(&ana.provider(), &ana.key, &change).expect("stages");
    let at_server = room.stage(&staged.commit).expect("holds");
    room.apply(at_server, &staged.group_info).expect("fits");
    anas.accept_own(&ana.provider()).expect("accepts");
    let Received::Commit(at_ben) = bens.receive(&ben.provider(), &staged.commit).expect("receives") else {
        panic!("a commit");
    };
    bens.accept(&ben.provider(), at_ben).expect("accepts");
    for group in [&anas, &bens] {
        assert_eq!((group.epoch(), group.policy()), (room.epoch(), &policy));
        assert_eq!(group.leaves(), room.leaves());
    }
    assert_eq!((room.policy(), room.leaves().len()), (&policy, 3));
}
