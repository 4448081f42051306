//! Ben changes his password on the laptop, and ends all other sessions, while his phone is away.

use std::sync::LazyLock;

use securechat_engine::account::{self, Stretched};
use securechat_proto::Code;
use securechat_proto::http::ChangePassword;

use crate::scene::{ANA, BEN, PHONE, WITH_PHONE, texts};
use crate::stage::{Fault, Stage, Story};

const NEW: &str = "battery staple";
const AWAY: &str = "written while away";

/// What is sent. Stretching is dear, and the same each time.
static CHANGE: LazyLock<ChangePassword> =
    LazyLock::new(|| WITH_PHONE.team().prepare_password(BEN, NEW, true));
static STRETCHED: LazyLock<Stretched> =
    LazyLock::new(|| account::stretch(NEW, &CHANGE.new_parameters).expect("stretches"));
static STORY: Story = Story { begins: || &WITH_PHONE, act, wished };

fn act(stage: &mut Stage) {
    stage.cut(PHONE);
    stage.say(PHONE, "#launch", AWAY);
    stage.say(ANA, "#launch", "meanwhile");
    stage.deliver(2);
    // Whoever does not hear the answer tries again, and then the old password may be wrong already.
    loop {
        match stage.http(BEN, |team| team.change_password(BEN, &CHANGE)) {
            Some(Ok(())) => break,
            Some(Err(refusal)) if refusal.code == Code::WrongCredentials => break,
            Some(Err(refusal)) => panic!("{refusal:?}"),
            None => stage.settle(),
        }
    }
    stage.say(BEN, "#general", "changed");
    stage.settle();
    stage.connect(PHONE);
    stage.settle();
    stage.say(PHONE, "#launch", "back");
    stage.settle();
}

fn wished(stage: &mut Stage) {
    let team = &mut stage.team;
    assert!(team.proves_password(BEN, &CHANGE.new_auth), "the new password holds");
    assert!(!team.proves_password(BEN, &CHANGE.auth), "the old one no longer");
    for device in [BEN, PHONE] {
        assert!(team.vault_opens(BEN, device), "the vault opens with the key of device {device}");
        assert!(!team.engine(device).vault_in_doubt().expect("reads"), "nobody is asked for anything");
    }
    let found = team.server.log_in("ben", team.now).expect("logs in").vault.sealed.0;
    let user = team.engine(BEN).me().user_id;
    account::unlock(&user, &found, &STRETCHED, &CHANGE.new_share.0).expect("whoever logs in opens the vault");
    assert_eq!(
        texts(team, PHONE, "#launch"),
        ["ana: on friday", "ana: meanwhile", "ben: written while away", "ben: back"]
    );
}

#[test]
fn the_changing_device_ends_anywhere() {
    STORY.with(Fault::Device(BEN));
}

#[test]
fn the_other_device_ends_anywhere() {
    STORY.with(Fault::Device(PHONE));
}

#[test]
fn the_server_ends_anywhere() {
    STORY.with(Fault::Server);
}

#[test]
fn any_answer_to_the_changing_device_is_lost() {
    STORY.with(Fault::Answer(BEN));
}

#[test]
fn any_answer_to_the_other_device_is_lost() {
    STORY.with(Fault::Answer(PHONE));
}
