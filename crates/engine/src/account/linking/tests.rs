//! Two sides of a linking, and what comes between them.

use ed25519_dalek::{Signer as _, SigningKey};
use securechat_chain::{Chain, Link, Op, SignedLink};
use securechat_ids::{DeviceId, ServerId, UnixMillis, UserId};
use securechat_mls::Member;
use securechat_mls_member::DeviceKey;

use super::*;
use crate::account::{LinkingCode, VaultKey};
use crate::{Chance, Cx};

struct Counting(u64);

impl Chance for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_be_bytes()[0];
        }
    }
}

struct Pair {
    code: LinkingCode,
    new: NewSide,
    first: Vec<u8>,
    chance: Counting,
}

const PIN: &str = "AAECAwQFBgcICQoLDA0ODw";
const OLD_SEED: [u8; 32] = [3; 32];

fn account() -> Account {
    Account {
        server_id: ServerId::from_bytes([9; 16]),
        server_pin: PIN.into(),
        user_id: UserId::from_bytes([1; 16]),
        user_name: "ana".into(),
    }
}

fn chain() -> Chain {
    let key = SigningKey::from_bytes(&OLD_SEED);
    let public = key.verifying_key().to_bytes();
    let genesis = Link {
        version: 1,
        user_id: account().user_id,
        seq: 0,
        prev: [0; 32],
        time: UnixMillis(1),
        op: Op::Genesis {
            name: "ana".parse().expect("a name"),
            device: DeviceId::from_bytes([2; 16]),
            key: public,
            recovery: [4; 32],
        },
        signer: public,
    };
    Chain::begin(&genesis.sign(|bytes| key.sign(bytes).to_bytes())).expect("begins")
}

fn device_key() -> DeviceKey {
    let member = Member {
        user_id: account().user_id,
        device_id: DeviceId::from_bytes([2; 16]),
        root16: chain().root16(),
    };
    DeviceKey::new(member, &OLD_SEED)
}

fn pair() -> Pair {
    let mut chance = Counting(1);
    let mut cx = Cx { now: UnixMillis(5), chance: &mut chance };
    let code = LinkingCode::generate(&mut cx);
    let (new, first) =
        NewSide::begin(&code, account().server_id, "https://h:1", PIN, &mut cx).expect("begins");
    Pair { code, new, first, chance }
}

impl Pair {
    fn take(&mut self, account: &Account) -> (OldSide, Vec<u8>) {
        let (code, first) = (self.code.clone(), self.first.clone());
        OldSide::begin(&code, &first, account, &mut self.cx()).expect("takes it")
    }

    fn cx(&mut self) -> Cx<'_> {
        Cx { now: UnixMillis(6), chance: &mut self.chance }
    }
}

#[test]
fn a_new_device_is_let_in_once_its_person_has_confirmed() {
    let mut it = pair();
    let (mut old, whose) = it.take(&account());
    let welcomed = it.new.welcomed(&whose, "Fire\u{202e}fox on Linux").expect("is welcomed");
    assert_eq!(welcomed.user_name, "ana");
    let (name, words) = old.offered(&welcomed.message).expect("is offered");
    assert!(!name.contains('\u{202e}') && name.ends_with("fox on Linux"), "{name:?}");
    assert_eq!(words, welcomed.words);

    let vault = VaultKey::from_bytes([8; 32]);
    let before = Granting { chain: &chain(), log_size: 1, log_root: [0; 32], vault_key: &vault };
    assert_eq!(old.device_id(), Some(it.new.device_id()));
    let request = old.confirmed(&chain(), &device_key(), &vault, &mut it.cx()).expect("signs");
    let again =
        old.confirmed(&chain(), &device_key(), &vault, &mut it.cx()).expect("signs for a chain that moved");
    assert_eq!(request.link, again.link);
    let link = SignedLink::parse(&request.link.0).expect("a link");
    let after = chain().append(&link).expect("continues the chain");
    let message =
        old.granted(&Granting { chain: &after, log_size: 2, log_root: [7; 32], ..before }).expect("grants");
    let grant = it.new.answered(&message).expect("is let in");
    let home = it.new.home(grant, securechat_proto::http::Role::Member, "token");
    assert_eq!((home.user_name.as_str(), home.root16), ("ana", chain().root16()));
    assert!(home.vault_key == vault);
    assert_eq!(
        after.active_key(&home.device_id),
        Some(SigningKey::from_bytes(&home.device_seed).verifying_key().to_bytes())
    );
    assert!(home.expected.is_some());
}

#[test]
fn nothing_is_granted_before_it_is_confirmed_and_in_the_log() {
    let mut it = pair();
    let vault = VaultKey::from_bytes([8; 32]);
    let granting = Granting { chain: &chain(), log_size: 1, log_root: [0; 32], vault_key: &vault };
    let (mut old, _) = it.take(&account());
    assert!(old.confirmed(&chain(), &device_key(), &vault, &mut it.cx()).is_err(), "nobody is there yet");
    assert_eq!(old.granted(&granting).err(), Some(LinkingError::Over));

    let mut it = pair();
    let (mut old, whose) = it.take(&account());
    old.offered(&it.new.welcomed(&whose, "x").expect("is welcomed").message).expect("is offered");
    old.confirmed(&chain(), &device_key(), &vault, &mut it.cx()).expect("signs");
    assert_eq!(old.granted(&granting).err(), Some(LinkingError::Over), "not on the chain");
}

#[test]
fn a_refusal_is_told() {
    let mut it = pair();
    let (mut old, whose) = it.take(&account());
    old.offered(&it.new.welcomed(&whose, "x").expect("is welcomed").message).expect("is offered");
    let message = old.refused().expect("refuses");
    assert_eq!(it.new.answered(&message).err(), Some(LinkingError::Refused));
    assert_eq!(it.new.answered(&message).err(), Some(LinkingError::Over));
}

#[test]
fn another_code_opens_nothing() {
    let mut it = pair();
    let other = LinkingCode::generate(&mut it.cx());
    let first = it.first.clone();
    let taken = OldSide::begin(&other, &first, &account(), &mut it.cx());
    assert_eq!(taken.err(), Some(LinkingError::Channel));
}

#[test]
fn a_relay_that_changes_a_byte_is_noticed_at_every_step() {
    let spoil = |mut bytes: Vec<u8>, place: usize| {
        let place = place % bytes.len();
        bytes[place] ^= 1;
        bytes
    };
    for place in 0..200 {
        let mut it = pair();
        let (first, code) = (spoil(it.first.clone(), place), it.code.clone());
        assert!(OldSide::begin(&code, &first, &account(), &mut it.cx()).is_err());
        let (_, whose) = it.take(&account());
        assert_eq!(it.new.welcomed(&spoil(whose, place), "x").err(), Some(LinkingError::Channel));

        let mut it = pair();
        let (mut old, whose) = it.take(&account());
        let offer = it.new.welcomed(&whose, "x").expect("is welcomed").message;
        assert_eq!(old.offered(&spoil(offer, place)).err(), Some(LinkingError::Channel));

        let mut it = pair();
        let (mut old, whose) = it.take(&account());
        old.offered(&it.new.welcomed(&whose, "x").expect("is welcomed").message).expect("is offered");
        let verdict = old.refused().expect("refuses");
        assert_eq!(it.new.answered(&spoil(verdict, place)).err(), Some(LinkingError::Channel));
    }
}

#[test]
fn somebody_between_a_new_device_and_the_server_is_noticed() {
    let mut it = pair();
    let (_, whose) = it.take(&Account { server_pin: "_____________________w".into(), ..account() });
    assert_eq!(it.new.welcomed(&whose, "x").err(), Some(LinkingError::OtherServer));
    let mut it = pair();
    let (_, whose) = it.take(&Account { server_id: ServerId::from_bytes([8; 16]), ..account() });
    assert_eq!(it.new.welcomed(&whose, "x").err(), Some(LinkingError::OtherServer));
}
