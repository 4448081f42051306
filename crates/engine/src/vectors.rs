//! Test vectors of docs/protocol.md §2, §5 and §8: `docs/vectors/{vault,body,transcript,history}.json`.

use std::path::Path;

use bytes::Bytes;
use securechat_ids::{DeviceId, Epoch, MessageId, RoomId, Seq, ServerId, UnixMillis, UserId};
use securechat_mls::Member;
use securechat_mls_member::DeviceKey;
use securechat_proto::frame::Event;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::account::{Item, VaultKey, item_name, register, seal_item, stretch, unlock};
use crate::archive::ArchiveKey;
use crate::content::{Content, Envelope};
use crate::evidence::LogHead;
use crate::seal::{Bound, seal_under};
use crate::{Chance, Cx, safety, transcript};

/// 0, 1, 2 … and from the beginning after 255.
struct Counting(u8);

impl Chance for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }
}

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Fails where the file is not what the code makes; `SECURECHAT_WRITE_VECTORS=1` writes it.
fn compare(file: &str, now: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/vectors").join(file);
    let now = format!("{now:#}\n");
    if std::env::var_os("SECURECHAT_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &now).expect("writes");
    }
    assert_eq!(std::fs::read_to_string(&path).expect("the file of vectors"), now);
}

#[test]
fn a_new_account_has_the_bytes_of_the_vectors() {
    let mut chance = Counting(0);
    let cx = &mut Cx { now: NOW, chance: &mut chance };
    let password = "Ångström ﬁve lamps";
    let name = "ana".parse().expect("a name");
    let new = register("code", &name, password, "ana's laptop", cx).expect("registers");
    let request = &new.request;
    let stretched = stretch(password, &request.parameters).expect("stretches");
    let opened = unlock(&new.user_id, &request.vault.0, &stretched, &request.share.0);
    assert!(opened.is_ok_and(|opened| opened.key == new.vault_key));
    compare(
        "vault.json",
        &json!({
            "password": password,
            "salt": hex(&request.parameters.salt.0),
            "memory_kib": request.parameters.memory_kib,
            "passes": request.parameters.passes,
            "auth": request.auth.0,
            "share": hex(&request.share.0),
            "user": new.user_id.to_string(),
            "name": "ana",
            "device": new.device_id.to_string(),
            "device_seed": hex(new.device_seed.as_ref()),
            "time": NOW.0,
            "vault_key": hex(new.vault_key.as_bytes()),
            "vault": hex(&request.vault.0),
            "recovery_text": new.recovery.to_text(),
            "recovery_public": hex(&new.recovery.public()),
            "device_name": "ana's laptop",
            "device_name_sealed": hex(&request.device_name.0),
            "genesis": hex(&request.genesis.0),
        }),
    );
}

fn envelope() -> Envelope {
    Envelope {
        room: RoomId::from_bytes([0xc1; 16]),
        message_id: MessageId::new(NOW, [7; 10]),
        user: UserId::from_bytes([0xa1; 16]),
        device: DeviceId::from_bytes([0xd1; 16]),
        time: NOW,
        content: Content::Text { text: "**Grüße**, 世界".into() },
    }
}

#[test]
fn a_sealed_message_has_the_bytes_of_the_vectors() {
    let envelope = envelope();
    let member = Member { user_id: envelope.user, device_id: envelope.device, root16: [3; 16] };
    let key = DeviceKey::new(member, &[5; 32]);
    let archive = ArchiveKey::from_bytes([0xae; 32]);
    let seal = |archive: Option<&ArchiveKey>| {
        let mut chance = Counting(0);
        seal_under(archive, Epoch(300), &key, &envelope, &mut Cx { now: NOW, chance: &mut chance })
            .expect("seals")
    };
    let (kept, alone) = (seal(Some(&archive)), seal(None));
    assert_eq!(alone.body, Vec::<u8>::new());
    compare(
        "body.json",
        &json!({
            "room": envelope.room.to_string(),
            "epoch": 300,
            "message_id": envelope.message_id.to_string(),
            "user": envelope.user.to_string(),
            "device": envelope.device.to_string(),
            "device_seed": hex(&[5; 32]),
            "time": NOW.0,
            "text": "**Grüße**, 世界",
            "archive_key": hex(archive.as_bytes()),
            "content": hex(&envelope.to_bytes()),
            "body": hex(&kept.body),
            "inside_beside_a_body": hex(&kept.plaintext),
            "inside_without_history": hex(&alone.plaintext),
        }),
    );
}

#[test]
fn transcripts_and_what_is_bound_are_those_of_the_vectors() {
    let authenticator = [0x5a; 48];
    let event = |seq: u64, kind: i32, body: &'static [u8]| Event {
        room: Bytes::from_static(&[0xc1; 16]),
        seq,
        kind,
        epoch: 300,
        device: Bytes::from_static(&[0xd1; 16]),
        message_id: Bytes::copy_from_slice(MessageId::new(NOW, [8; 10]).as_bytes()),
        time_ms: NOW.0,
        mls: Bytes::from_static(b"mls"),
        body: Bytes::from_static(body),
    };
    let mut value = transcript::begin(&authenticator);
    let begins = hex(&value);
    let mut steps = Vec::new();
    for event in [event(42, 1, b"body"), event(43, 1, b""), event(44, 2, b"")] {
        value = transcript::fold(&value, &event);
        steps.push(json!({
            "seq": event.seq,
            "epoch": event.epoch,
            "kind": event.kind,
            "device": hex(&event.device),
            "message_id": hex(&event.message_id),
            "mls": hex(&event.mls),
            "body": hex(&event.body),
            "after": hex(&value),
        }));
    }
    let message_id = MessageId::new(NOW, [9; 10]);
    let bound = Bound {
        room: RoomId::from_bytes([0xc1; 16]),
        message_id,
        last_seen: Seq(44),
        transcript: value,
        log: LogHead { size: 9, root: [4; 32] },
    };
    let server = ServerId::from_bytes([0xe1; 16]);
    let (ana, ben) = (UserId::from_bytes([0xa1; 16]), UserId::from_bytes([0xb1; 16]));
    let halves = [safety::fingerprint(&server, &ana, &[1; 32]), safety::fingerprint(&server, &ben, &[2; 32])];
    let number = safety::number(&halves);
    assert_eq!(number, safety::number(&[halves[1], halves[0]]));
    compare(
        "transcript.json",
        &json!({
            "epoch_authenticator": hex(&authenticator),
            "begins": begins,
            "events": steps,
            "bound": {
                "room": bound.room.to_string(),
                "message_id": message_id.to_string(),
                "last_seen": 44,
                "log_size": 9,
                "log_root": hex(&[4; 32]),
                "bytes": hex(&bound.to_bytes()),
            },
            "safety": {
                "server": server.to_string(),
                "people": [
                    { "user": ana.to_string(), "root": hex(&[1; 32]) },
                    { "user": ben.to_string(), "root": hex(&[2; 32]) },
                ],
                "number": number,
            },
        }),
    );
}

#[test]
fn key_links_and_items_have_the_bytes_of_the_vectors() {
    let envelope = envelope();
    let (room, epoch) = (envelope.room, Epoch(300));
    let (before, after) = (ArchiveKey::from_bytes([0xae; 32]), ArchiveKey::from_bytes([0xaf; 32]));
    let mut chance = Counting(0);
    let mut cx = Cx { now: NOW, chance: &mut chance };
    let link = after.link_to(&before, &room, epoch, &mut cx);
    let vault = VaultKey::from_bytes([7; 32]);
    let item = Item {
        kind: "keys".into(),
        subject: room.as_bytes().to_vec(),
        value: Zeroizing::new(b"the value".to_vec()),
    };
    let sealed = seal_item(&vault, &envelope.user, &item, 2, &mut cx);
    compare(
        "history.json",
        &json!({
            "room": room.to_string(),
            "epoch": epoch.0,
            "archive_key": hex(before.as_bytes()),
            "next_archive_key": hex(after.as_bytes()),
            "link": hex(&link),
            "user": envelope.user.to_string(),
            "vault_key": hex(vault.as_bytes()),
            "item_kind": item.kind,
            "item_subject": hex(&item.subject),
            "item_value": hex(&item.value),
            "item_version": 2,
            "item_name": hex(&item_name(&vault, &item.kind, &item.subject)),
            "item": hex(&sealed),
        }),
    );
}
