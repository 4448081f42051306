//! Chains as honest people and strangers try to grow them.

use ed25519_dalek::{Signer as _, SigningKey};

use super::*;
use crate::link::{Link, LinkError};

struct Person {
    user: UserId,
    keys: Vec<SigningKey>,
    recovery: SigningKey,
}

fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

fn device(n: u8) -> DeviceId {
    DeviceId::from_bytes([n; 16])
}

fn signed(user: UserId, at: Option<&Chain>, op: Op, by: &SigningKey) -> SignedLink {
    let link = Link {
        version: 1,
        user_id: user,
        seq: at.map_or(0, Chain::length),
        prev: at.map_or([0; 32], Chain::head),
        time: UnixMillis(1),
        op,
        signer: by.verifying_key().to_bytes(),
    };
    link.sign(|bytes| by.sign(bytes).to_bytes())
}

fn ana() -> (Person, Chain) {
    let person = Person { user: UserId::from_bytes([1; 16]), keys: vec![key(1), key(2)], recovery: key(9) };
    let op = Op::Genesis {
        name: "ana".parse().expect("a name"),
        device: device(1),
        key: key(1).verifying_key().to_bytes(),
        recovery: key(9).verifying_key().to_bytes(),
    };
    let chain = Chain::begin(&signed(person.user, None, op, &key(1))).expect("a genesis");
    (person, chain)
}

fn add(person: &Person, chain: &Chain, n: u8, by: &SigningKey) -> SignedLink {
    let new = key(n);
    let public = new.verifying_key().to_bytes();
    let possession = new.sign(&device_possession(&person.user, &device(n), &public)).to_bytes();
    signed(person.user, Some(chain), Op::AddDevice { device: device(n), key: public, possession }, by)
}

#[test]
fn a_device_adds_a_device_and_the_recovery_key_adds_another() {
    let (person, chain) = ana();
    let chain = chain.append(&add(&person, &chain, 2, &person.keys[0])).expect("by the first device");
    let chain = chain.append(&add(&person, &chain, 3, &person.recovery)).expect("by the recovery key");
    assert_eq!(chain.active_key(&device(3)), Some(key(3).verifying_key().to_bytes()));
    assert_eq!(chain.length(), 3);
}

#[test]
fn a_stranger_adds_nothing() {
    let (person, chain) = ana();
    assert_eq!(chain.append(&add(&person, &chain, 2, &key(77))), Err(ChainError::Signer));
}

#[test]
fn a_revoked_device_signs_nothing_and_does_not_come_back() {
    let (person, chain) = ana();
    let chain = chain.append(&add(&person, &chain, 2, &person.keys[0])).expect("adds");
    let revoke = signed(person.user, Some(&chain), Op::RevokeDevice { device: device(2) }, &person.keys[0]);
    let chain = chain.append(&revoke).expect("revokes");
    assert_eq!(chain.active_key(&device(2)), None);
    assert_eq!(chain.append(&add(&person, &chain, 3, &person.keys[1])), Err(ChainError::Signer));
    assert_eq!(chain.append(&add(&person, &chain, 2, &person.keys[0])), Err(ChainError::Duplicate));
}

#[test]
fn a_key_is_added_only_by_whoever_holds_it() {
    let (person, chain) = ana();
    let op = Op::AddDevice {
        device: device(2),
        key: key(2).verifying_key().to_bytes(),
        possession: key(1).sign(b"something else").to_bytes(),
    };
    let link = signed(person.user, Some(&chain), op, &person.keys[0]);
    assert_eq!(chain.append(&link), Err(ChainError::Possession));
}

#[test]
fn a_link_fits_only_the_head_it_was_made_for() {
    let (person, chain) = ana();
    let first = add(&person, &chain, 2, &person.keys[0]);
    let rival = add(&person, &chain, 3, &person.keys[0]);
    let chain = chain.append(&first).expect("adds");
    assert_eq!(chain.append(&rival), Err(ChainError::NotNext));
    assert_eq!(chain.append(&first), Err(ChainError::NotNext));
}

#[test]
fn a_reset_changes_the_root_and_ends_all_devices() {
    let (person, chain) = ana();
    let op = Op::Reset {
        device: device(5),
        key: key(5).verifying_key().to_bytes(),
        recovery: key(6).verifying_key().to_bytes(),
    };
    let after = chain.append(&signed(person.user, Some(&chain), op, &key(5))).expect("resets");
    assert_ne!(after.root(), chain.root());
    assert_eq!(after.active_key(&device(1)), None);
    assert!(after.active_key(&device(5)).is_some());
}

#[test]
fn a_new_recovery_key_signs_and_the_old_one_no_longer() {
    let (person, chain) = ana();
    let op = Op::RotateRecovery { recovery: key(8).verifying_key().to_bytes() };
    let after = chain.append(&signed(person.user, Some(&chain), op, &key(1))).expect("rotates");
    assert_eq!(after.append(&add(&person, &after, 2, &person.recovery)), Err(ChainError::Signer));
    assert!(after.append(&add(&person, &after, 2, &key(8))).is_ok());
    assert_eq!(after.root(), chain.root(), "it is the same person");
}

#[test]
fn a_recovery_key_is_never_the_key_of_a_device() {
    let (person, chain) = ana();
    let of = |n| key(n).verifying_key().to_bytes();
    let rotate = Op::RotateRecovery { recovery: of(1) };
    let link = signed(person.user, Some(&chain), rotate, &key(1));
    assert_eq!(chain.append(&link), Err(ChainError::Duplicate));
    for recovery in [of(1), of(5)] {
        let reset = Op::Reset { device: device(5), key: of(5), recovery };
        let link = signed(person.user, Some(&chain), reset, &key(5));
        assert_eq!(chain.append(&link), Err(ChainError::Duplicate));
    }
}

#[test]
fn a_changed_byte_anywhere_is_noticed() {
    let (person, chain) = ana();
    let link = add(&person, &chain, 2, &person.keys[0]);
    assert_eq!(SignedLink::parse(link.bytes()).as_ref(), Ok(&link));
    for place in 0..link.bytes().len() {
        let mut bytes = link.bytes().to_vec();
        bytes[place] ^= 1;
        assert!(SignedLink::parse(&bytes).is_err(), "byte {place}");
    }
    let mut longer = link.bytes().to_vec();
    longer.push(0);
    assert_eq!(SignedLink::parse(&longer), Err(LinkError::Malformed));
}
