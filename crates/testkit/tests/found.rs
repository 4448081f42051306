//! Faults that the simulation found (crates/sim), each as small as it could be made.

use securechat_engine::NewRoom;
use securechat_engine::view::{History, RoomStanding};
use securechat_ids::RoomId;
use securechat_testkit::{DeviceNumber, Team};

fn make_room(team: &mut Team, by: DeviceNumber, history: History, people: &[&str]) -> RoomId {
    let people = people.iter().map(|p| team.engine(by).find_person(p).expect("known")).collect();
    let new = NewRoom { name: "launch".into(), topic: String::new(), open: false, history, people };
    let room = team.with(by, |engine, cx| engine.create_room(&new, cx)).expect("made");
    team.run();
    room
}

fn standing(team: &Team, at: DeviceNumber, room: &RoomId) -> Option<RoomStanding> {
    team.engine(at).room(room).expect("reads").map(|row| row.state)
}

/// Seed 0: a commit cannot remove the device that makes it, so the person stayed, with one device out of two.
#[test]
fn who_removes_themselves_leaves_with_all_devices() {
    let mut team = Team::new("ana");
    team.join("ben");
    let second = team.log_in("ana");
    let room = make_room(&mut team, 0, History::Shared, &["ben"]);
    let ana = team.engine(0).me().user_id;
    team.with(second, |engine, cx| engine.remove_person(&room, &ana, cx)).expect("is taken");
    team.run();
    assert_eq!(team.engine(1).members(&room).expect("reads").len(), 1);
    for device in [0, second] {
        assert_eq!(standing(&team, device, &room), Some(RoomStanding::Gone), "device {device}");
    }
}
