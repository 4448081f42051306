//! One of each larger body of the JSON API; the smaller ones are parts of these.

use securechat_ids::{DeviceId, Generation, RoomId, ServerId, UnixMillis, UserId};
use securechat_proto::Code;
use securechat_proto::http::{
    B64, ChangePassword, Device, Invite, LoggedIn, PasswordParameters, Problem, ProveDevice, Register,
    Report, ReportReceipt, ReportRoom, ReportSession, Role, Secret, ServerInfo, Session, User, Vault,
};
use serde::Serialize;

use super::write;

const USER: UserId = UserId::from_bytes([1; 16]);
const DEVICE: DeviceId = DeviceId::from_bytes([2; 16]);
const TIME: UnixMillis = UnixMillis(1_795_600_000_000);

fn secret() -> Secret {
    Secret("A".repeat(43))
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("writes")
}

pub(super) fn write_all() {
    let parameters = PasswordParameters { salt: B64(vec![1; 16]), memory_kib: 65_536, passes: 3 };
    let vault = Vault { version: 1, sealed: B64(vec![3; 40]) };
    let user = User {
        user_id: USER,
        user_name: "ana".into(),
        role: Role::Owner,
        active: true,
        online: true,
        created_ms: TIME,
    };
    let device = Device {
        device_id: DEVICE,
        device_name: B64(vec![4; 24]),
        added_ms: TIME,
        last_seen_ms: TIME,
        current: true,
    };
    let server = ServerInfo {
        server_id: ServerId::from_bytes([5; 16]),
        generation: Generation::from_bytes([6; 16]),
        version: "0.1.0".into(),
        protocol: 1,
        words: ["abandon", "ability", "able", "about"].map(str::to_owned).to_vec(),
        pin: "AAECAwQFBgcICQoLDA0ODw".into(),
        needs_owner: true,
        now_ms: TIME,
    };
    let register = Register {
        code: Secret("K7QF-2M9D".into()),
        user_name: "ana".into(),
        parameters: parameters.clone(),
        auth: secret(),
        share: B64(vec![7; 32]),
        genesis: B64(vec![8; 40]),
        vault: B64(vec![9; 40]),
        device_name: B64(vec![4; 24]),
    };
    let logged_in = LoggedIn {
        user_id: USER,
        ticket: secret(),
        share: B64(vec![7; 32]),
        vault: vault.clone(),
        chain: vec![B64(vec![8; 40]); 2],
    };
    let prove = ProveDevice { device_id: DEVICE, nonce: B64(vec![1; 32]), signature: B64(vec![2; 64]) };
    let session =
        Session { user_id: USER, device_id: DEVICE, token: secret(), expires_ms: TIME, role: Role::Member };
    let change = ChangePassword {
        auth: secret(),
        new_parameters: parameters,
        new_auth: secret(),
        new_share: B64(vec![7; 32]),
        new_vault: vault,
        end_other_sessions: true,
    };
    let invite =
        Invite { id: "7".into(), code: Some(secret()), uses: 9, expires_ms: TIME, role: Role::Member };
    let room = ReportRoom { room_id: RoomId::from_bytes([9; 16]), joined_ms: TIME, events: 3, bytes: 4096 };
    let report = Report {
        user,
        devices: vec![device],
        rooms: vec![room],
        sessions: vec![ReportSession { device_id: DEVICE, opened_ms: TIME, expires_ms: TIME }],
        vault_bytes: 40,
        chain_links: vec![B64(vec![8; 40]); 2],
        items: 1,
        item_bytes: 300,
        receipts: vec![ReportReceipt {
            room_id: RoomId::from_bytes([9; 16]),
            device_id: DEVICE,
            epoch: 3,
            bytes: 552,
        }],
        invites: vec![Invite { code: None, ..invite.clone() }],
    };
    let problem = Problem { code: Code::Rejected, message: "no".into(), retry_after_ms: 5 };
    let bodies = [
        ("prelogin", br#"{"user_name":"ana"}"#.to_vec()),
        ("server", json(&server)),
        ("register", json(&register)),
        ("logged-in", json(&logged_in)),
        ("prove", json(&prove)),
        ("session", json(&session)),
        ("change-password", json(&change)),
        ("invite", json(&invite)),
        ("report", json(&report)),
        ("problem", json(&problem)),
    ];
    write("http_body", &bodies);
}
