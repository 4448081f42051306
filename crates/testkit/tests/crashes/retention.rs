//! A room gets a limit, and what is past it is deleted at the server and on every device, one of which was away.

use securechat_engine::view::Earlier;
use securechat_proto::frame::{Answer, EventKind, Fetch, Request};

use crate::scene::{ANA, BEN, PHONE, WITH_PHONE, texts};
use crate::stage::{Fault, Stage, Story};

/// A word of its own, so that the search index holds it apart.
const OLD: &str = "zyzzyva is past its time";

static STORY: Story = Story { begins: || &WITH_PHONE, act, wished };

fn act(stage: &mut Stage) {
    let room = stage.team.room(ANA, "#launch");
    stage.cut(PHONE);
    stage.step(ANA, |engine, cx| engine.keep_for(&room, 7, cx));
    stage.say(BEN, "#launch", OLD);
    stage.settle();
    stage.pass_days(5);
    stage.say(ANA, "#launch", "younger");
    stage.settle();
    stage.pass_days(3);
    // What is gone by the limit is not missed.
    stage.said.retain(|said| said.text != OLD);
    stage.connect(PHONE);
    stage.settle();
    stage.say(PHONE, "#launch", "I was away");
    stage.pass_days(0);
}

fn wished(stage: &mut Stage) {
    for device in [ANA, BEN, PHONE] {
        let room = stage.team.room(device, "#launch");
        let view = stage.team.engine(device).room(&room).expect("reads").expect("known");
        assert_eq!((view.keep_days, view.earlier), (7, Earlier::Deleted), "device {device}");
        assert_eq!(
            texts(&stage.team, device, "#launch"),
            ["ana: younger", "ben: I was away"],
            "device {device}"
        );
        assert_eq!(
            texts(&stage.team, device, "#general"),
            ["ben: good morning"],
            "no other room has a limit"
        );
        assert_eq!(stage.team.engine(device).search("zyzzyva", 10).expect("searches"), [], "device {device}");
        assert!(!holds(&stage.team.files(device), b"zyzzyva"), "it is in a file of device {device}");
    }
    let room = stage.team.room(ANA, "#launch").as_bytes().to_vec().into();
    let fetch = Fetch { room, from_seq: 1, limit: 0, before_seq: 0 };
    let Answer::Events(page) = stage.team.ask_server(ANA, Request::Fetch(fetch)) else { panic!("no page") };
    let kept = page.events.iter().filter(|event| event.kind() == EventKind::Message).count();
    assert!(kept < page.events.len() && page.events.iter().any(|event| event.kind() == EventKind::Deleted));
}

fn holds(files: &[u8], bytes: &[u8]) -> bool {
    files.windows(bytes.len()).any(|window| window == bytes)
}

#[test]
fn the_device_that_sets_the_limit_ends_anywhere() {
    STORY.with(Fault::Device(ANA));
}

#[test]
fn the_device_that_was_away_ends_anywhere() {
    STORY.with(Fault::Device(PHONE));
}

#[test]
fn a_sending_device_ends_anywhere() {
    STORY.with(Fault::Device(BEN));
}

#[test]
fn the_server_ends_anywhere() {
    STORY.with(Fault::Server);
}

#[test]
fn any_answer_to_the_device_that_sets_the_limit_is_lost() {
    STORY.with(Fault::Answer(ANA));
}

#[test]
fn any_answer_to_the_device_that_was_away_is_lost() {
    STORY.with(Fault::Answer(PHONE));
}
