//! Where the stories begin: Ana, Ben and Eva in `#general` and in the private `#launch`.

use std::sync::LazyLock;

use securechat_engine::NewRoom;
use securechat_engine::view::History;
use securechat_testkit::{DeviceNumber, Saved, Team};

pub(super) const ANA: DeviceNumber = 0;
pub(super) const BEN: DeviceNumber = 1;
pub(super) const EVA: DeviceNumber = 2;

/// Three people with a device each.
pub(super) static THREE: LazyLock<Saved> = LazyLock::new(|| three().save());
/// The same, where Ben has a phone too: device 3.
pub(super) static FOUR: LazyLock<Saved> = LazyLock::new(|| {
    let mut team = three();
    assert_eq!(team.link(BEN, "phone").expect("is let in"), PHONE);
    team.save()
});
pub(super) const PHONE: DeviceNumber = 3;

pub(super) fn three() -> Team {
    let mut team = Team::new("ana");
    for name in ["ben", "eva"] {
        team.join(name);
    }
    make_room(&mut team, "launch", false, &["ben", "eva"]);
    for (by, label, text) in [(BEN, "#general", "good morning"), (EVA, "#launch", "on friday")] {
        team.say(by, label, text);
        team.run();
    }
    team
}

pub(super) fn make_room(team: &mut Team, name: &str, open: bool, people: &[&str]) {
    let people = people.iter().map(|name| team.engine(ANA).find_person(name).expect("known")).collect();
    let history = History::Shared;
    let new = NewRoom { name: name.into(), topic: String::new(), open, history, people };
    team.with(ANA, |engine, cx| engine.create_room(&new, cx)).expect("made");
    team.run();
}

/// The texts of a room on a device, with their senders.
pub(super) fn texts(team: &Team, device: DeviceNumber, label: &str) -> Vec<String> {
    team.texts(device, label).into_iter().filter(|line| !line.starts_with('(')).collect()
}
