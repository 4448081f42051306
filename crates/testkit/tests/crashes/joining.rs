//! Eva comes into an open room by a commit of her own while its people change it.

use std::sync::LazyLock;

use securechat_engine::view::RoomStanding;
use securechat_testkit::Saved;

use crate::scene::{ANA, BEN, EVA, make_room, team, texts};
use crate::stage::{Fault, Stage, Story};

/// Three people, and an open `#ops` of Ana and Ben.
static OPS: LazyLock<Saved> = LazyLock::new(|| {
    let mut team = team(&["ben", "eva"]);
    make_room(&mut team, "ops", true, &["ben"]);
    team.say(BEN, "#ops", "on call");
    team.run();
    team.save()
});

static STORY: Story = Story { begins: || &OPS, act, wished };

fn act(stage: &mut Stage) {
    let room = stage.team.room(EVA, "#ops");
    let ben = stage.team.engine(ANA).find_person("ben").expect("known");
    stage.step(EVA, |engine, cx| engine.join_room(&room, cx));
    // Eva reads the epoch that she joins from; before her commit comes, the room is in the next one.
    stage.deliver(2);
    stage.step(ANA, |engine, cx| engine.make_admin(&room, &ben, cx));
    stage.step(ANA, |engine, cx| engine.keep_for(&room, 90, cx));
    stage.say(BEN, "#ops", "come in");
    stage.settle();
    stage.say(EVA, "#ops", "here I am");
    stage.settle();
}

fn wished(stage: &mut Stage) {
    let room = stage.team.room(EVA, "#ops");
    for device in [ANA, BEN, EVA] {
        let view = stage.team.engine(device).room(&room).expect("reads").expect("known");
        assert_eq!(
            (view.state, view.people, view.keep_days),
            (RoomStanding::Joined, 3, 90),
            "device {device}"
        );
        let admins = stage.team.engine(device).members(&room).expect("reads").into_iter();
        let admins: Vec<String> = admins.filter(|p| p.room_admin).map(|p| p.user_name).collect();
        assert_eq!(admins, ["ana", "ben"], "device {device}");
        assert_eq!(texts(&stage.team, device, "#ops"), ["ben: on call", "ben: come in", "eva: here I am"]);
    }
}

/// The story is one of a race: somebody's commit is too late for its epoch.
#[test]
fn somebodys_commit_is_too_late() {
    let mut stage = Stage::tell(&OPS, &act);
    wished(&mut stage);
    assert!(stage.team.server.stale > 0, "nobody raced");
}

#[test]
fn the_newcomer_ends_anywhere() {
    STORY.with(Fault::Device(EVA));
}

#[test]
fn the_committing_device_ends_anywhere() {
    STORY.with(Fault::Device(ANA));
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
fn any_answer_to_the_newcomer_is_lost() {
    STORY.with(Fault::Answer(EVA));
}

#[test]
fn any_answer_to_the_committing_device_is_lost() {
    STORY.with(Fault::Answer(ANA));
}
