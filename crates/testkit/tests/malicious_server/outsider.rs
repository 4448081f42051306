//! What a server makes by itself: people whom no chain knows, keys under other people's names, groups of other suites.

use bytes::Bytes;
use openmls::group::{GroupId, MlsGroup, MlsGroupCreateConfig};
use openmls::prelude::{
    Capabilities, Ciphersuite, CredentialWithKey, ExtensionType, KeyPackage, MlsMessageOut,
    OpenMlsProvider as _,
};
use rusqlite::Connection;
use securechat_ids::{DeviceId, RoomId, UnixMillis, UserId};
use securechat_mls::{History, Join, Kind, Member, Policy, profile};
use securechat_mls_member::{Change, DeviceKey, Group, Provider, SCHEMA, StagedOut, new_key_package};
use securechat_proto::frame::{Answer, GetGroup, Request};
use securechat_testkit::{DeviceNumber, Team};
use tls_codec::Serialize as _;

/// A suite that OpenMLS knows and our profile refuses.
const WEAKER: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

/// Somebody with a memory of their own.
pub(super) struct Outsider {
    conn: Connection,
    pub(super) key: DeviceKey,
}

impl Outsider {
    /// Somebody whom no chain knows.
    pub(super) fn stranger() -> Self {
        Self::posing_as(Member {
            user_id: UserId::from_bytes([6; 16]),
            device_id: DeviceId::from_bytes([9; 16]),
            root16: [6; 16],
        })
    }

    /// Somebody who calls themselves this and has a key of their own.
    pub(super) fn posing_as(member: Member) -> Self {
        Self::with_key(DeviceKey::new(member, &[6; 32]))
    }

    /// A second memory with this key.
    pub(super) fn with_key(key: DeviceKey) -> Self {
        let conn = Connection::open_in_memory().expect("opens");
        conn.execute_batch(SCHEMA).expect("a schema");
        Self { conn, key }
    }

    /// A recovery key for chains that the server makes up.
    pub(super) fn recovery() -> [u8; 32] {
        let nobody = Member {
            user_id: UserId::from_bytes([0; 16]),
            device_id: DeviceId::from_bytes([0; 16]),
            root16: [0; 16],
        };
        DeviceKey::new(nobody, &[3; 32]).public()
    }

    pub(super) fn provider(&self) -> Provider<'_> {
        Provider::new(&self.conn)
    }

    pub(super) fn key_package(&self, made: UnixMillis) -> Bytes {
        new_key_package(&self.provider(), &self.key, false, made).expect("makes").into()
    }

    fn who(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: self.key.member().to_credential(),
            signature_key: self.key.public().to_vec().into(),
        }
    }

    fn can_both() -> Capabilities {
        Capabilities::builder()
            .ciphersuites(vec![profile::SUITE, WEAKER])
            .extensions(vec![ExtensionType::Unknown(profile::POLICY_EXTENSION), ExtensionType::LastResort])
            .build()
    }

    /// A key package of a weaker suite.
    pub(super) fn weaker_key_package(&self) -> Bytes {
        let builder = KeyPackage::builder().leaf_node_capabilities(Self::can_both());
        let bundle = builder.build(WEAKER, &self.provider(), &self.key, self.who()).expect("builds");
        MlsMessageOut::from(bundle.key_package().clone()).tls_serialize_detached().expect("writes").into()
    }

    fn policy(&self) -> Policy {
        Policy {
            version: 1,
            kind: Kind::Channel,
            history: History::Shared,
            join: Join::Open,
            keep_days: 0,
            admins: [self.key.member().user_id].into(),
            created_by: self.key.member().user_id,
        }
    }

    /// GroupInfo and tree of a room of a weaker suite under this id.
    pub(super) fn weaker_room(&self, room: &RoomId) -> (Bytes, Bytes) {
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(WEAKER)
            .capabilities(Self::can_both())
            .with_group_context_extensions(profile::group_context(&self.policy()))
            .build();
        let (provider, id) = (self.provider(), GroupId::from_slice(room.as_bytes()));
        let group =
            MlsGroup::new_with_group_id(&provider, &self.key, &config, id, self.who()).expect("founds");
        let info = group.export_group_info(provider.crypto(), &self.key, false).expect("exports");
        let tree = group.export_ratchet_tree().tls_serialize_detached().expect("writes");
        (info.tls_serialize_detached().expect("writes").into(), tree.into())
    }

    /// GroupInfo and tree of a room that this one founds.
    pub(super) fn room_of_its_own(&self, room: RoomId) -> (Bytes, Bytes) {
        let founded = Group::found(&self.provider(), &self.key, room, &self.policy());
        let (_, founding) = founded.expect("founds");
        (founding.group_info.into(), founding.tree.into())
    }

    /// Founds a room and adds somebody: the commit, and the room's GroupInfo and tree before it.
    pub(super) fn room_with(&self, room: RoomId, key_package: &[u8]) -> (StagedOut, Bytes, Bytes) {
        let provider = self.provider();
        let (mut group, founding) = Group::found(&provider, &self.key, room, &self.policy()).expect("founds");
        let change = Change { add: vec![key_package.to_vec()], ..Change::default() };
        let staged = group.stage(&provider, &self.key, &change).expect("stages");
        (staged, founding.group_info.into(), founding.tree.into())
    }
}

/// GroupInfo and tree of a room, as the real server has them.
pub(super) fn group_of(team: &mut Team, by: DeviceNumber, room: &RoomId) -> (Bytes, Bytes) {
    let ask = GetGroup { room: Bytes::copy_from_slice(room.as_bytes()) };
    match team.ask_server(by, Request::GetGroup(ask)) {
        Answer::Group(group) => (group.group_info, group.tree),
        other => panic!("no group: {other:?}"),
    }
}
