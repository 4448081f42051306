//! One case for each violation beside its nearest allowed neighbour.

use securechat_ids::DeviceId;

use super::*;
use crate::History;

fn user(n: u8) -> UserId {
    UserId::from_bytes([n; 16])
}

/// Device `d` of user `u`.
fn member(u: u8, d: u8) -> Member {
    Member {
        user_id: user(u),
        device_id: DeviceId::from_bytes([u, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        root16: [u; 16],
    }
}

fn key(u: u8, d: u8) -> [u8; 32] {
    let mut key = [d; 32];
    key[0] = u;
    key
}

fn leaf(index: u32, u: u8, d: u8) -> Leaf {
    Leaf { index, member: member(u, d), key: key(u, d) }
}

fn added(u: u8, d: u8) -> Added {
    Added { member: member(u, d), key: key(u, d) }
}

/// User 1 is the admin, user 2 a member, with one device each.
fn roster() -> Vec<Leaf> {
    vec![leaf(0, 1, 1), leaf(1, 2, 1)]
}

fn policy(kind: Kind, join: Join) -> Policy {
    Policy::new(kind, History::SinceJoin, join, user(1))
}

fn by(author: Leaf) -> Facts {
    Facts {
        author: Author::Leaf(author),
        added: Vec::new(),
        removed: Vec::new(),
        policy: None,
        path_leaf: Some((author.member, author.key)),
        foreign_proposal: false,
    }
}

fn by_newcomer(newcomer: Added) -> Facts {
    Facts {
        author: Author::Newcomer(newcomer),
        added: Vec::new(),
        removed: Vec::new(),
        policy: None,
        path_leaf: Some((newcomer.member, newcomer.key)),
        foreign_proposal: false,
    }
}

fn verdict(policy: &Policy, facts: &Facts) -> Result<(), Violation> {
    judge(policy, &roster(), facts, Removable::Listed(&BTreeSet::new()))
}

#[test]
fn an_update_of_ones_own_keys_is_allowed_and_foreign_proposals_are_not() {
    let private = policy(Kind::Private, Join::Invite);
    assert_eq!(verdict(&private, &by(leaf(1, 2, 1))), Ok(()));
    let foreign = Facts { foreign_proposal: true, ..by(leaf(1, 2, 1)) };
    assert_eq!(verdict(&private, &foreign), Err(Violation::ForeignProposal));
}

#[test]
fn admins_add_people_and_members_only_where_the_room_is_open() {
    let adds = |author| Facts { added: vec![added(3, 1)], ..by(author) };
    let private = policy(Kind::Private, Join::Invite);
    assert_eq!(verdict(&private, &adds(leaf(0, 1, 1))), Ok(()));
    assert_eq!(verdict(&private, &adds(leaf(1, 2, 1))), Err(Violation::MayNotAdd));
    assert_eq!(verdict(&policy(Kind::Channel, Join::Open), &adds(leaf(1, 2, 1))), Ok(()));
}

#[test]
fn everybody_adds_their_own_further_device() {
    let facts = Facts { added: vec![added(2, 2)], ..by(leaf(1, 2, 1)) };
    assert_eq!(verdict(&policy(Kind::Private, Join::Invite), &facts), Ok(()));
    let mut under_another_root = facts.clone();
    under_another_root.added[0].member.root16 = [9; 16];
    assert_eq!(verdict(&policy(Kind::Private, Join::Invite), &under_another_root), Err(Violation::MayNotAdd));
    let somebody_elses = Facts { added: vec![added(1, 2)], ..by(leaf(1, 2, 1)) };
    assert_eq!(verdict(&policy(Kind::Private, Join::Invite), &somebody_elses), Err(Violation::MayNotAdd));
}

#[test]
fn a_direct_message_has_two_people() {
    let dm = policy(Kind::Dm, Join::Invite);
    let third = Facts { added: vec![added(3, 1)], ..by(leaf(0, 1, 1)) };
    assert_eq!(verdict(&dm, &third), Err(Violation::ThirdPerson));
    let further_device = Facts { added: vec![added(2, 2)], ..by(leaf(1, 2, 1)) };
    assert_eq!(verdict(&dm, &further_device), Ok(()));
    // Even if its policy were open to others.
    let newcomer = by_newcomer(added(3, 1));
    assert_eq!(verdict(&policy(Kind::Dm, Join::Open), &newcomer), Err(Violation::ThirdPerson));
    assert_eq!(verdict(&dm, &newcomer), Err(Violation::MayNotJoin));
    let other_out = Facts { removed: vec![leaf(1, 2, 1)], ..by(leaf(0, 1, 1)) };
    assert_eq!(verdict(&dm, &other_out), Err(Violation::MayNotRemove));
    let due = BTreeSet::from([1]);
    assert_eq!(judge(&dm, &roster(), &other_out, Removable::Listed(&due)), Ok(()));
    let own_out = Facts { removed: vec![leaf(2, 1, 2)], ..by(leaf(0, 1, 1)) };
    let with_own = [roster(), vec![leaf(2, 1, 2)]].concat();
    assert_eq!(judge(&dm, &with_own, &own_out, Removable::Listed(&BTreeSet::new())), Ok(()));
}

#[test]
fn either_of_two_takes_the_other_back_who_has_begun_anew() {
    let dm = policy(Kind::Dm, Join::Invite);
    let alone = |leaf: Leaf, adds: Added| {
        let facts = Facts { added: vec![adds], ..by(leaf) };
        judge(&dm, &[leaf], &facts, Removable::Listed(&BTreeSet::new()))
    };
    let anew = |u| Added { member: Member { root16: [9; 16], ..member(u, 7) }, key: key(u, 7) };
    assert_eq!(alone(leaf(0, 1, 1), anew(2)), Ok(()), "the maker is an admin");
    assert_eq!(alone(leaf(1, 2, 1), anew(1)), Ok(()), "the other takes the maker back");
    assert_eq!(alone(leaf(1, 2, 1), anew(3)), Err(Violation::MayNotAdd), "and nobody else");
    let elsewhere = Facts { added: vec![anew(1)], ..by(leaf(1, 2, 1)) };
    assert_eq!(
        judge(&policy(Kind::Private, Join::Invite), &roster()[1..], &elsewhere, Removable::Unchecked),
        Err(Violation::MayNotAdd),
        "in no other kind of room"
    );
}

#[test]
fn admins_remove_and_members_remove_only_what_is_due() {
    let private = policy(Kind::Private, Join::Invite);
    let removes = |author, gone| Facts { removed: vec![gone], ..by(author) };
    assert_eq!(verdict(&private, &removes(leaf(0, 1, 1), leaf(1, 2, 1))), Ok(()));
    let by_member = removes(leaf(1, 2, 1), leaf(0, 1, 1));
    assert_eq!(verdict(&private, &by_member), Err(Violation::MayNotRemove));
    let due = BTreeSet::from([0]);
    assert_eq!(judge(&private, &roster(), &by_member, Removable::Listed(&due)), Ok(()));
    assert_eq!(judge(&private, &roster(), &by_member, Removable::Unchecked), Ok(()));
}

#[test]
fn everybody_removes_their_own_other_device() {
    let own_other = [roster(), vec![leaf(2, 2, 2)]].concat();
    let facts = Facts { removed: vec![leaf(2, 2, 2)], ..by(leaf(1, 2, 1)) };
    let private = policy(Kind::Private, Join::Invite);
    assert_eq!(judge(&private, &own_other, &facts, Removable::Listed(&BTreeSet::new())), Ok(()));
}

#[test]
fn nobody_removes_the_leaf_they_commit_with() {
    let facts = Facts { removed: vec![leaf(0, 1, 1)], ..by(leaf(0, 1, 1)) };
    let private = policy(Kind::Private, Join::Invite);
    assert_eq!(verdict(&private, &facts), Err(Violation::RemovesItself));
    let due = BTreeSet::from([0]);
    for removable in [Removable::Listed(&due), Removable::Unchecked] {
        assert_eq!(judge(&private, &roster(), &facts, removable), Err(Violation::RemovesItself));
    }
}

#[test]
fn an_update_keeps_who_it_is() {
    let another_root = Member { root16: [9; 16], ..member(2, 1) };
    for path_leaf in [
        (another_root, key(2, 1)),
        (member(2, 2), key(2, 1)),
        (member(1, 1), key(2, 1)),
        (member(2, 1), key(9, 9)),
    ] {
        let facts = Facts { path_leaf: Some(path_leaf), ..by(leaf(1, 2, 1)) };
        assert_eq!(verdict(&policy(Kind::Channel, Join::Open), &facts), Err(Violation::ChangesIdentity));
    }
    let without_path = Facts { path_leaf: None, ..by(leaf(1, 2, 1)) };
    assert_eq!(verdict(&policy(Kind::Channel, Join::Open), &without_path), Ok(()));
}

#[test]
fn only_admins_change_the_policy_and_history_is_only_tightened() {
    let now = policy(Kind::Private, Join::Invite);
    let change = |author, next: Policy| Facts { policy: Some(next), ..by(author) };
    let tighter = Policy { history: History::None, ..now.clone() };
    assert_eq!(verdict(&now, &change(leaf(0, 1, 1), tighter.clone())), Ok(()));
    assert_eq!(verdict(&now, &change(leaf(1, 2, 1), tighter)), Err(Violation::MayNotChangePolicy));
    let impossible = [
        Policy { history: History::Shared, ..now.clone() },
        Policy { kind: Kind::Channel, ..now.clone() },
        Policy { created_by: user(2), ..now.clone() },
        Policy { admins: BTreeSet::new(), ..now.clone() },
        Policy { version: 2, ..now.clone() },
    ];
    for next in impossible {
        assert_eq!(verdict(&now, &change(leaf(0, 1, 1), next)), Err(Violation::PolicyChange));
    }
    let limited = Policy { keep_days: 30, ..now.clone() };
    assert_eq!(verdict(&now, &change(leaf(0, 1, 1), limited.clone())), Ok(()));
    assert_eq!(verdict(&limited, &change(leaf(0, 1, 1), now.clone())), Ok(()), "it goes either way");
    assert_eq!(verdict(&now, &change(leaf(1, 2, 1), limited)), Err(Violation::MayNotChangePolicy));
    let opened = Policy { join: Join::Open, ..now.clone() };
    assert_eq!(verdict(&now, &change(leaf(0, 1, 1), opened)), Ok(()));
    let dm = policy(Kind::Dm, Join::Invite);
    let opened = Policy { join: Join::Open, ..dm.clone() };
    assert_eq!(verdict(&dm, &change(leaf(0, 1, 1), opened)), Err(Violation::PolicyChange));
}

#[test]
fn strangers_join_open_rooms_only_and_own_devices_join_everywhere() {
    let private = policy(Kind::Private, Join::Invite);
    assert_eq!(verdict(&private, &by_newcomer(added(3, 1))), Err(Violation::MayNotJoin));
    assert_eq!(verdict(&policy(Kind::Channel, Join::Open), &by_newcomer(added(3, 1))), Ok(()));
    assert_eq!(verdict(&private, &by_newcomer(added(2, 2))), Ok(()));
    // The same person's name under another root is another person.
    let mut forged = added(2, 2);
    forged.member.root16 = [9; 16];
    assert_eq!(verdict(&private, &by_newcomer(forged)), Err(Violation::MayNotJoin));
}

#[test]
fn a_newcomer_does_nothing_but_join() {
    let open = policy(Kind::Channel, Join::Open);
    let adds = Facts { added: vec![added(4, 1)], ..by_newcomer(added(3, 1)) };
    assert_eq!(verdict(&open, &adds), Err(Violation::NewcomerDoesMore));
    let removes = Facts { removed: vec![leaf(1, 2, 1)], ..by_newcomer(added(3, 1)) };
    assert_eq!(verdict(&open, &removes), Err(Violation::NewcomerDoesMore));
    let policies = Facts { policy: Some(open.clone()), ..by_newcomer(added(3, 1)) };
    assert_eq!(verdict(&open, &policies), Err(Violation::NewcomerDoesMore));
    // Nor removes another device of the same person.
    let siblings = Facts { removed: vec![leaf(1, 2, 1)], ..by_newcomer(added(2, 2)) };
    assert_eq!(verdict(&open, &siblings), Err(Violation::NewcomerDoesMore));
    let comes_back = Facts { removed: vec![leaf(1, 2, 1)], ..by_newcomer(added(2, 1)) };
    assert_eq!(verdict(&open, &comes_back), Ok(()));
}

#[test]
fn a_newcomer_joins_with_the_leaf_it_speaks_for() {
    let open = policy(Kind::Channel, Join::Open);
    for path_leaf in [None, Some((member(3, 1), key(9, 9)))] {
        let facts = Facts { path_leaf, ..by_newcomer(added(3, 1)) };
        assert_eq!(verdict(&open, &facts), Err(Violation::ChangesIdentity));
    }
}

#[test]
fn a_device_is_in_a_room_once() {
    let open = policy(Kind::Channel, Join::Open);
    assert_eq!(verdict(&open, &by_newcomer(added(2, 1))), Err(Violation::AlreadyIn));
    let twice = Facts { added: vec![added(3, 1), added(3, 1)], ..by(leaf(0, 1, 1)) };
    assert_eq!(verdict(&open, &twice), Err(Violation::AlreadyIn));
}

#[test]
fn a_user_has_at_most_eight_devices_in_a_room() {
    let open = policy(Kind::Channel, Join::Open);
    let devices = |count: u8| (1..=count).map(|d| added(3, d)).collect::<Vec<_>>();
    let eight = Facts { added: devices(8), ..by(leaf(0, 1, 1)) };
    assert_eq!(verdict(&open, &eight), Ok(()));
    let nine = Facts { added: devices(9), ..by(leaf(0, 1, 1)) };
    assert_eq!(verdict(&open, &nine), Err(Violation::TooMany));
}

#[test]
fn a_room_has_at_most_a_thousand_leaves() {
    let open = policy(Kind::Channel, Join::Open);
    let by_number = |n: u32| {
        let id = [&[7; 12][..], &n.to_be_bytes()].concat().try_into().expect("16 bytes");
        Member { user_id: UserId::from_bytes(id), device_id: DeviceId::from_bytes(id), root16: id }
    };
    let leaves = |count| (0..count).map(|n| Leaf { index: n, member: by_number(n), key: [7; 32] });
    let judged = |count| {
        let full = leaves(count).collect::<Vec<_>>();
        judge(&open, &full, &by_newcomer(added(3, 1)), Removable::Listed(&BTreeSet::new()))
    };
    assert_eq!(judged(999), Ok(()));
    assert_eq!(judged(1_000), Err(Violation::TooMany));
}

#[test]
fn direct_messages_are_taken_up_by_somebody_who_does_nothing_else() {
    let dm = policy(Kind::Dm, Join::Invite);
    let roster = roster();
    // User 1 under another root: to members, nobody they know.
    let again = Added { member: Member { root16: [9; 16], ..member(1, 7) }, key: key(1, 7) };
    let facts = by_newcomer(again);
    assert_eq!(judge(&dm, &roster, &facts, Removable::Unchecked), Err(Violation::MayNotJoin));
    assert_eq!(judge_taking_up(&dm, &roster, &facts), Ok(()));
    let channel = policy(Kind::Private, Join::Invite);
    assert_eq!(judge_taking_up(&channel, &roster, &facts), Err(Violation::MayNotJoin));
    assert_eq!(judge_taking_up(&dm, &roster, &by(roster[0])), Err(Violation::MayNotJoin));
    let more = Facts { added: vec![added(2, 2)], ..by_newcomer(again) };
    assert_eq!(judge_taking_up(&dm, &roster, &more), Err(Violation::NewcomerDoesMore));
    assert_eq!(judge_taking_up(&dm, &roster, &by_newcomer(added(3, 1))), Err(Violation::ThirdPerson));
}
