//! Ben has lost everything and begins anew by a code; Ana adds him again to a private room.

use std::sync::LazyLock;

use securechat_engine::account::NewBeginning;
use securechat_engine::{NewHome, News};
use securechat_proto::http::Secret;
use securechat_testkit::Saved;

use crate::scene::{ANA, BEN, team, texts};
use crate::stage::{Fault, Stage, Story};

/// Ben's new device, once it is there.
const NEW: usize = 2;

struct Scene {
    /// Ana and Ben, and a code for him.
    saved: Saved,
    code: Secret,
    old_root: [u8; 32],
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let mut team = team(&["ben"]);
    team.cut(BEN);
    let code = team.reset_code(ANA, "ben").expect("an owner makes one");
    let old_root = team.engine(BEN).own_chain().expect("a chain").root();
    Scene { saved: team.save(), code, old_root }
});
/// What is sent. Stretching is dear, and the same each time.
static PREPARED: LazyLock<NewBeginning> =
    LazyLock::new(|| SCENE.saved.team().prepare_anew("ben", &SCENE.code).expect("a good code"));

static STORY: Story = Story { begins: || &SCENE.saved, act, wished };

fn act(stage: &mut Stage) {
    stage.ended.insert(BEN);
    stage.say(ANA, "#launch", "where is ben");
    stage.deliver(3);
    let home = begin_anew(stage);
    let new = stage.team.settle(&home);
    assert_eq!(new, NEW);
    stage.connect(new);
    stage.settle();
    let ben = stage.team.engine(ANA).find_person("ben").expect("known");
    let launch = stage.team.room(ANA, "#launch");
    stage.step(ANA, |engine, cx| engine.add_people(&launch, &[ben], cx));
    stage.say(ANA, "#general", "is it you");
    stage.settle();
    stage.say(new, "#launch", "it is");
    stage.settle();
}

/// Whose process ends before it keeps the new device's home needs another code: a code is good once.
fn begin_anew(stage: &mut Stage) -> NewHome {
    let sent = stage.http(NEW, |team| team.send_anew(&PREPARED));
    if let Some(home) = sent {
        return home.expect("a good code");
    }
    loop {
        stage.settle();
        let code = stage.team.reset_code(ANA, "ben").expect("an owner makes another");
        let prepared = stage.team.prepare_anew("ben", &code).expect("a good code");
        if let Some(home) = stage.http(NEW, |team| team.send_anew(&prepared)) {
            return home.expect("a good code");
        }
    }
}

fn wished(stage: &mut Stage) {
    let (team, told) = (&stage.team, &stage.told);
    assert_ne!(team.engine(NEW).own_chain().expect("a chain").root(), SCENE.old_root);
    let user = team.engine(ANA).find_person("ben").expect("known");
    assert!(told.contains(&(ANA, News::RootChanged { user })), "Ana is told that Ben's keys are others");
    assert!(team.server.asker(&team.token(BEN), team.now).is_none(), "the old device is at its end");
    let launch = ["ana: on friday", "ana: where is ben", "ben: it is"];
    assert_eq!(texts(team, NEW, "#launch"), launch);
    assert_eq!(texts(team, NEW, "#general"), ["ben: good morning", "ana: is it you"]);
}

#[test]
fn the_new_device_ends_anywhere() {
    STORY.with(Fault::Device(NEW));
}

#[test]
fn the_device_that_adds_it_ends_anywhere() {
    STORY.with(Fault::Device(ANA));
}

#[test]
fn the_server_ends_anywhere() {
    STORY.with(Fault::Server);
}

#[test]
fn any_answer_to_the_new_device_is_lost() {
    STORY.with(Fault::Answer(NEW));
}

#[test]
fn any_answer_to_the_device_that_adds_it_is_lost() {
    STORY.with(Fault::Answer(ANA));
}
