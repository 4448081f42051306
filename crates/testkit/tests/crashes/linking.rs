//! Ben lets his phone in while Ana talks.

use crate::scene::{ANA, BEN, PHONE, TWO, texts};
use crate::stage::{Fault, Stage, Story};

static STORY: Story = Story { begins: || &TWO, act, wished };

fn act(stage: &mut Stage) {
    stage.say(ANA, "#launch", "while you are at it");
    stage.deliver(1);
    let phone = stage.link(BEN, "phone");
    assert_eq!(phone, PHONE);
    stage.deliver(12);
    stage.say(ANA, "#general", "is it there");
    stage.settle();
    stage.say(phone, "#launch", "here it is");
    stage.settle();
}

fn wished(stage: &mut Stage) {
    for label in ["#general", "#launch"] {
        assert_eq!(texts(&stage.team, PHONE, label), texts(&stage.team, BEN, label), "{label}");
    }
    assert!(
        texts(&stage.team, PHONE, "#general").contains(&"ben: good morning".to_owned()),
        "and from before"
    );
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
