//! Two admins change a room's policy at once while somebody sends.

use std::sync::LazyLock;

use securechat_engine::view::History;
use securechat_mls::Policy;
use securechat_mls_member::{Group, Provider};
use securechat_testkit::Saved;

use crate::scene::{ANA, BEN, EVA, team, texts};
use crate::stage::{Fault, Stage, Story};

/// Three people, of whom Ben is an admin of `#launch` too.
static ADMINS: LazyLock<Saved> = LazyLock::new(|| {
    let mut team = team(&["ben", "eva"]);
    let (room, ben) = (team.room(ANA, "#launch"), team.engine(ANA).find_person("ben").expect("known"));
    team.with(ANA, |engine, cx| engine.make_admin(&room, &ben, cx)).expect("is taken");
    team.run();
    team.save()
});

static STORY: Story = Story { begins: || &ADMINS, act, wished };

fn act(stage: &mut Stage) {
    let room = stage.team.room(ANA, "#launch");
    let eva = stage.team.engine(ANA).find_person("eva").expect("known");
    stage.step(ANA, |engine, cx| engine.tighten_history(&room, History::SinceJoin, cx));
    stage.step(BEN, |engine, cx| engine.keep_for(&room, 30, cx));
    stage.say(EVA, "#launch", "what is it now");
    stage.deliver(2);
    stage.step(ANA, |engine, cx| engine.make_admin(&room, &eva, cx));
    stage.settle();
    stage.say(BEN, "#launch", "as we agreed");
    stage.settle();
}

fn wished(stage: &mut Stage) {
    let room = stage.team.room(ANA, "#launch");
    let policies: Vec<Policy> = [ANA, BEN, EVA]
        .iter()
        .map(|device| {
            let conn = stage.team.disk(*device);
            let group = Group::load(&Provider::new(&conn), room).expect("loads").expect("is in it");
            group.policy().clone()
        })
        .collect();
    assert!(policies.iter().all(|policy| *policy == policies[0]), "{policies:?}");
    let people = ["ana", "ben", "eva"].map(|name| stage.team.engine(ANA).find_person(name).expect("known"));
    assert_eq!(policies[0].admins, people.into_iter().collect());
    assert_eq!((policies[0].history, policies[0].keep_days), (History::SinceJoin, 30));
    let wanted = ["ana: on friday", "eva: what is it now", "ben: as we agreed"];
    assert_eq!(texts(&stage.team, EVA, "#launch"), wanted);
    // What was changed is told once.
    let told = stage.team.texts(EVA, "#launch").into_iter().filter(|line| line.starts_with("(members"));
    let told: Vec<String> = told.filter(|line| !line.contains("added")).collect();
    assert_eq!(told.len(), 4, "{told:?}");
}

/// The story is one of a race: somebody's commit is too late for its epoch.
#[test]
fn somebodys_commit_is_too_late() {
    let mut stage = Stage::tell(&ADMINS, &act);
    wished(&mut stage);
    assert!(stage.team.server.stale > 0, "nobody raced");
}

#[test]
fn an_admins_device_ends_anywhere() {
    STORY.with(Fault::Device(ANA));
}

#[test]
fn the_other_admins_device_ends_anywhere() {
    STORY.with(Fault::Device(BEN));
}

#[test]
fn a_sending_device_ends_anywhere() {
    STORY.with(Fault::Device(EVA));
}

#[test]
fn the_server_ends_anywhere() {
    STORY.with(Fault::Server);
}

#[test]
fn any_answer_to_an_admins_device_is_lost() {
    STORY.with(Fault::Answer(ANA));
}

#[test]
fn any_answer_to_the_other_admins_device_is_lost() {
    STORY.with(Fault::Answer(BEN));
}
