//! A world for the stories: devices that keep everything in SQLite, and the server's side as bytes.

use std::collections::BTreeSet;

use openmls::group::{GroupId, MlsGroup, MlsGroupCreateConfig};
use openmls::key_packages::KeyPackageBuilder;
use openmls::prelude::{Credential, CredentialWithKey, KeyPackage, MlsMessageOut};
use openmls_traits::OpenMlsProvider as _;
use rusqlite::Connection;
use securechat_ids::{DeviceId, RoomId, UnixMillis, UserId};
use securechat_mls::{
    History, Join, Kind, Member, Policy, PublicRoom, Removable, check_key_package, judge, profile,
    split_welcome,
};
use securechat_mls_member::{
    Change, DeviceKey, Group, Joining, MemberError, Provider, Received, SCHEMA, StagedOut, new_key_package,
};
use tls_codec::Serialize as _;

/// The system clock: OpenMLS checks the lives of key packages against it.
#[expect(clippy::disallowed_methods, reason = "OpenMLS asks the system for the time, so this test must too")]
pub(super) fn now() -> UnixMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    UnixMillis(u64::try_from(since.as_millis()).expect("before 584 million years"))
}

pub(super) const ROOM: RoomId = RoomId::from_bytes(*b"a room of people");

pub(super) struct Device {
    pub(super) conn: Connection,
    pub(super) key: DeviceKey,
}

impl Device {
    pub(super) fn new(user: u8, device: u8) -> Self {
        let conn = Connection::open_in_memory().expect("opens");
        conn.execute_batch(SCHEMA).expect("a schema");
        let member = Member {
            user_id: UserId::from_bytes([user; 16]),
            device_id: DeviceId::from_bytes([device; 16]),
            root16: [user; 16],
        };
        Self { conn, key: DeviceKey::new(member, &[device; 32]) }
    }

    pub(super) fn provider(&self) -> Provider<'_> {
        Provider::new(&self.conn)
    }

    /// The group as the store has it: nothing may live in memory alone.
    pub(super) fn group(&self) -> Group {
        Group::load(&self.provider(), ROOM).expect("loads").expect("is in the room")
    }

    /// The same group without our doors in front of it, for what no client of ours does.
    pub(super) fn raw_group(&self) -> MlsGroup {
        let id = GroupId::from_slice(ROOM.as_bytes());
        MlsGroup::load(self.provider().storage(), &id).expect("loads").expect("is in the room")
    }

    /// GroupInfo and tree of a room that no client of ours founds.
    pub(super) fn raw_founding(
        &self,
        config: &MlsGroupCreateConfig,
        credential: Credential,
    ) -> (Vec<u8>, Vec<u8>) {
        let provider = self.provider();
        let who = CredentialWithKey { credential, signature_key: self.key.public().to_vec().into() };
        let group = MlsGroup::new(&provider, &self.key, config, who).expect("founds");
        let info = group.export_group_info(provider.crypto(), &self.key, false).expect("exports");
        let tree = group.export_ratchet_tree().tls_serialize_detached().expect("writes");
        (info.tls_serialize_detached().expect("writes"), tree)
    }

    /// A key package that no client of ours makes.
    pub(super) fn raw_key_package(&self, change: impl Fn(KeyPackageBuilder) -> KeyPackageBuilder) -> Vec<u8> {
        let who = CredentialWithKey {
            credential: self.key.member().to_credential(),
            signature_key: self.key.public().to_vec().into(),
        };
        let builder = KeyPackage::builder().leaf_node_capabilities(profile::capabilities());
        let bundle = change(builder).build(profile::SUITE, &self.provider(), &self.key, who).expect("builds");
        MlsMessageOut::from(bundle.key_package().clone()).tls_serialize_detached().expect("writes")
    }

    /// How many rows the store has of each slot.
    pub(super) fn rows(&self) -> Vec<(u8, u32)> {
        let mut query = self
            .conn
            .prepare("SELECT slot, count(*) FROM mls GROUP BY slot ORDER BY slot")
            .expect("prepares");
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("queries");
        rows.collect::<Result<_, _>>().expect("reads")
    }

    pub(super) fn message_secrets_bytes(&self) -> u32 {
        let sql = "SELECT length(value) FROM mls WHERE slot = 9";
        self.conn.query_row(sql, [], |row| row.get(0)).expect("queries")
    }

    pub(super) fn leaf_of(&self, other: &Device) -> u32 {
        let leaves = self.group().leaves();
        leaves.iter().find(|leaf| leaf.key == other.key.public()).expect("is in the room").index
    }

    pub(super) fn key_package(&self) -> Vec<u8> {
        new_key_package(&self.provider(), &self.key, false, now()).expect("makes")
    }

    pub(super) fn stage(&self, change: &Change) -> StagedOut {
        self.group().stage(&self.provider(), &self.key, change).expect("stages")
    }

    pub(super) fn accept_own(&self) {
        self.group().accept_own(&self.provider()).expect("accepts");
    }

    pub(super) fn accept(&self, commit: &[u8]) {
        let mut group = self.group();
        let Received::Commit(staged) = group.receive(&self.provider(), commit).expect("receives") else {
            panic!("a commit");
        };
        // What the server let through, members judge again.
        judge(group.policy(), &group.leaves(), staged.facts(), Removable::Unchecked).expect("may be done");
        group.accept(&self.provider(), staged).expect("accepts");
    }

    /// Joins by the one part of a commit's Welcome.
    pub(super) fn join_by_welcome(&self, staged: &StagedOut, server: &Server) {
        let parts = split_welcome(staged.welcome.as_ref().expect("a welcome")).expect("splits");
        let [(_, welcome)] = parts.as_slice() else { panic!("one part") };
        let joining = Joining::open(&self.provider(), welcome, &server.room().tree()).expect("opens");
        joining.accept(&self.provider()).expect("joins");
    }

    pub(super) fn say(&self, text: &[u8]) -> Vec<u8> {
        self.group().encrypt(&self.provider(), &self.key, b"aad", text).expect("encrypts")
    }

    pub(super) fn hear(&self, bytes: &[u8]) -> Result<Vec<u8>, MemberError> {
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
pub(super) struct Server(pub(super) Vec<u8>);

impl Server {
    pub(super) fn room(&self) -> PublicRoom {
        PublicRoom::from_bytes(&self.0).expect("reads")
    }

    pub(super) fn take(&mut self, staged: &StagedOut) -> Result<(), String> {
        self.take_with(staged, &BTreeSet::new())
    }

    pub(super) fn take_with(&mut self, staged: &StagedOut, due: &BTreeSet<u32>) -> Result<(), String> {
        let mut room = self.room();
        let commit = room.stage(&staged.commit).map_err(|e| e.to_string())?;
        judge(room.policy(), &room.leaves(), commit.facts(), Removable::Listed(due))
            .map_err(|e| e.to_string())?;
        room.apply(commit, &staged.group_info).map_err(|e| e.to_string())?;
        self.0 = room.to_bytes();
        Ok(())
    }
}

pub(super) fn founded(kind: Kind, join: Join) -> (Device, Server) {
    let ana = Device::new(1, 1);
    let policy = Policy::new(kind, History::Shared, join, ana.key.member().user_id);
    let (_, founding) = Group::found(&ana.provider(), &ana.key, ROOM, &policy).expect("founds");
    let room = PublicRoom::found(&founding.group_info, &founding.tree).expect("holds");
    assert_eq!(room.room(), ROOM);
    (ana, Server(room.to_bytes()))
}

/// Adds devices by one commit and lets each join by its own part of the Welcome.
pub(super) fn add(by: &Device, server: &mut Server, others: &[&Device], new: &[&Device]) {
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

pub(super) fn join_by_commit(device: &Device, server: &Server, info: &[u8]) -> StagedOut {
    let tree = server.room().tree();
    Group::join_by_commit(&device.provider(), &device.key, info, &tree).expect("joins").1
}
