//! Rooms as members and server live them: every act through real bytes, every state through the store.

use std::collections::BTreeSet;

use rusqlite::Connection;
use securechat_ids::{DeviceId, Epoch, RoomId, UnixMillis, UserId};
use securechat_mls::{
    History, Join, Kind, Member, Policy, PublicRoom, Removable, check_key_package, judge,
    peek_private_message, split_welcome,
};
use securechat_mls_member::{
    Change, DeviceKey, Group, Joining, MemberError, Provider, Received, SCHEMA, StagedOut, new_key_package,
};

/// The system clock: OpenMLS checks the lives of key packages against it.
#[expect(clippy::disallowed_methods, reason = "OpenMLS asks the system for the time, so this test must too")]
fn now() -> UnixMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    UnixMillis(u64::try_from(since.as_millis()).expect("before 584 million years"))
}

const ROOM: RoomId = RoomId::from_bytes(*b"a room of people");

struct Device {
    conn: Connection,
    key: DeviceKey,
}

impl Device {
    fn new(user: u8, device: u8) -> Self {
        let conn = Connection::open_in_memory().expect("opens");
        conn.execute_batch(SCHEMA).expect("a schema");
        let member = Member {
            user_id: UserId::from_bytes([user; 16]),
            device_id: DeviceId::from_bytes([device; 16]),
            root16: [user; 16],
        };
        Self { conn, key: DeviceKey::new(member, &[device; 32]) }
    }

    fn provider(&self) -> Provider<'_> {
        Provider::new(&self.conn)
    }

    /// The group as the store has it: nothing may live in memory alone.
    fn group(&self) -> Group {
        Group::load(&self.provider(), ROOM).expect("loads").expect("is in the room")
    }

    fn key_package(&self) -> Vec<u8> {
        new_key_package(&self.provider(), &self.key, false, now()).expect("makes")
    }

    fn stage(&self, change: &Change) -> StagedOut {
        self.group().stage(&self.provider(), &self.key, change).expect("stages")
    }

    fn accept_own(&self) {
        self.group().accept_own(&self.provider()).expect("accepts");
    }

    fn accept(&self, commit: &[u8]) {
        let mut group = self.group();
        let Received::Commit(staged) = group.receive(&self.provider(), commit).expect("receives") else {
            panic!("a commit");
        };
        group.accept(&self.provider(), staged).expect("accepts");
    }

    fn say(&self, text: &[u8]) -> Vec<u8> {
        self.group().encrypt(&self.provider(), &self.key, b"aad", text).expect("encrypts")
    }

    fn hear(&self, bytes: &[u8]) -> Result<Vec<u8>, MemberError> {
        match self.group().receive(&self.provider(), bytes)? {
            Received::Message { plaintext, aad, .. } => {
                assert_eq!(aad, b"aad");
                Ok(plaintext.to_vec())
            }
            Received::Commit(_) => panic!("a message"),
        }
    }
}

/// The server's side: state kept as bytes only.
struct Server(Vec<u8>);

impl Server {
    fn room(&self) -> PublicRoom {
        PublicRoom::from_bytes(&self.0).expect("reads")
    }

    fn take(&mut self, staged: &StagedOut) -> Result<(), String> {
        self.take_with(staged, &BTreeSet::new())
    }

    fn take_with(&mut self, staged: &StagedOut, due: &BTreeSet<u32>) -> Result<(), String> {
        let mut room = self.room();
        let commit = room.stage(&staged.commit).map_err(|e| e.to_string())?;
        judge(room.policy(), &room.leaves(), commit.facts(), Removable::Listed(due))
            .map_err(|e| e.to_string())?;
        room.apply(commit, &staged.group_info).map_err(|e| e.to_string())?;
        self.0 = room.to_bytes();
        Ok(())
    }
}

fn founded(kind: Kind, join: Join) -> (Device, Server) {
    let ana = Device::new(1, 1);
    let policy = Policy::new(kind, History::Shared, join, ana.key.member().user_id);
    let (_, founding) = Group::found(&ana.provider(), &ana.key, ROOM, &policy).expect("founds");
    let room = PublicRoom::found(&founding.group_info, &founding.tree).expect("holds");
    assert_eq!(room.room(), ROOM);
    (ana, Server(room.to_bytes()))
}

/// Adds devices by one commit and lets each join by its own part of the Welcome.
fn add(by: &Device, server: &mut Server, others: &[&Device], new: &[&Device]) {
    let packages = new.iter().map(|device| device.key_package()).collect::<Vec<_>>();
    let references: Vec<Vec<u8>> =
        packages.iter().map(|p| check_key_package(p, now()).expect("holds").reference).collect();
    let staged = by.stage(&Change { add: packages, ..Change::default() });
    server.take(&staged).expect("the server takes it");
    by.accept_own();
    for other in others {
        other.accept(&staged.commit);
    }
    let parts = split_welcome(&staged.welcome.expect("a welcome")).expect("splits");
    assert_eq!(parts.len(), new.len());
    let tree = server.room().tree();
    for (device, reference) in new.iter().zip(references) {
        let (_, welcome) = parts.iter().find(|(r, _)| *r == reference).expect("its part");
        let joining = Joining::open(&device.provider(), welcome, &tree).expect("opens");
        assert_eq!(joining.sender().map(|leaf| leaf.member), Some(by.key.member()));
        joining.accept(&device.provider()).expect("joins");
    }
}

fn join_by_commit(device: &Device, server: &Server, info: &[u8]) -> StagedOut {
    let tree = server.room().tree();
    Group::join_by_commit(&device.provider(), &device.key, info, &tree).expect("joins").1
}

#[test]
fn people_talk_and_agree_on_the_epoch() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let (ben, eva) = (Device::new(2, 2), Device::new(3, 3));
    add(&ana, &mut server, &[], &[&ben, &eva]);
    for (from, to) in [(&ana, [&ben, &eva]), (&eva, [&ana, &ben])] {
        for n in 0..3_u8 {
            let message = from.say(&[n; 40]);
            let peeked = peek_private_message(&message).expect("a PrivateMessage");
            assert_eq!((peeked.room, peeked.epoch), (ROOM, server.room().epoch()));
            for device in to {
                assert_eq!(device.hear(&message).expect("decrypts"), [n; 40]);
            }
        }
    }
    let authenticator = ana.group().epoch_authenticator();
    assert!([&ben, &eva].iter().all(|device| device.group().epoch_authenticator() == authenticator));
    let secret =
        |d: &Device| d.group().export(&d.provider(), "label", b"context", 32).expect("exports").to_vec();
    assert_eq!(secret(&ana), secret(&ben));
    assert_eq!(ana.group().leaves(), server.room().leaves());
}

#[test]
fn a_message_is_read_once_and_not_by_its_sender() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let message = ana.say(b"hello");
    assert!(ben.hear(&message).is_ok());
    assert!(ben.hear(&message).is_err(), "a replay");
    assert!(matches!(ana.hear(&message), Err(MemberError::OwnMessage | MemberError::Invalid(_))));
}

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
    let leaf =
        ana.group().leaves().into_iter().find(|leaf| leaf.key == eva.key.public()).expect("eva's leaf");
    let staged = ana.stage(&Change { remove: vec![leaf.index], ..Change::default() });
    server.take(&staged).expect("an admin removes");
    ana.accept_own();
    ben.accept(&staged.commit);
    let Received::Commit(at_eva) = eva.group().receive(&eva.provider(), &staged.commit).expect("receives")
    else {
        panic!("a commit");
    };
    assert!(at_eva.removes_us());
    let after = ana.say(b"without her");
    assert_eq!(ben.hear(&after).expect("decrypts"), b"without her");
    assert!(matches!(eva.hear(&after), Err(MemberError::Epoch { .. })));
    Group::delete(&eva.provider(), ROOM).expect("deletes");
    let rows: i64 =
        eva.conn.query_row("SELECT count(*) FROM mls WHERE slot < 20", [], |row| row.get(0)).expect("counts");
    assert_eq!(rows, 0, "nothing of the group is left");
}

#[test]
fn only_admins_remove_unless_the_server_says_it_is_due() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let staged = ben.stage(&Change { remove: vec![0], ..Change::default() });
    assert!(server.take(&staged).is_err());
    server.take_with(&staged, &BTreeSet::from([0])).expect("due");
}

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
    let external = join_by_commit(&ben, &server, &staged.group_info);
    server.take(&external).expect("resyncs");
    ana.accept(&external.commit);
    assert_eq!(server.room().leaves().len(), leaves_before);
    assert_eq!(ben.hear(&ana.say(b"again")).expect("decrypts"), b"again");
    // And can commit, so that the next one is not stuck.
    let next = ben.stage(&Change::default());
    server.take(&next).expect("commits");
}

#[test]
fn the_server_refuses_changed_bytes_and_a_foreign_group_info() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let staged = ana.stage(&Change::default());
    for place in (0..staged.commit.len()).step_by(97) {
        let mut changed = staged.clone();
        changed.commit[place] ^= 1;
        assert!(server.take(&changed).is_err(), "commit byte {place}");
    }
    for place in (0..staged.group_info.len()).step_by(31) {
        let mut changed = staged.clone();
        changed.group_info[place] ^= 1;
        assert!(server.take(&changed).is_err(), "GroupInfo byte {place}");
    }
    let old = staged.clone();
    server.take(&staged).expect("the real one");
    ana.accept_own();
    let next = ana.stage(&Change::default());
    let mixed = StagedOut { group_info: old.group_info, ..next.clone() };
    assert!(server.take(&mixed).is_err(), "an old GroupInfo");
    server.take(&next).expect("its own GroupInfo");
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
    let securechat_mls::Author::Newcomer(newcomer) = commit.facts().author else { panic!("a newcomer") };
    assert_eq!(newcomer.member, Device::new(2, 2).key.member());
    assert_ne!(newcomer.key, Device::new(2, 2).key.public());
}

#[test]
fn a_key_package_is_checked_for_its_life_and_its_bytes() {
    let ben = Device::new(2, 2);
    let package = ben.key_package();
    let checked = check_key_package(&package, now()).expect("holds");
    assert_eq!((checked.member, checked.last_resort), (ben.key.member(), false));
    let day_ms = 24 * 3600 * 1000;
    assert!(check_key_package(&package, now().plus(90 * day_ms)).is_err(), "too old by then");
    let mut changed = package.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    assert!(check_key_package(&changed, now()).is_err());
    let last = new_key_package(&ben.provider(), &ben.key, true, now()).expect("makes");
    assert!(check_key_package(&last, now()).expect("holds").last_resort);
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
