//! What a server and members refuse.

use openmls::group::{MlsGroupCreateConfig, MlsGroupCreateConfigBuilder};
use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, Credential, Extension, ExtensionType, Extensions,
    MlsMessageOut, RequiredCapabilitiesExtension, UnknownExtension,
};
use openmls_traits::OpenMlsProvider as _;
use securechat_ids::RoomId;
use securechat_mls::{Join, Kind, PublicRoom, peek_private_message, profile, split_welcome};
use securechat_mls_member::{Change, Group, MemberError, StagedOut};
use tls_codec::Serialize as _;

use super::world::*;

fn bytes(message: &MlsMessageOut) -> Vec<u8> {
    message.tls_serialize_detached().expect("writes")
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
fn a_group_info_that_carries_more_than_external_pub_is_refused() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let mut group = ana.raw_group();
    let provider = ana.provider();
    let bundle = group
        .commit_builder()
        .force_self_update(true)
        .load_psks(provider.storage())
        .expect("loads")
        .create_group_info(true)
        .use_ratchet_tree_extension(true)
        .build(provider.rand(), provider.crypto(), &ana.key, |_| true)
        .expect("builds")
        .stage_commit(&provider)
        .expect("stages");
    let (commit, _, info) = bundle.into_messages();
    let staged =
        StagedOut { commit: bytes(&commit), group_info: bytes(&info.expect("a GroupInfo")), welcome: None };
    let refused = server.take(&staged).expect_err("it carries the tree");
    assert!(refused.contains("external_pub"), "{refused}");
}

#[test]
fn a_proposal_on_its_own_is_refused_by_server_and_members() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let (proposal, _) =
        ana.raw_group().propose_self_update(&ana.provider(), &ana.key, Default::default()).expect("proposes");
    assert!(server.room().stage(&bytes(&proposal)).is_err());
    let received = ben.group().receive(&ben.provider(), &bytes(&proposal));
    assert!(matches!(received, Err(MemberError::Invalid(_))));
}

#[test]
fn members_refuse_a_changed_commit_and_one_of_another_room() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let staged = ana.stage(&Change::default());
    for place in (0..staged.commit.len()).step_by(149) {
        let mut changed = staged.commit.clone();
        changed[place] ^= 1;
        assert!(ben.group().receive(&ben.provider(), &changed).is_err(), "byte {place}");
    }
    ben.accept(&staged.commit);
    let (eva, _) = founded(Kind::Private, Join::Invite);
    let mut elsewhere = *ROOM.as_bytes();
    elsewhere[0] ^= 1;
    let policy = eva.group().policy().clone();
    let (mut other, _) =
        Group::found(&eva.provider(), &eva.key, RoomId::from_bytes(elsewhere), &policy).expect("founds");
    let commit = other.stage(&eva.provider(), &eva.key, &Change::default()).expect("stages").commit;
    let received = ben.group().receive(&ben.provider(), &commit);
    assert!(matches!(received, Err(MemberError::Invalid(why)) if why.contains("another room")));
}

#[test]
fn a_room_is_taken_up_at_its_beginning_only_and_unchanged() {
    let ana = Device::new(1, 1);
    let policy = founded(Kind::Private, Join::Invite).0.group().policy().clone();
    let (mut group, founding) = Group::found(&ana.provider(), &ana.key, ROOM, &policy).expect("founds");
    PublicRoom::found(&founding.group_info, &founding.tree).expect("holds");
    for place in 0..founding.group_info.len() {
        let mut changed = founding.group_info.clone();
        changed[place] ^= 1;
        assert!(PublicRoom::found(&changed, &founding.tree).is_err(), "GroupInfo byte {place}");
    }
    for place in (0..founding.tree.len()).step_by(17) {
        let mut changed = founding.tree.clone();
        changed[place] ^= 1;
        assert!(PublicRoom::found(&founding.group_info, &changed).is_err(), "tree byte {place}");
    }
    let later = group.stage(&ana.provider(), &ana.key, &Change::default()).expect("stages");
    group.accept_own(&ana.provider()).expect("accepts");
    let tree = ana.raw_group().export_ratchet_tree().tls_serialize_detached().expect("writes");
    let refused = PublicRoom::found(&later.group_info, &tree).map(drop).expect_err("epoch 1");
    assert!(refused.0.contains("epoch 0"), "{refused}");
}

/// Takes up a room that no client of ours founds.
fn found_with(
    config: MlsGroupCreateConfigBuilder,
    extensions: Vec<Extension>,
    credential: Credential,
) -> Result<(), String> {
    let extensions = Extensions::from_vec(extensions).expect("extensions");
    let config = config.with_group_context_extensions(extensions).build();
    let (info, tree) = Device::new(1, 1).raw_founding(&config, credential);
    PublicRoom::found(&info, &tree).map(drop).map_err(|error| error.to_string())
}

#[test]
fn a_room_of_another_profile_is_refused() {
    let (ana, _) = founded(Kind::Private, Join::Invite);
    let policy = ana.group().policy().to_bytes();
    let unknown = |kind: u16, value: &[u8]| Extension::Unknown(kind, UnknownExtension(value.to_vec()));
    let context = |types: &[u16], policy: &[u8]| {
        let types = types.iter().map(|kind| ExtensionType::Unknown(*kind)).collect::<Vec<_>>();
        let required = RequiredCapabilitiesExtension::new(&types, &[], &[]);
        vec![Extension::RequiredCapabilities(required), unknown(0xF5C1, policy)]
    };
    let ours = || context(&[0xF5C1], &policy);
    let named = || ana.key.member().to_credential();
    let can = |extensions: &[u16]| {
        let extensions = extensions.iter().map(|kind| ExtensionType::Unknown(*kind)).collect();
        Capabilities::builder().ciphersuites(vec![profile::SUITE]).extensions(extensions).build()
    };
    let config = || MlsGroupCreateConfig::builder().ciphersuite(profile::SUITE);
    let plain = || config().capabilities(profile::capabilities());

    found_with(plain(), ours(), named()).expect("ours");
    let refused = |config, extensions, credential, why: &str| {
        let error = found_with(config, extensions, credential).expect_err(why);
        assert!(error.contains(why), "{error}");
    };
    refused(plain(), vec![], named(), "no SecureChat policy");
    refused(plain(), context(&[0xF5C1], b"?"), named(), "malformed");
    let beside = [ours(), vec![unknown(0xF5C2, b"")]].concat();
    refused(config().capabilities(can(&[0xF5C1, 0xF5C2])), beside, named(), "other extensions");
    refused(plain(), vec![unknown(0xF5C1, &policy)], named(), "other extensions");
    let asks_more = config().capabilities(can(&[0xF5C1, 0xF5C2]));
    refused(asks_more, context(&[0xF5C1, 0xF5C2], &policy), named(), "other extensions");
    refused(plain(), ours(), BasicCredential::new(b"ana".to_vec()).into(), "credential is not ours");
    let weaker = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
    let can_both = Capabilities::builder()
        .ciphersuites(vec![profile::SUITE, weaker])
        .extensions(vec![ExtensionType::Unknown(profile::POLICY_EXTENSION)])
        .build();
    let of_weaker = MlsGroupCreateConfig::builder().ciphersuite(weaker).capabilities(can_both);
    refused(of_weaker, ours(), named(), "another suite");
    let tagged = config()
        .capabilities(can(&[0xF5C1, 0xF5C2]))
        .with_leaf_node_extensions(Extensions::single(unknown(0xF5C2, b"x")).expect("an extension"))
        .expect("in a leaf");
    refused(tagged, ours(), named(), "what our profile asks");
}

#[test]
fn what_is_not_exactly_one_message_is_refused() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    let staged = ana.stage(&Change { add: vec![ben.key_package()], ..Change::default() });
    let welcome = staged.welcome.clone().expect("a welcome");
    server.take(&staged).expect("adds");
    ana.accept_own();
    let message = ana.say(b"hello");
    type Reader = fn(&[u8]) -> bool;
    let readers: [(&[u8], Reader); 2] = [
        (&message, |bytes| peek_private_message(bytes).is_ok()),
        (&welcome, |bytes| split_welcome(bytes).is_ok()),
    ];
    for (bytes, reads) in readers {
        assert!(reads(bytes));
        assert!(!reads(&[bytes, &[0]].concat()), "a byte too many");
        assert!(!reads(&bytes[..bytes.len() - 1]), "a byte too few");
        assert!(!reads(&staged.commit), "another message");
        assert!(!reads(&[]), "nothing");
    }
}
