//! Keys and news against the state, without a terminal or a client.

use securechat_client::ids::DeviceId;
use securechat_client::view::{History, Kind, LineKind};

use super::*;

pub(crate) fn room(n: u8, label: &str, unread: u64) -> RoomView {
    RoomView {
        room: RoomId::from_bytes([n; 16]),
        label: label.into(),
        topic: "a topic".into(),
        kind: Kind::Channel,
        history: History::Shared,
        state: RoomStanding::Joined,
        unread,
        read_to: Seq(0),
        cursor: Seq(9),
        newest: None,
        people: 2,
        waiting: 0,
        trouble: None,
    }
}

pub(crate) fn line(seq: Option<u64>, text: &str, state: Delivery) -> MessageView {
    MessageView {
        room: RoomId::from_bytes([1; 16]),
        room_label: "#general".into(),
        message_id: MessageId::from_bytes([u8::try_from(seq.unwrap_or(99)).unwrap_or(0); 16]),
        seq: seq.map(Seq),
        time: UnixMillis(1_795_500_000_000),
        user: UserId::from_bytes([3; 16]),
        from: "ana".into(),
        display: None,
        device: DeviceId::from_bytes([4; 16]),
        own: state != Delivery::Sent,
        kind: LineKind::Text,
        text: text.into(),
        state,
    }
}

pub(crate) fn state() -> State {
    let mut state = State::new("me".into());
    state.rooms = vec![room(1, "#general", 0), room(2, "#ops", 3), room(3, "@ben", 0)];
    state.room = Some(RoomId::from_bytes([1; 16]));
    state
}

fn type_in(state: &mut State, text: &str) {
    for c in text.chars() {
        state.on(Cmd::Insert(c));
    }
}

#[test]
fn enter_sends_to_the_room_one_is_in() {
    let mut state = state();
    type_in(&mut state, "hello");
    assert_eq!(state.on(Cmd::Send), Some(Action::Send(RoomId::from_bytes([1; 16]), "hello".into())));
    assert_eq!(state.on(Cmd::Send), None, "nothing is left to send");
}

#[test]
fn a_wrong_command_stays_in_the_line_and_says_why() {
    let mut state = state();
    type_in(&mut state, "/frob");
    assert_eq!(state.on(Cmd::Send), None);
    assert_eq!(state.composer.text(), "/frob");
    assert!(state.notice.contains("/frob"));
}

#[test]
fn the_palette_finds_by_scattered_letters() {
    let mut state = state();
    state.on(Cmd::Palette);
    type_in(&mut state, "gn");
    assert_eq!(state.on(Cmd::Send), Some(Action::Open(RoomId::from_bytes([1; 16]))));
    assert_eq!(state.mode, Mode::Talk);
}

#[test]
fn keys_lead_to_rooms() {
    let mut state = state();
    assert_eq!(state.on(Cmd::NextUnread), Some(Action::Open(RoomId::from_bytes([2; 16]))));
    assert_eq!(state.on(Cmd::RoomNumber(3)), Some(Action::Open(RoomId::from_bytes([3; 16]))));
    assert_eq!(state.on(Cmd::RoomNumber(9)), None);
}

#[test]
fn ctrl_c_clears_first_and_quits_second() {
    let mut state = state();
    type_in(&mut state, "draft");
    assert_eq!(state.on(Cmd::Interrupt), None);
    assert!(state.composer.is_empty());
    assert_eq!(state.on(Cmd::Interrupt), None);
    assert_eq!(state.on(Cmd::Interrupt), Some(Action::Quit));
}

#[test]
fn a_failed_message_can_be_retried() {
    let mut state = state();
    assert_eq!(state.on(Cmd::Retry), None);
    state.lines = vec![line(Some(1), "a", Delivery::Sent), line(None, "b", Delivery::Failed("why".into()))];
    assert!(matches!(state.on(Cmd::Retry), Some(Action::Retry(..))));
}

#[test]
fn many_pasted_lines_are_asked_about_once() {
    let mut state = state();
    state.pasted("one\r\ntwo\x1b[31m");
    assert!(!state.composer.text().contains('\u{1b}'));
    state.composer.set("");
    state.pasted("1\n2\n3\n4\n5");
    assert!(matches!(state.mode, Mode::Paste(_)));
    state.on(Cmd::Insert('y'));
    assert_eq!(state.composer.text(), "1\n2\n3\n4\n5");
}
