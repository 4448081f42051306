//! The reference: who may read what, by the rules of docs/protocol.md §8.1 and the order of commits, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use securechat_checker::Event;
use securechat_engine::view::History;
use securechat_ids::{DeviceId, RoomId, UserId};
use securechat_testkit::Roster;

/// What a commit made of a room, or somebody's leaving, which is no commit.
#[derive(Clone, Debug)]
pub(crate) struct Era {
    /// The commit's place; of a leaving, the room's head; 0 for the room's making.
    pub seq: u64,
    /// Who did it.
    pub by: DeviceId,
    pub roster: Roster,
}

impl Era {
    fn users(&self) -> BTreeSet<UserId> {
        self.roster.devices.iter().map(|(_, user)| *user).collect()
    }

    fn has(&self, device: &DeviceId) -> bool {
        self.roster.devices.iter().any(|(other, _)| other == device)
    }
}

/// Every era of every room.
#[derive(Default)]
pub(crate) struct Rights {
    rooms: BTreeMap<RoomId, Vec<Era>>,
}

/// A stretch of a room's log, and whether it is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    from: u64,
    to: Option<u64>,
    owed: bool,
}

impl Rights {
    /// A room was made or changed. What was known already is known.
    pub(crate) fn note(&mut self, room: RoomId, era: Era) {
        let eras = self.rooms.entry(room).or_default();
        if eras.iter().all(|known| known.seq != era.seq || known.roster != era.roster) {
            eras.push(era);
            eras.sort_by_key(|era| era.seq);
        }
    }

    pub(crate) fn eras(&self, room: &RoomId) -> &[Era] {
        self.rooms.get(room).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn rooms(&self) -> impl Iterator<Item = &RoomId> {
        self.rooms.keys()
    }

    /// Who came in by Welcome with each commit of a room: everybody new but whoever made it.
    pub(crate) fn welcomed(&self, room: &RoomId) -> BTreeMap<u64, Vec<DeviceId>> {
        let pairs = self.eras(room).windows(2);
        let come = pairs.map(|pair| {
            let new = pair[1].roster.devices.iter().map(|(device, _)| *device);
            let new = new.filter(|device| !pair[0].has(device) && *device != pair[1].by);
            (pair[1].seq, new.collect())
        });
        come.collect()
    }

    /// Everything that a history has to say of rights. `name` names a device, `title` a room.
    pub(crate) fn events(
        &self,
        devices: &BTreeMap<DeviceId, (UserId, String)>,
        title: impl Fn(&RoomId) -> String,
    ) -> Vec<Event> {
        let mut events = Vec::new();
        for (room, eras) in &self.rooms {
            for (device, (user, name)) in devices {
                let of_user = devices.iter().filter(|(_, (whose, _))| whose == user).map(|(id, _)| id);
                for stretch in stretches(eras, device, of_user) {
                    events.push(Event::Entitled {
                        device: name.clone(),
                        room: title(room),
                        from: stretch.from,
                        due: if stretch.owed { stretch.from } else { u64::MAX },
                        to: stretch.to,
                    });
                }
                for to in answered(eras, user) {
                    let (device, room) = (served(name), title(room));
                    events.push(Event::Entitled { device, room, from: 1, due: u64::MAX, to });
                }
            }
        }
        events
    }
}

/// What a device is called as somebody whom the server gives rows: it may give sealed ones that nobody can open.
pub(crate) fn served(name: &str) -> String {
    format!("the connection of {name}")
}

/// What a device may read: from where the links of its stays lead back to, and whatever else its person's devices hand on.
fn stretches<'a>(
    eras: &[Era],
    device: &DeviceId,
    of_user: impl Iterator<Item = &'a DeviceId>,
) -> Vec<Stretch> {
    let mut all = Vec::new();
    // Who was away when they were removed, or left on another device, never came for the rest.
    for (first, last) in own_stays(eras, device).into_iter().filter(|(_, last)| last + 1 == eras.len()) {
        all.push(Stretch { owed: true, ..reach(eras, first, last, is_owed) });
    }
    let stays = stays(eras, device);
    for (first, last) in &stays {
        all.push(reach(eras, *first, *last, is_linked));
    }
    let hands_on = |(first, _): &(usize, usize)| eras[*first].roster.history != History::None;
    if stays.iter().any(hands_on) {
        for other in of_user.filter(|other| *other != device) {
            for (first, last) in self::stays(eras, other).iter().filter(|stay| hands_on(stay)) {
                all.push(reach(eras, *first, *last, is_linked));
            }
        }
    }
    all
}

/// First and last era of each stay that a device knows of: one that its person ended ends there, though its leaf stands
/// until somebody removes it, and the next one begins with a commit of its own or a new leaf.
fn own_stays(eras: &[Era], device: &DeviceId) -> Vec<(usize, usize)> {
    let mut stays: Vec<(usize, usize)> = Vec::new();
    let mut inside = false;
    for (number, era) in eras.iter().enumerate() {
        let owner = era.roster.devices.iter().find(|(other, _)| other == device).map(|(_, user)| *user);
        let is_in = owner.is_some_and(|user| era.roster.users.contains(&user));
        let had_leaf = number > 0 && eras[number - 1].has(device);
        if !is_in {
            inside = false;
        } else if inside {
            stays.last_mut().expect("it is inside").1 = number;
        } else if !had_leaf || era.by == *device {
            inside = true;
            stays.push((number, number));
        }
    }
    stays
}

/// First and last era of each time in which a device has a leaf.
fn stays(eras: &[Era], device: &DeviceId) -> Vec<(usize, usize)> {
    let mut stays: Vec<(usize, usize)> = Vec::new();
    for (number, era) in eras.iter().enumerate() {
        match stays.last_mut() {
            _ if !era.has(device) => {}
            Some(stay) if stay.1 + 1 == number => stay.1 = number,
            _ => stays.push((number, number)),
        }
    }
    stays
}

/// How far a stay reads, over the commits (by the number of the era that each begins) that `leads` back.
fn reach(eras: &[Era], mut first: usize, last: usize, leads: impl Fn(&[Era], usize) -> bool) -> Stretch {
    while first > 0 && leads(eras, first) {
        first -= 1;
    }
    let to = eras.get(last + 1).map(|next| next.seq);
    Stretch { from: eras[first].seq + 1, to, owed: false }
}

/// Whether the commit that began an era goes with a link, by the policy (§8.1).
fn is_linked(eras: &[Era], number: usize) -> bool {
    let (before, after) = (&eras[number - 1], &eras[number]);
    if after.roster.epoch == before.roster.epoch {
        return true;
    }
    match after.roster.history {
        History::Shared => true,
        History::SinceJoin => after.users().is_subset(&before.users()),
        History::None => false,
    }
}

/// Whether a link will be there in the end: a newcomer's commit has none, and what is owed so is not said any more after a
/// commit that goes without a link by the policy.
fn is_owed(eras: &[Era], number: usize) -> bool {
    let by_newcomer = !eras[number - 1].has(&eras[number].by);
    let may_be_said = || (number + 1..eras.len()).all(|later| is_linked(eras, later));
    is_linked(eras, number) && (!by_newcomer || may_be_said())
}

/// Up to where the server answers a person; none while it does.
fn answered(eras: &[Era], user: &UserId) -> Vec<Option<u64>> {
    let mut ends = Vec::new();
    let mut is_in = false;
    for era in eras {
        let now = era.roster.users.contains(user);
        if is_in && !now {
            ends.push(Some(era.seq));
        }
        is_in = now;
    }
    if is_in {
        ends.push(None);
    }
    ends
}
