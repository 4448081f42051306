//! A room of three, what happens in it, and the server's view of it.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::Connection;
use securechat_ids::{DeviceId, RoomId, UnixMillis, UserId};
use securechat_mls::{History, Join, Kind, Member, Policy, PublicRoom, split_welcome};
use securechat_mls_member::{Change, DeviceKey, Group, Provider, SCHEMA, StagedOut, new_key_package};

use super::{fuzz_folder, write};

const ROOM: RoomId = RoomId::from_bytes(*b"a room of people");

struct Device(Connection, DeviceKey);

impl Device {
    fn new(n: u8) -> Self {
        let conn = Connection::open_in_memory().expect("opens");
        conn.execute_batch(SCHEMA).expect("a schema");
        let member = Member {
            user_id: UserId::from_bytes([n; 16]),
            device_id: DeviceId::from_bytes([n; 16]),
            root16: [n; 16],
        };
        Self(conn, DeviceKey::new(member, &[n; 32]))
    }

    fn provider(&self) -> Provider<'_> {
        Provider::new(&self.0)
    }

    fn package(&self, last_resort: bool) -> Vec<u8> {
        new_key_package(&self.provider(), &self.1, last_resort, now()).expect("makes")
    }
}

#[expect(clippy::disallowed_methods, reason = "OpenMLS asks the system for the time, so this must too")]
fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    UnixMillis(u64::try_from(since.as_millis()).expect("before 584 million years"))
}

/// Two bytes of length, the first part, the rest.
fn two(first: &[u8], second: &[u8]) -> Vec<u8> {
    let length = u16::try_from(first.len()).expect("short");
    [&length.to_be_bytes(), first, second].concat()
}

pub(super) fn write_all() {
    let [ana, ben, cleo, dan] = [1, 2, 3, 4].map(Device::new);
    let policy = Policy::new(Kind::Private, History::Shared, Join::Open, ana.1.member().user_id);
    let (mut group, founding) = Group::found(&ana.provider(), &ana.1, ROOM, &policy).expect("founds");
    let mut room = PublicRoom::found(&founding.group_info, &founding.tree).expect("holds");
    let empty_room = room.to_bytes();

    let packages = vec![ben.package(false), cleo.package(true)];
    let change = Change { add: packages.clone(), ..Change::default() };
    let added = group.stage(&ana.provider(), &ana.1, &change).expect("stages");
    let staged = room.stage(&added.commit).expect("holds");
    room.apply(staged, &added.group_info).expect("fits");
    group.accept_own(&ana.provider()).expect("accepts");
    fs::write(fuzz_folder().join("fixtures/room.cbor"), room.to_bytes()).expect("writes");
    let said = group.encrypt(&ana.provider(), &ana.1, b"aad", b"hello").expect("encrypts");
    let welcome = added.welcome.clone().expect("a welcome");
    let (_, one) = split_welcome(&welcome).expect("splits").remove(0);

    let mut commits: Vec<(&str, StagedOut)> = Vec::new();
    let closed = Policy { join: Join::Invite, ..policy.clone() };
    for (name, change) in [
        ("renew", Change::default()),
        ("remove", Change { remove: vec![2], ..Change::default() }),
        ("policy", Change { policy: Some(closed), ..Change::default() }),
        ("add", Change { add: vec![dan.package(false)], ..Change::default() }),
    ] {
        commits.push((name, group.stage(&ana.provider(), &ana.1, &change).expect("stages")));
        group.discard_own(&ana.provider()).expect("discards");
    }
    let joined = Group::join_by_commit(&dan.provider(), &dan.1, &added.group_info, &room.tree());
    commits.push(("join", joined.expect("joins").1));

    let commits: Vec<_> = commits
        .iter()
        .map(|(name, staged)| (*name, two(&staged.commit, &staged.group_info)))
        .chain([("long-gone", two(&added.commit, &added.group_info)), ("said", two(&said, &[]))])
        .collect();
    write("room_commit", &commits);
    write("room_founding", &[("founded", two(&founding.group_info, &founding.tree))]);
    write("stored_room", &[("one", empty_room), ("three", room.to_bytes())]);
    write("key_package", &[("once", packages[0].clone()), ("last-resort", packages[1].clone())]);
    write("welcome", &[("two", welcome), ("one", one)]);
    write(
        "mls_message",
        &[
            ("said", said),
            ("policy", policy.to_bytes()),
            ("member", ana.1.member().to_bytes()),
            ("commit", added.commit),
            ("group-info", added.group_info),
        ],
    );
}
