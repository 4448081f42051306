//! Ben lets his phone in while the others talk.

use crate::scene::{ANA, BEN, EVA, THREE, texts};
use crate::stage::{Fault, Stage, Story};

/// The phone, once it is there.
const PHONE: usize = 3;

static STORY: Story = Story { begins: || &THREE, act, wished };

fn act(stage: &mut Stage) {
    stage.say(ANA, "#launch", "while you are at it");
    stage.deliver(1);
    let phone = stage.link(BEN, "phone");
    assert_eq!(phone, PHONE);
    stage.say(EVA, "#launch", "is it there");
    stage.deliver(12);
    stage.say(ANA, "#general", "not yet");
    stage.settle();
    stage.say(phone, "#launch", "here it is");
    stage.settle();
}

fn wished(stage: &mut Stage) {
    for label in ["#general", "#launch"] {
        assert_eq!(texts(&stage.team, PHONE, label), texts(&stage.team, BEN, label), "{label}");
    }
    assert!(texts(&stage.team, PHONE, "#general").contains(&"ben: good morning".to_owned()), "and from before");
    let devices = stage.team.engine(BEN).own_devices().expect("reads");
    assert!(devices.iter().any(|device| device.device_id == stage.team.device_id(PHONE)));
}

#[test]
fn the_old_device_ends_anywhere() {
    STORY.with(Fault::Device(BEN));
}

#[test]
fn the_new_device_ends_anywhere() {
    STORY.with(Fault::Device(PHONE));
}

#[test]
fn a_device_that_looks_on_ends_anywhere() {
    STORY.with(Fault::Device(ANA));
}

#[test]
fn the_server_ends_anywhere() {
    STORY.with(Fault::Server);
}

#[test]
fn any_answer_to_the_old_device_is_lost() {
    STORY.with(Fault::Answer(BEN));
}

#[test]
fn any_answer_to_the_new_device_is_lost() {
    STORY.with(Fault::Answer(PHONE));
}
