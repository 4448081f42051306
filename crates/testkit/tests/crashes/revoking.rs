//! Ben removes his phone while it and Ana are sending.

use securechat_engine::view::Delivery;

use crate::scene::{ANA, BEN, PHONE, WITH_PHONE, texts};
use crate::stage::{Fault, Stage, Story};

static STORY: Story = Story { begins: || &WITH_PHONE, act: |stage| act(stage, 5), wished };

/// Removes the phone after so many frames.
fn act(stage: &mut Stage, frames: usize) {
    stage.ended.insert(PHONE);
    stage.say(PHONE, "#launch", "from the phone");
    stage.say(ANA, "#launch", "at the same time");
    stage.say(PHONE, "#general", "and to all");
    stage.deliver(frames);
    // Whoever does not hear the answer looks at the list of devices, and tries again if the phone is there still.
    while is_active(stage) {
        stage.http(BEN, |team| team.revoke(BEN, PHONE));
        stage.settle();
    }
    stage.say(ANA, "#launch", "without the phone");
    stage.say(BEN, "#general", "it is gone");
    stage.settle();
}

fn is_active(stage: &Stage) -> bool {
    let devices = stage.team.engine(BEN).own_devices().expect("reads");
    devices.iter().any(|device| device.device_id == stage.team.device_id(PHONE))
}

fn wished(stage: &mut Stage) {
    for label in ["#general", "#launch"] {
        let after = ["ana: without the phone", "ben: it is gone"];
        let read = texts(&stage.team, PHONE, label);
        assert!(!read.iter().any(|line| after.contains(&line.as_str())), "{read:?}");
    }
    let user = stage.team.engine(BEN).me().user_id;
    let devices = stage.team.engine(ANA).people().expect("reads");
    let ben = devices.iter().find(|person| person.user_id == user).expect("is there");
    assert_eq!(ben.devices, 1);
}

/// What the phone was sending is there for all, or the phone says why not, whenever it was removed.
#[test]
fn at_whichever_moment_it_is_removed_nothing_is_lost_silently() {
    let mut sent = 0;
    for frames in 0..14 {
        let after = move |stage: &mut Stage| act(stage, frames);
        let mut stage = Stage::tell(&WITH_PHONE, &after);
        wished(&mut stage);
        let room = stage.team.room(PHONE, "#launch");
        let lines = stage.team.engine(PHONE).timeline(&room, None, 100).expect("reads");
        sent +=
            lines.iter().filter(|line| line.text == "from the phone" && line.state == Delivery::Sent).count();
    }
    assert!((1..14).contains(&sent), "both ends happen: {sent} of 14 were sent");
}

#[test]
fn the_removing_device_ends_anywhere() {
    STORY.with(Fault::Device(BEN));
}

#[test]
fn the_removed_device_ends_anywhere() {
    STORY.with(Fault::Device(PHONE));
}

#[test]
fn a_sending_device_ends_anywhere() {
    STORY.with(Fault::Device(ANA));
}

#[test]
fn the_server_ends_anywhere() {
    STORY.with(Fault::Server);
}

#[test]
fn any_answer_to_the_removing_device_is_lost() {
    STORY.with(Fault::Answer(BEN));
}

#[test]
fn any_answer_to_the_removed_device_is_lost() {
    STORY.with(Fault::Answer(PHONE));
}
