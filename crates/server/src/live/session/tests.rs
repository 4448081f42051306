//! Sessions against a whole server.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::mpsc::channel;
use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt as _;
use http::StatusCode;
use securechat_delivery::fairness::Rate;
use securechat_delivery::{Outcome, Wake};
use securechat_ids::{DeviceId, RoomId};
use securechat_proto::frame::{
    Answer, ClientFrame, Empty, Event, EventKind, Fetch, FetchLog, Hello, Request,
};
use securechat_proto::{Code, VERSION, limits};
use tokio::io::AsyncReadExt as _;
use tokio::time::{Instant, pause};
use tokio_tungstenite::tungstenite::Message;

use super::{Session, Socket, Who};
use crate::config::Config;
use crate::trial::{Live, Person, Trial, publish, room, wire};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn hello_publish_and_the_event_comes_to_all_devices_of_the_room() {
    let (trial, ana) = Trial::with_owner().await;
    let room = room(&trial, 9, &[&ana]).await;
    let mut live = Live::open(&trial).await;
    let ready = live.hello(1, ana.token()).await;
    assert_eq!((ready.rooms.len(), ready.role.as_str()), (1, "owner"));
    live.send(2, Request::Publish(publish(room, 1, b"sealed"))).await;
    let (mut published, mut event) = (None, None);
    while published.is_none() || event.is_none() {
        match live.next().await.unwrap().answer.unwrap() {
            Answer::Published(answer) => published = Some(answer),
            Answer::Event(news) => event = Some(news),
            other => panic!("{other:?}"),
        }
    }
    let event = event.unwrap();
    assert_eq!((published.unwrap().seq, event.seq), (1, 1));
    assert_eq!((event.device, event.body), (wire(&ana.device), b"sealed"[..].into()));
    let fetch = Fetch { room: event.room, from_seq: 1, limit: 10, before_seq: 0 };
    match live.ask(3, Request::Fetch(fetch)).await {
        Answer::Events(page) => assert_eq!((page.events.len(), page.head_seq), (1, 1)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn events_of_a_room_come_in_the_order_of_its_log() {
    let (trial, ana) = Trial::with_owner().await;
    let room = room(&trial, 9, &[&ana]).await;
    let mut live = Live::of(&trial, &ana).await;
    for message in 1..=50 {
        live.send(u64::from(message) + 1, Request::Publish(publish(room, message, b""))).await;
    }
    for seq in 1..=50 {
        match live.news().await {
            Answer::Event(event) => assert_eq!(event.seq, seq),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn who_does_not_say_hello_properly_is_shown_out() {
    let (trial, ana) = Trial::with_owner().await;
    let hello = |version, token: &str| Request::Hello(Hello { version, token: token.to_owned() });
    let frame = |request| Message::Binary(ClientFrame::new(1, request).to_bytes());
    let log = Request::FetchLog(FetchLog { from: 0 });
    for (first, code) in [
        (frame(hello(VERSION, "guess")), Code::Unauthenticated),
        (frame(hello(VERSION + 1, ana.token())), Code::UnsupportedVersion),
        (frame(log), Code::Unauthenticated),
        (frame(Request::Ping(Empty {})), Code::Unauthenticated),
        (Message::Text("hello".into()), Code::BadRequest),
        (Message::Binary(vec![0xff; 9].into()), Code::BadRequest),
        (Message::Binary(vec![0; limits::FRAME_BYTES_MAX_BEFORE_HELLO + 1].into()), Code::TooLarge),
    ] {
        let mut live = Live::open(&trial).await;
        live.raw(first).await;
        assert_eq!(live.bye().await, code.number(), "{code:?}");
    }
    assert_eq!(trial.app.hub.count(), 0);
}

#[tokio::test]
async fn before_hello_nobody_makes_the_server_hold_more_than_a_hello() {
    let trial = Trial::start().await;
    let mut live = Live::open(&trial).await;
    // The server stops reading after the first kilobyte and closes: sending may fail half-way, and nothing comes back.
    let _ = live.ws.send(Message::Binary(vec![0; 1024 * 1024].into())).await;
    assert_eq!(live.next().await, None);
}

#[tokio::test]
async fn after_hello_a_frame_has_the_size_of_the_largest_commit_and_no_more() {
    let (trial, ana) = Trial::with_owner().await;
    let room = room(&trial, 9, &[&ana]).await;
    let mut live = Live::of(&trial, &ana).await;
    let large = publish(room, 1, Box::leak(vec![0; limits::COMMIT_BYTES_MAX].into_boxed_slice()));
    match live.ask(2, Request::Publish(large)).await {
        Answer::Refused(refused) => assert_eq!(refused.code, Code::TooLarge.number()),
        other => panic!("{other:?}"),
    }
    let _ = live.ws.send(Message::Binary(vec![0; limits::FRAME_BYTES_MAX + 1].into())).await;
    assert_eq!(live.bye().await, Code::TooLarge.number());
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_ended_after_ten_seconds() {
    let trial = Trial::start().await;
    let mut live = Live::open(&trial).await;
    pause();
    let began = Instant::now();
    assert_eq!(live.bye().await, Code::Unauthenticated.number());
    assert!((seconds(9)..seconds(11)).contains(&began.elapsed()), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_session_without_a_sign_of_life_is_given_up_and_one_that_answers_pings_is_not() {
    let (trial, ana) = Trial::with_owner().await;
    let mut silent = Live::of(&trial, &ana).await;
    pause();
    let began = Instant::now();
    // Read below the WebSocket: pings come in and are not answered.
    let mut pings = Vec::new();
    let _ = silent.ws.get_mut().read_to_end(&mut pings).await;
    let gone = began.elapsed();
    assert!((seconds(70)..seconds(80)).contains(&gone), "{gone:?}");
    assert!(!pings.is_empty());
    assert_eq!(trial.app.hub.count(), 0);

    tokio::time::resume();
    let mut alive = Live::of(&trial, &ana).await;
    pause();
    let waited = tokio::time::timeout(seconds(750), alive.next()).await;
    assert!(waited.is_err(), "{waited:?}");
    assert_eq!(trial.app.hub.count(), 1);
}

#[tokio::test]
async fn a_token_that_was_taken_back_behind_the_sessions_back_ends_it_within_half_an_hour() {
    let (trial, ana) = Trial::with_owner().await;
    let mut live = Live::of(&trial, &ana).await;
    let hash = securechat_delivery::sessions::token_hash(ana.token());
    let taken =
        trial.app.write(move |tx, _| Ok(Outcome::quiet(securechat_delivery::sessions::logout(tx, &hash)?)));
    taken.await.unwrap();
    pause();
    let began = Instant::now();
    assert_eq!(live.bye().await, Code::Unauthenticated.number());
    assert!(began.elapsed() <= seconds(31 * 60), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_device_that_connects_anew_replaces_its_older_connection() {
    let (trial, ana) = Trial::with_owner().await;
    let mut old = Live::of(&trial, &ana).await;
    let mut new = Live::of(&trial, &ana).await;
    assert_eq!(old.bye().await, Code::Conflict.number());
    assert_eq!(trial.app.hub.count(), 1);
    assert_eq!(new.ask(2, Request::Ping(Empty {})).await, Answer::Done(Empty {}));
}

/// A team with an owner who has a second device; both are in one room.
async fn two_devices(change: impl FnOnce(&mut Config)) -> (Trial, Person, Person, RoomId) {
    let trial = Trial::start_with(change).await;
    trial.clock.hold_ahead(0);
    let mut first = Person::new("ana", 1);
    first.join(&trial, &trial.owner_code()).await;
    let second = first.second_device(&trial, 2).await;
    let room = room(&trial, 9, &[&first, &second]).await;
    (trial, first, second, room)
}

/// The old project kept one connection a user: the second took the first one's messages.
#[tokio::test]
async fn two_devices_of_one_person_are_here_at_once_and_each_hears_the_other() {
    let (trial, first, second, room) = two_devices(|_| {}).await;
    let mut desk = Live::of(&trial, &first).await;
    let mut phone = Live::of(&trial, &second).await;
    assert_eq!(trial.app.hub.count(), 2);
    for (message, speaks) in [(1, &first), (2, &second)] {
        let speaker = if message == 1 { &mut desk } else { &mut phone };
        speaker.send(2, Request::Publish(publish(room, message, b""))).await;
        for listener in [&mut desk, &mut phone] {
            match listener.news().await {
                Answer::Event(event) => {
                    assert_eq!((event.seq, event.device), (u64::from(message), wire(&speaks.device)));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Otherwise a second session would double what one person may send.
#[tokio::test]
async fn two_devices_of_one_person_share_what_the_account_may_send() {
    let rate = Rate { burst: 3, per_second: 1 };
    let (trial, first, second, room) = two_devices(|config| config.rates.account = rate).await;
    let mut desk = Live::of(&trial, &first).await;
    let mut phone = Live::of(&trial, &second).await;
    for message in 1..=3 {
        let live = if message == 2 { &mut phone } else { &mut desk };
        let answer = live.ask(2 + u64::from(message), Request::Publish(publish(room, message, b""))).await;
        assert!(matches!(answer, Answer::Published(_)), "{answer:?}");
    }
    for live in [&mut phone, &mut desk] {
        match live.ask(9, Request::Publish(publish(room, 4, b""))).await {
            Answer::Refused(refused) => assert_eq!(refused.code, Code::RateLimited.number()),
            other => panic!("{other:?}"),
        }
    }
}

fn event(seq: u64, bytes: usize, to: &Person) -> Wake {
    let event =
        Event { seq, kind: EventKind::Message.into(), mls: vec![0; bytes].into(), ..Event::default() };
    Wake::Event {
        room: RoomId::from_bytes([9; 16]),
        event,
        to: vec![to.device, DeviceId::from_bytes([99; 16])],
    }
}

#[tokio::test]
async fn a_slow_reader_is_told_to_resync_and_goes_on_after_hello() {
    let (trial, ana) = Trial::with_owner().await;
    let mut live = Live::of(&trial, &ana).await;
    const EVENTS: u64 = 20_000;
    const BYTES: usize = 4 * 1024;
    for seq in 1..=EVENTS {
        trial.app.hub.deliver(vec![event(seq, BYTES, &ana)]);
        // The session writes until the connection takes no more.
        tokio::task::yield_now().await;
    }
    let mut last = 0;
    loop {
        match live.news().await {
            Answer::Event(event) => {
                assert_eq!(event.seq, last + 1, "no gap before the resync");
                last = event.seq;
            }
            Answer::Resync(Empty {}) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(last < EVENTS / 2, "most was dropped, not held: {last}");
    live.hello(2, ana.token()).await;
    trial.app.hub.deliver(vec![event(EVENTS + 1, BYTES, &ana)]);
    match live.news().await {
        Answer::Event(event) => assert_eq!(event.seq, EVENTS + 1),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn over_a_limit_means_later_also_after_reconnecting() {
    let rate = Rate { burst: 2, per_second: 1 };
    let trial = Trial::start_with(|config| config.rates.device = rate).await;
    trial.clock.hold_ahead(0);
    let mut ana = Person::new("ana", 1);
    ana.join(&trial, &trial.owner_code()).await;
    let room = room(&trial, 9, &[&ana]).await;
    let say = |message| Request::Publish(publish(room, message, b""));
    let mut live = Live::of(&trial, &ana).await;
    for message in 1..=2 {
        let answer = live.ask(u64::from(message) + 1, say(message)).await;
        assert!(matches!(answer, Answer::Published(_)), "{answer:?}");
    }
    drop(live);
    let mut live = Live::of(&trial, &ana).await;
    match live.ask(2, say(3)).await {
        Answer::Refused(refused) => {
            assert_eq!((refused.code, refused.retry_after_ms), (Code::RateLimited.number(), 1_000));
        }
        other => panic!("{other:?}"),
    }
    trial.clock.hold_ahead(1_000);
    assert!(matches!(live.ask(3, say(3)).await, Answer::Published(_)));
}

#[tokio::test]
async fn with_enough_requests_in_flight_nothing_more_is_read() {
    let (trial, ana) = Trial::with_owner().await;
    let room = room(&trial, 9, &[&ana]).await;
    let (_far, near) = tokio::io::duplex(1024);
    let socket = Socket::new(near, Vec::new()).await;
    let mut session = Session::new(trial.app.clone(), socket, IpAddr::V4(Ipv4Addr::LOCALHOST));
    let asker = trial.app.read({
        let hash = securechat_delivery::sessions::token_hash(ana.token());
        move |tx, app| Ok(securechat_delivery::sessions::find_by_token(tx, &hash, app.now())?)
    });
    let asker = asker.await.unwrap().unwrap();
    session.who = Some(Who { asker, token_hash: [0; 32], validated: Instant::now() });

    // The writer is held, so nothing is answered.
    let (release, held) = channel::<()>();
    trial
        .app
        .queue(
            move |_, _| {
                let _ = held.recv();
                Ok(Outcome::quiet(()))
            },
            |_| {},
        )
        .unwrap();
    for number in 0..limits::REQUESTS_IN_FLIGHT_MAX {
        assert!(session.may_read(), "{number}");
        let request = Request::Publish(publish(room, u8::try_from(number).unwrap(), b""));
        session.take(ClientFrame::new(1, request).to_bytes());
    }
    assert!(!session.may_read());
    drop(release);
    while !session.may_read() {
        std::future::poll_fn(|cx| {
            session.poll_write(cx).unwrap();
            if session.may_read() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}

#[tokio::test]
async fn when_the_server_stops_everybody_is_told_and_it_ends() {
    let (trial, ana) = Trial::with_owner().await;
    let mut live = Live::of(&trial, &ana).await;
    let Trial { started, address, .. } = trial;
    let stopped = tokio::spawn(started.handle.stop());
    assert_eq!(live.bye().await, Code::Busy.number());
    drop(live);
    stopped.await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn what_is_no_websocket_handshake_is_refused() {
    let trial = Trial::start().await;
    let headers = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "8"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let old = trial.request(http::Method::GET, "/ws", &headers, Bytes::new()).await;
    assert_eq!(
        (old.status, &old.headers["sec-websocket-version"]),
        (StatusCode::UPGRADE_REQUIRED, &"13".parse().unwrap())
    );
    assert_eq!(old.refused(), Code::UnsupportedVersion);
    let keyless = trial.request(http::Method::GET, "/ws", &headers[..2], Bytes::new()).await;
    assert_eq!(keyless.refused(), Code::UnsupportedVersion);
}

#[tokio::test]
async fn on_a_full_disk_the_sender_is_told_and_reading_goes_on() {
    let trial = Trial::start_with(|config| config.storage.bytes_max = Some(2 * 1024 * 1024)).await;
    let mut ana = Person::new("ana", 1);
    ana.join(&trial, &trial.owner_code()).await;
    let room = room(&trial, 9, &[&ana]).await;
    let mut live = Live::of(&trial, &ana).await;
    let mut published = 0;
    let refused = loop {
        let message = u8::try_from(published + 1).unwrap();
        let body = Box::leak(vec![7; 60_000].into_boxed_slice());
        match live.ask(published + 2, Request::Publish(publish(room, message, body))).await {
            Answer::Published(answer) => published = answer.seq,
            Answer::Refused(refused) => break refused,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused.code, Code::StorageFull.number());
    let fetch = Fetch {
        room: Bytes::copy_from_slice(room.as_bytes()),
        from_seq: published,
        limit: 10,
        before_seq: 0,
    };
    match live.ask(100, Request::Fetch(fetch)).await {
        Answer::Events(page) => assert_eq!((page.events.len(), page.head_seq), (1, published)),
        other => panic!("{other:?}"),
    }
}
