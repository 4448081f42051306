//! The control: where a promise is broken at the point, the stories notice.

use crate::scene::{ANA, BEN, TWO};
use crate::stage::{Fault, Stage, Story};

static STORY: Story = Story { begins: || &TWO, act, wished: |_| {} };

fn act(stage: &mut Stage) {
    stage.say(ANA, "#launch", "is this kept");
    stage.settle();
    stage.say(BEN, "#general", "and this");
    stage.settle();
}

/// At how many points a broken promise shows, and in which words.
fn noticed(fault: Fault) -> Vec<Option<String>> {
    STORY.each(fault).map(Result::err).collect()
}

#[test]
fn a_story_whose_promises_are_kept_ends_well_everywhere() {
    for fault in [Fault::Device(ANA), Fault::Server] {
        assert_eq!(noticed(fault).into_iter().flatten().collect::<Vec<_>>(), [""; 0], "{fault:?}");
    }
}

#[test]
fn a_message_that_its_device_forgot_is_missed() {
    let noticed = noticed(Fault::Outbox(ANA));
    let told = |words| noticed.iter().flatten().filter(|why: &&String| why.contains(words)).count();
    // Forgotten before it left, it is nowhere; forgotten afterwards, what comes back is not known any more.
    let (lost, alarmed) = (told("is lost or double"), told("is alarmed"));
    assert!(lost >= 1 && alarmed >= 1, "{noticed:?}");
    assert_eq!(lost + alarmed, noticed.iter().flatten().count(), "{noticed:?}");
}

#[test]
fn what_the_server_took_and_forgot_is_missed() {
    let noticed = noticed(Fault::Commits);
    let (last, _) = noticed.split_last().expect("points");
    let why = last.as_ref().expect("nobody noticed that all was forgotten");
    assert!(why.contains("is alarmed"), "{why}");
    assert!(noticed.iter().flatten().count() > noticed.len() / 2, "{noticed:?}");
}
