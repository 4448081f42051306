//! Where the stories begin: `#general` and the private `#launch`, with something said in both.

use std::sync::LazyLock;

use securechat_engine::NewRoom;
use securechat_engine::view::History;
use securechat_testkit::{DeviceNumber, Saved, Team};

pub(super) const ANA: DeviceNumber = 0;
pub(super) const BEN: DeviceNumber = 1;
/// In the stories of three people.
pub(super) const EVA: DeviceNumber = 2;
/// In the stories of Ben's devices.
pub(super) const PHONE: DeviceNumber = 2;

/// Ana and Ben with a device each.
pub(super) static TWO: LazyLock<Saved> = LazyLock::new(|| team(&["ben"]).save());
/// The same, where Ben has a phone too.
pub(super) static WITH_PHONE: LazyLock<Saved> = LazyLock::new(|| {
    let mut team = team(&["ben"]);
    assert_eq!(team.link(BEN, "phone").expect("is let in"), PHONE);
    team.save()
});

/// Ana, and these, all in both rooms.
pub(super) fn team(others: &[&str]) -> Team {
    let mut team = Team::new("ana");
    for name in others {
        team.join(name);
    }
    make_room(&mut team, "launch", false, others);
    for (by, label, text) in [(BEN, "#general", "good morning"), (ANA, "#launch", "on friday")] {
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
