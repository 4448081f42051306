//! What must hold when all is at rest, whatever broke on the way.

use std::collections::BTreeMap;

use securechat_engine::News;
use securechat_engine::view::{Delivery, Earlier, LineKind, MessageView, RoomStanding};
use securechat_ids::{Epoch, RoomId};
use securechat_mls_member::{Group, Provider};
use securechat_testkit::{DeviceNumber, Team};

use crate::stage::{Said, Stage};

/// A room's texts on a device, by place: which message, and what it says.
type Texts = BTreeMap<u64, (String, String)>;

/// Devices that live are in the same epochs and have the same texts, each text that was said is there once or says why not,
/// and nobody is alarmed.
pub(super) fn check(stage: &mut Stage) {
    let live: Vec<DeviceNumber> =
        (0..stage.team.devices()).filter(|device| !stage.ended.contains(device)).collect();
    for device in 0..stage.team.devices() {
        let news = stage.team.news(device);
        nothing_alarms(&news, device, live.contains(&device));
        stage.told.extend(news.into_iter().map(|news| (device, news)));
    }
    let mut rooms: BTreeMap<RoomId, Vec<DeviceNumber>> = BTreeMap::new();
    for device in &live {
        at_rest(&stage.team, *device);
        for room in stage.team.engine(*device).rooms().expect("reads") {
            if room.state == RoomStanding::Joined {
                rooms.entry(room.room).or_default().push(*device);
            }
        }
    }
    for (room, devices) in &rooms {
        everybody_is_there(&stage.team, room, &live, devices);
        same_epoch(&stage.team, room, devices);
        same_texts(&stage.team, room, devices);
    }
    for said in &stage.said {
        is_there_once(&stage.team, said, &live);
    }
}

fn nothing_alarms(news: &[News], device: DeviceNumber, lives: bool) {
    for news in news {
        let alarms = match news {
            News::Alarm { .. } => true,
            News::Failed { .. } | News::WishFailed { .. } | News::Ended { .. } => lives,
            _ => false,
        };
        assert!(!alarms, "device {device} is alarmed: {news:?}");
    }
}

fn at_rest(team: &Team, device: DeviceNumber) {
    let engine = team.engine(device);
    assert!(team.is_online(device) && engine.is_caught_up(), "device {device} is not caught up");
    assert!(engine.nothing_waits().expect("reads"), "something waits on device {device}");
    assert!(!engine.items_wait().expect("reads"), "an item waits on device {device}");
    assert_eq!(engine.evidence().expect("reads"), [], "device {device} keeps evidence");
    for room in engine.rooms().expect("reads") {
        let label = &room.label;
        assert_eq!(room.trouble, None, "device {device}, {label}");
        if room.state == RoomStanding::Listed || room.state == RoomStanding::Gone {
            continue;
        }
        assert_eq!(room.state, RoomStanding::Joined, "device {device}, {label}");
        assert_eq!(room.waiting, 0, "device {device}, {label}");
        let waits = matches!(room.earlier, Earlier::Reading | Earlier::Waits | Earlier::More);
        assert!(!waits, "device {device}, {label} begins with {:?}", room.earlier);
        for line in lines(team, device, &room.room) {
            let shown = !matches!(line.kind, LineKind::Unreadable | LineKind::Unknown);
            assert!(shown, "device {device}, {label}: {}", line.text);
        }
    }
}

fn lines(team: &Team, device: DeviceNumber, room: &RoomId) -> Vec<MessageView> {
    team.engine(device).timeline(room, None, 10_000).expect("reads")
}

fn texts(team: &Team, device: DeviceNumber, room: &RoomId) -> Texts {
    let lines = lines(team, device, room).into_iter().filter(|line| line.kind == LineKind::Text);
    lines.filter_map(|line| Some((line.seq?.0, (line.message_id.to_string(), line.text)))).collect()
}

/// Each live device of each of a room's people is in it, on every device's word.
fn everybody_is_there(team: &Team, room: &RoomId, live: &[DeviceNumber], devices: &[DeviceNumber]) {
    for at in devices {
        let people = team.engine(*at).members(room).expect("reads");
        for device in live {
            let user = team.engine(*device).me().user_id;
            let is_person_there = people.iter().any(|person| person.user_id == user);
            assert_eq!(
                devices.contains(device),
                is_person_there,
                "whether device {device} is in {room}, on the word of device {at}"
            );
        }
    }
}

/// The state is read as it is on the disks.
fn same_epoch(team: &Team, room: &RoomId, devices: &[DeviceNumber]) {
    let epoch = |device: &DeviceNumber| -> (Epoch, Vec<u8>) {
        let conn = team.disk(*device);
        let group = Group::load(&Provider::new(&conn), *room).expect("loads").expect("is in the room");
        (group.epoch(), group.epoch_authenticator())
    };
    let all: Vec<_> = devices.iter().map(epoch).collect();
    for (device, one) in devices.iter().zip(&all) {
        assert_eq!(*one, all[0], "epoch of device {device} in {room}, and of device {}", devices[0]);
    }
}

/// From where a device may read on, it reads what the others do.
fn same_texts(team: &Team, room: &RoomId, devices: &[DeviceNumber]) {
    let all: Vec<Texts> = devices.iter().map(|device| texts(team, *device, room)).collect();
    let longest = all.iter().max_by_key(|texts| texts.len()).expect("somebody is there");
    for (device, one) in devices.iter().zip(&all) {
        let view = team.engine(*device).room(room).expect("reads").expect("is in it");
        let from = match view.earlier {
            Earlier::All | Earlier::Deleted => 0,
            _ => *one.keys().next().unwrap_or(&u64::MAX),
        };
        let wanted: Texts = longest.range(from..).map(|(seq, text)| (*seq, text.clone())).collect();
        assert_eq!(*one, wanted, "texts of device {device} in {}", view.label);
    }
}

fn is_there_once(team: &Team, said: &Said, live: &[DeviceNumber]) {
    let Said { by, label, text } = said;
    let room = team.room(*by, label);
    let count =
        |device: DeviceNumber| lines(team, device, &room).iter().filter(|line| line.text == *text).count();
    let own: Vec<Delivery> = lines(team, *by, &room)
        .into_iter()
        .filter(|line| line.text == *text)
        .map(|line| line.state)
        .collect();
    let is_in = |device: &&DeviceNumber| {
        let view = team.engine(**device).room(&room).expect("reads");
        view.is_some_and(|view| view.state == RoomStanding::Joined)
    };
    let there: Vec<usize> = live.iter().filter(is_in).map(|device| count(*device)).collect();
    assert!(!there.is_empty(), "nobody is left in {label}");
    if live.contains(by) || own == [Delivery::Sent] {
        assert!(there.iter().all(|count| *count == 1), "{text:?} is lost or double: {there:?} times there");
        assert_eq!(own, [Delivery::Sent], "{text:?} on its own device {by}");
    } else {
        // Its device came to its end first, and says so; or the server took it and nobody could tell the device any more.
        let told = matches!(own.as_slice(), [Delivery::Failed(why)] if !why.is_empty());
        assert!(told, "{text:?} on device {by}, which has ended: {own:?}, and {there:?} times there");
        assert!(
            there.iter().all(|count| *count == there[0] && *count <= 1),
            "{text:?} is {there:?} times there"
        );
    }
}
