//! Sessions against a whole server.

use securechat_proto::frame::{Answer, Fetch, Hello, Request};
use securechat_proto::{Code, VERSION};

use crate::trial::{Live, Person, Trial, publish, room, wire};

#[tokio::test]
async fn hello_publish_and_the_event_comes_to_all_devices_of_the_room() {
    let (trial, ana) = Trial::with_owner().await;
    let room = room(&trial, 9, &[&ana]).await;
    let mut live = Live::open(&trial).await;
    let ready = live.hello(1, ana.token()).await;
    assert_eq!(ready.rooms.len(), 1);
    assert_eq!(ready.role, "owner");
    live.send(2, Request::Publish(publish(room, 1, b"sealed"))).await;
    let (mut published, mut event) = (None, None);
    while published.is_none() || event.is_none() {
        let frame = live.next().await.unwrap();
        match frame.answer.unwrap() {
            Answer::Published(answer) => published = Some(answer),
            Answer::Event(news) => event = Some(news),
            other => panic!("{other:?}"),
        }
    }
    let event = event.unwrap();
    assert_eq!((published.unwrap().seq, event.seq), (1, 1));
    assert_eq!((event.device, event.body), (wire(&ana.device), b"sealed"[..].into()));
    let fetch = Fetch { room: event.room, from_seq: 1, limit: 10 };
    match live.ask(3, Request::Fetch(fetch)).await {
        Answer::Events(page) => assert_eq!((page.events.len(), page.head_seq), (1, 1)),
        other => panic!("{other:?}"),
    }
}
