//! Golden bytes: a change of the wire cannot happen by accident.

use super::*;
use crate::{Code, Refusal};

fn id(byte: u8) -> Bytes {
    vec![byte; 16].into()
}

#[test]
fn a_publish_has_these_bytes() {
    let frame = ClientFrame::new(
        7,
        Request::Publish(Publish {
            room: id(1),
            base_epoch: 3,
            message_id: id(2),
            mls: Bytes::from_static(b"mls"),
            body: Bytes::from_static(b"body"),
        }),
    );
    let golden = concat!(
        "08071a31",
        "0a1001010101010101010101010101010101",
        "1003",
        "1a1002020202020202020202020202020202",
        "22036d6c73",
        "2a04626f6479",
    );
    assert_eq!(data_encoding::HEXLOWER.encode(&frame.to_bytes()), golden);
    assert_eq!(ClientFrame::parse(frame.to_bytes()), Ok(frame));
}

#[test]
fn an_event_has_these_bytes() {
    let frame = ServerFrame::news(Answer::Event(Event {
        room: id(1),
        seq: 9,
        kind: EventKind::Message.into(),
        epoch: 3,
        device: id(4),
        message_id: id(2),
        time_ms: 1000,
        mls: Bytes::from_static(b"mls"),
        body: Bytes::new(),
    }));
    let golden = concat!(
        "7244",
        "0a1001010101010101010101010101010101",
        "100918012003",
        "2a1004040404040404040404040404040404",
        "321002020202020202020202020202020202",
        "38e807",
        "42036d6c73",
    );
    assert_eq!(data_encoding::HEXLOWER.encode(&frame.to_bytes()), golden);
}

#[test]
fn a_refusal_survives_the_wire() {
    let refusal = Refusal {
        epoch: 4,
        head_seq: 17,
        leaves: vec![1, 5],
        ..Refusal::later(Code::StaleEpoch, "the room has moved on", 20)
    };
    assert_eq!(Refusal::from(Refused::from(refusal.clone())), refusal);
}

#[test]
fn garbage_and_oversize_are_refused() {
    assert_eq!(ClientFrame::parse(Bytes::from_static(&[0xff; 9])), Err(FrameError::Malformed));
    assert_eq!(ServerFrame::parse(vec![0; limits::FRAME_BYTES_MAX + 1].into()), Err(FrameError::TooLong));
}

/// Two bytes an item on the wire, 250 in memory.
#[test]
fn a_frame_of_empty_items_is_refused_before_it_takes_memory() {
    let page = |items: usize| {
        let event = Event::default();
        ServerFrame::new(1, Answer::Events(Events { events: vec![event; items], head_seq: 0 })).to_bytes()
    };
    assert!(ServerFrame::parse(page(limits::FRAME_PARTS_MAX)).is_ok());
    assert_eq!(ServerFrame::parse(page(limits::FRAME_PARTS_MAX + 1)), Err(FrameError::TooManyParts));
    let longest = Ready { rooms: vec![RoomHead::default(); limits::ROOMS_PER_USER_MAX], ..Ready::default() };
    assert!(ServerFrame::parse(ServerFrame::news(Answer::Ready(longest)).to_bytes()).is_ok());
}
