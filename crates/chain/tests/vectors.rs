//! Test vectors of docs/protocol.md §5: links of two users and the log's roots, in `docs/vectors/chain.json`.

use std::path::Path;

use ed25519_dalek::{Signer as _, SigningKey};
use securechat_chain::{Chain, Link, Op, Registry, SignedLink, device_possession};
use securechat_ids::{DeviceId, UnixMillis, UserId};
use serde_json::{Value, json};

fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

fn public(n: u8) -> [u8; 32] {
    key(n).verifying_key().to_bytes()
}

fn device(n: u8) -> DeviceId {
    DeviceId::from_bytes([n; 16])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn link(user: UserId, chain: Option<&Chain>, op: Op, by: u8) -> SignedLink {
    let seq = chain.map_or(0, Chain::length);
    let prev = chain.map_or([0; 32], Chain::head);
    let time = UnixMillis(1_800_000_000_000 + seq);
    let link = Link { version: 1, user_id: user, seq, prev, time, op, signer: public(by) };
    link.sign(|bytes| key(by).sign(bytes).to_bytes())
}

fn genesis(user: UserId, name: &str, first: u8, recovery: u8) -> SignedLink {
    let name = name.parse().expect("a name");
    let op = Op::Genesis { name, device: device(first), key: public(first), recovery: public(recovery) };
    link(user, None, op, first)
}

/// Every op once; seeds and device ids are one byte repeated.
fn links() -> Vec<SignedLink> {
    let (ana, ben) = (UserId::from_bytes([0xa1; 16]), UserId::from_bytes([0xb1; 16]));
    let first = genesis(ana, "ana", 1, 9);
    let mut chain = Chain::begin(&first).expect("a genesis");
    let mut links = vec![first, genesis(ben, "ben", 4, 8)];
    let possession = key(2).sign(&device_possession(&ana, &device(2), &public(2))).to_bytes();
    let ops = [
        (Op::AddDevice { device: device(2), key: public(2), possession }, 9),
        (Op::RevokeDevice { device: device(1) }, 2),
        (Op::RotateRecovery { recovery: public(10) }, 2),
        (Op::Reset { device: device(3), key: public(3), recovery: public(11) }, 3),
    ];
    for (op, by) in ops {
        let next = link(ana, Some(&chain), op, by);
        chain = chain.append(&next).expect("continues");
        links.push(next);
    }
    links
}

fn vectors() -> Value {
    let mut registry = Registry::default();
    let steps: Vec<Value> = links()
        .iter()
        .map(|link| {
            registry.append(link.bytes()).expect("continues the log");
            json!({ "link": hex(link.bytes()), "hash": hex(&link.hash()), "log_root": hex(&registry.root()) })
        })
        .collect();
    let chains: Vec<Value> = registry
        .chains()
        .map(|chain| {
            let devices = chain.devices().iter().map(|(id, device)| {
                json!({ "device": id.to_string(), "key": hex(&device.key), "active": device.active })
            });
            json!({
                "user": chain.user_id().to_string(),
                "root": hex(&chain.root()),
                "recovery": hex(&chain.recovery()),
                "devices": devices.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "log": steps, "chains": chains })
}

#[test]
fn links_and_roots_are_those_of_the_vectors() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/vectors/chain.json");
    let now = format!("{:#}\n", vectors());
    if std::env::var_os("SECURECHAT_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &now).expect("writes");
    }
    assert_eq!(std::fs::read_to_string(&path).expect("docs/vectors/chain.json"), now);
}
