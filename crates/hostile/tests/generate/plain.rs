//! Frames, bodies, links and texts as they are written every day.

use bytes::Bytes;
use ed25519_dalek::{Signer as _, SigningKey};
use securechat_chain::{Link, Op, device_possession};
use securechat_ids::{DeviceId, MessageId, RoomId, UnixMillis, UserId};
use securechat_proto::frame::{
    Answer, ClaimKeyPackages, ClientFrame, Commit, Event, Events, Fetch, Hello, Log, Publish, PutKeyPackages,
    Ready, Refused, Request, ServerFrame,
};
use serde::Serialize;
use serde_bytes::ByteBuf;

use super::write;

const PIN: &str = "AAECAwQFBgcICQoLDA0ODw";

pub(super) fn write_all() {
    frames();
    write("chain_link", &links());
    write("content", &contents());
    write("sealed", &sealed());
    let links = [
        ("invite", format!("https://192.168.1.20:8765/i#K7QF-2M9D.{PIN}")),
        ("pin", format!("https://chat.example/i#.{PIN}")),
        ("six", "https://[::1]:9000".into()),
        ("bare", "localhost".into()),
        ("pin-alone", PIN.into()),
    ];
    write("invite_link", &links.each_ref().map(|(name, text)| (*name, text.clone().into_bytes())));
    let key = "abcd-efgh-jkmn-pqrs-tuvw-xyz2-3456-789a-bcde-fghj-kmnp-qrst-uvwx-yz23";
    let id = RoomId::from_bytes([7; 16]).to_string();
    let names = [
        ("user", "Ana.Maria-1_x"),
        ("room", "#Launch-2"),
        ("key", key),
        ("id", &id),
        ("lines", "a\r\nb\tc\u{202e}"),
    ];
    write("names", &names.map(|(name, text)| (name, text.as_bytes().to_vec())));
    write("server_config", &configs());
    write("export", &exports());
}

fn exports() -> Vec<(&'static str, Vec<u8>)> {
    let id = "07".repeat(16);
    let line = format!(
        r#"{{"id":"{id}","seq":7,"time":"2026-01-02T03:04:05Z","time_ms":1767323045000,"from":"ana","user":"{id}",
           "display":"Ana","device":"{id}","kind":"text","text":"<b>said</b>"}}"#
    );
    let manifest = format!(
        r##"{{"version":1,"server_id":"{id}","server_url":"https://localhost:8765","user_id":"{id}","user_name":"ana",
           "time":"2026-01-02T03:04:05Z","messages":1,"rooms":[{{"id":"{id}","label":"#general","topic":"","messages":1,
           "lines":"room-0001.jsonl"}}],"files":[{{"name":"room-0001.jsonl","bytes":9,"sha256":"00"}}]}}"##
    );
    vec![("line", line.into_bytes()), ("manifest", manifest.into_bytes())]
}

fn id(n: u8) -> Bytes {
    vec![n; 16].into()
}

fn frames() {
    let bytes = Bytes::from_static;
    let asked = [
        ("hello", Request::Hello(Hello { version: 1, token: "t".into() })),
        (
            "publish",
            Request::Publish(Publish {
                room: id(1),
                base_epoch: 3,
                message_id: id(2),
                mls: bytes(b"mls"),
                body: bytes(b"body"),
            }),
        ),
        (
            "commit",
            Request::Commit(Commit {
                room: id(1),
                base_epoch: 3,
                commit: bytes(b"commit"),
                ..Commit::default()
            }),
        ),
        ("fetch", Request::Fetch(Fetch { room: id(1), ..Fetch::default() })),
        ("claim", Request::ClaimKeyPackages(ClaimKeyPackages { users: vec![id(1), id(2)] })),
        (
            "put",
            Request::PutKeyPackages(PutKeyPackages {
                packages: vec![bytes(b"one"), bytes(b"two")],
                ..PutKeyPackages::default()
            }),
        ),
    ];
    write("client_frame", &asked.map(|(name, ask)| (name, ClientFrame::new(7, ask).to_bytes().to_vec())));
    let event = Event { room: id(1), seq: 9, epoch: 3, device: id(4), ..Event::default() };
    let told = [
        ("ready", Answer::Ready(Ready::default())),
        (
            "refused",
            Answer::Refused(Refused {
                code: 3,
                message: "no".into(),
                retry_after_ms: 5,
                leaves: vec![1, 300],
                ..Refused::default()
            }),
        ),
        ("event", Answer::Event(event.clone())),
        ("events", Answer::Events(Events { events: vec![event.clone(), event], ..Events::default() })),
        ("log", Answer::Log(Log { links: vec![bytes(b"link")], size: 1, root: vec![9; 32].into() })),
    ];
    write("server_frame", &told.map(|(name, tell)| (name, ServerFrame::new(7, tell).to_bytes().to_vec())));
}

fn links() -> [(&'static str, Vec<u8>); 2] {
    let (first, new) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
    let user = UserId::from_bytes([1; 16]);
    let device = |n| DeviceId::from_bytes([n; 16]);
    let public = |key: &SigningKey| key.verifying_key().to_bytes();
    let link = |seq, prev, op| {
        let link =
            Link { version: 1, user_id: user, seq, prev, time: UnixMillis(1), op, signer: public(&first) };
        link.sign(|bytes| first.sign(bytes).to_bytes())
    };
    let name = "ana".parse().expect("a name");
    let genesis = link(
        0,
        [0; 32],
        Op::Genesis { name, device: device(1), key: public(&first), recovery: public(&new) },
    );
    let possession = new.sign(&device_possession(&user, &device(2), &public(&new))).to_bytes();
    let add = link(1, genesis.hash(), Op::AddDevice { device: device(2), key: public(&new), possession });
    [("genesis", genesis.bytes().to_vec()), ("add", add.bytes().to_vec())]
}

fn cbor(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("writes");
    bytes
}

#[derive(Serialize)]
struct Text {
    text: &'static str,
}

#[derive(Serialize)]
struct Named {
    room: RoomId,
    name: &'static str,
    topic: &'static str,
}

#[derive(Serialize)]
struct Directory {
    rooms: Vec<Named>,
}

fn contents() -> [(&'static str, Vec<u8>); 4] {
    let text = ByteBuf::from(cbor(&Text { text: "hello" }));
    let rooms = vec![Named { room: RoomId::from_bytes([9; 16]), name: "ops", topic: "on call" }];
    let directory = ByteBuf::from(cbor(&Directory { rooms }));
    let (room, message) = (RoomId::from_bytes([1; 16]), MessageId::from_bytes([2; 16]));
    let (user, device) = (UserId::from_bytes([3; 16]), DeviceId::from_bytes([4; 16]));
    [
        ("text", cbor(&("text", &text))),
        ("poll", cbor(&("poll", &text))),
        ("directory", cbor(&("directory", &directory))),
        ("envelope", cbor(&(1_u8, room, message, user, device, UnixMillis(5), "text", &text))),
    ]
}

/// As enums are in CBOR: a map of one name.
#[derive(Serialize)]
enum Inside {
    #[serde(rename = "ref")]
    Reference(MessageId, ByteBuf),
    #[serde(rename = "env")]
    Envelope(MessageId, ByteBuf),
}

fn sealed() -> [(&'static str, Vec<u8>); 5] {
    let (room, message) = (RoomId::from_bytes([1; 16]), MessageId::from_bytes([2; 16]));
    [
        ("bound", cbor(&(1_u8, room, message, 7_u64, ByteBuf::from([3; 32])))),
        ("reference", cbor(&Inside::Reference(message, ByteBuf::from([4; 32])))),
        ("envelope", cbor(&Inside::Envelope(message, ByteBuf::from([5; 40])))),
        ("signed", cbor(&(ByteBuf::from([5; 40]), ByteBuf::from([6; 64])))),
        ("padded", [[7; 100].as_slice(), &[0x80], &[0; 27]].concat()),
    ]
}

fn configs() -> [(&'static str, Vec<u8>); 2] {
    let whole = r#"data = "/srv/chat"
[listen]
addresses = ["127.0.0.1:9000"]
names = ["chat.example"]
[tls]
cert = "/etc/chat.pem"
key = "/etc/chat.key"
[connections]
max = 7
[passwords]
bcrypt_cost = 13
[storage]
bytes_max = 8192
[limits]
users_max = 5
[rates]
device = { burst = 1, per_second = 2 }
"#;
    [("whole", whole.into()), ("wrong", b"[limits]\nusers_maxx = 5\n".to_vec())]
}
