//! Listing devices and ending them.

use securechat_chain::Op;
use securechat_delivery::{Wake, accounts, people};
use securechat_proto::Code;
use securechat_proto::http;

use crate::world::{World, code_of};

#[test]
fn a_person_sees_their_devices() {
    let mut world = World::new();
    let mut ana = world.owner("ana");
    world.later(5);
    world.second_device(&mut ana);
    let listed = world.read(|tx| accounts::devices(tx, &ana.devices[1].asker)).unwrap();
    let ids: Vec<_> = listed.iter().map(|device| (device.device_id, device.current)).collect();
    assert_eq!(ids, [(ana.devices[0].id, false), (ana.devices[1].id, true)]);
    assert_eq!(listed[1].added_ms, world.now);
    assert_eq!(listed[1].device_name.0, [3; 30]);
}

#[test]
fn a_revoked_device_is_out_at_once_and_for_good() {
    let mut world = World::new();
    let mut ana = world.owner("ana");
    world.second_device(&mut ana);
    let wakes = world.revoke(&mut ana, 0, 1).unwrap();
    let lost = &ana.devices[1];
    assert_eq!(
        wakes,
        [
            Wake::EndSessions { devices: vec![lost.id], code: Code::Unauthenticated },
            Wake::LogGrew { size: 3 }
        ]
    );
    assert!(world.find(&lost.token).is_none());
    assert_eq!(code_of(world.prove(lost)), Code::WrongCredentials);
    assert!(world.find(&ana.devices[0].token).is_some());
    let report = world.read(|tx| people::report(tx, &ana.asker(), world.now)).unwrap();
    assert_eq!(report.sessions.len(), 1, "its session is deleted, not only useless");
    assert_eq!(world.read(|tx| accounts::devices(tx, &ana.asker())).unwrap().len(), 1);
}

#[test]
fn nobody_revokes_anothers_device_or_with_another_link() {
    let mut world = World::new();
    let ana = world.owner("ana");
    let mut ben = world.member("ben", &ana);
    let asker = ana.asker();
    let now = world.now;
    let bens = ben.devices[0].id;
    let send = |bytes: Vec<u8>| {
        let request = http::RevokeDevice { link: bytes.into() };
        world.write(move |tx| accounts::revoke_device(tx, &asker, &request, now))
    };
    let revoke_ben = Op::RevokeDevice { device: bens };
    let on_anas_chain = ana.sign(revoke_ben.clone(), &ana.devices[0].key);
    assert_eq!(code_of(send(on_anas_chain.bytes().to_vec())), Code::Rejected);
    let on_bens_chain = ben.sign(revoke_ben, &ana.devices[0].key);
    assert_eq!(code_of(send(on_bens_chain.bytes().to_vec())), Code::Conflict);
    let rotate = ana.sign(Op::RotateRecovery { recovery: [1; 32] }, &ana.devices[0].key);
    assert_eq!(code_of(send(rotate.bytes().to_vec())), Code::Rejected);
    assert!(world.find(&ben.devices[0].token).is_some());
    world.second_device(&mut ben);
}
