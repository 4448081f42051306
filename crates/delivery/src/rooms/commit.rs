//! The commit gate: one commit per epoch, and only such as every member will take.

use std::collections::BTreeSet;

use securechat_ids::{DeviceId, UnixMillis, UserId};
use securechat_mls::{Added, Author, Facts, Join, Leaf, PublicRoom, Removable, judge, judge_taking_up};
use securechat_proto::Code;
use securechat_proto::frame::{self, EventKind};
use securechat_proto::limits::KEY_LINK_BYTES;

use super::access::{
    check_epoch, check_size, earlier, event, is_in, may_take_up, message_id, not_member, rejected, room,
    speaks,
};
use super::read::public_room;
use super::welcome;
use crate::rows::{EventRow, LeafRow, RoomRow, RoomStay};
use crate::{Asker, Fault, Limits, Outcome, Tx, Wake, devices};

/// In which ways the asking device may commit.
struct Standing {
    as_member: bool,
    as_newcomer: bool,
    /// As one of two whose direct messages nobody is left in.
    takes_up: bool,
}

/// Appends a commit, a member's or a newcomer's, and begins the next epoch. (Writes.)
///
/// # Errors
/// `NotMember`, `StaleEpoch`, `Rejected`, `TooLarge`, `LimitReached`.
pub fn commit(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: frame::Commit,
    now: UnixMillis,
    limits: &Limits,
) -> Result<Outcome<frame::Committed>, Fault> {
    check_size(request.commit.len(), limits.commit_bytes_max, "commit")?;
    check_size(request.group_info.len(), limits.commit_bytes_max, "group info")?;
    check_size(request.welcome.len(), limits.commit_bytes_max, "welcome")?;
    if !matches!(request.link.len(), 0 | KEY_LINK_BYTES) {
        return Err(rejected("the key link has another size than key links have"));
    }
    let message_id = message_id(&request.message_id)?;
    let row = room(tx, &request.room)?;
    if let Some(place) = earlier(tx, &row, asker, &message_id, EventKind::Commit)? {
        let epoch = place.epoch.next().0;
        return Ok(Outcome::quiet(frame::Committed { seq: place.seq.0, time_ms: place.time.0, epoch }));
    }
    let standing = standing(tx, &row, asker)?;
    check_epoch(&row, request.base_epoch)?;

    let (mut public, _) = public_room(tx, &row)?;
    let staged = public.stage(&request.commit).map_err(rejected)?;
    let facts = staged.facts().clone();
    check(tx, &row, asker, &standing, &public, &facts)?;
    check_counts(tx, &row, &public.leaves(), &facts, limits)?;
    let parts = welcome::parts(tx, &facts, &request.welcome)?;
    public.apply(staged, &request.group_info).map_err(rejected)?;

    let appended = EventRow {
        seq: row.head.next(),
        kind: EventKind::Commit,
        epoch: row.epoch,
        device: asker.device,
        message_id,
        time: now,
        mls: request.commit,
        body: request.link,
    };
    let epoch = row.epoch.next();
    tx.append_event(row.key, &appended)?;
    tx.set_epoch(row.key, epoch, public.policy().join == Join::Open)?;
    tx.set_keep_days(row.key, public.policy().server_keep_days())?;
    tx.set_group(row.key, &public.to_bytes(), &request.group_info)?;
    let answer = frame::Committed { seq: appended.seq.0, time_ms: now.0, epoch: epoch.0 };
    let place = (epoch, appended.seq);
    let mut wakes = change_roster(tx, &row, appended, &public.leaves(), &facts, now)?;
    let tree = if parts.is_empty() { Vec::new() } else { public.tree() };
    wakes.extend(welcome::deliver(tx, &row, parts, place, &tree, now, limits)?);
    Ok(Outcome { answer, wakes })
}

fn standing(tx: &mut dyn Tx, row: &RoomRow, asker: &Asker) -> Result<Standing, Fault> {
    let as_member = speaks(tx, row, asker)?;
    let as_newcomer = row.open || is_in(tx, row, asker)?;
    let takes_up = !as_member && may_take_up(tx, row, asker)?;
    let standing = Standing { as_member, as_newcomer, takes_up };
    if as_member || as_newcomer || takes_up { Ok(standing) } else { Err(not_member()) }
}

/// What MLS itself does not know: sessions, chains, the room's policy.
fn check(
    tx: &mut dyn Tx,
    row: &RoomRow,
    asker: &Asker,
    standing: &Standing,
    public: &PublicRoom,
    facts: &Facts,
) -> Result<(), Fault> {
    let (author, allowed) = match facts.author {
        Author::Leaf(leaf) => (Added { member: leaf.member, key: leaf.key }, standing.as_member),
        Author::Newcomer(newcomer) => (newcomer, standing.as_newcomer || standing.takes_up),
    };
    if author.member.user_id != asker.user || author.member.device_id != asker.device {
        return Err(rejected("the commit is another device's"));
    }
    if !allowed {
        return Err(not_member());
    }
    for who in facts.added.iter().chain([&author]) {
        if !devices::vouches(tx, &who.member, &who.key)? {
            return Err(rejected("no chain vouches for a device of this commit"));
        }
    }
    if standing.takes_up {
        return judge_taking_up(public.policy(), &public.leaves(), facts).map_err(rejected);
    }
    let due: BTreeSet<u32> = tx.due(row.key)?.into_iter().collect();
    judge(public.policy(), &public.leaves(), facts, Removable::Listed(&due)).map_err(rejected)
}

fn check_counts(
    tx: &mut dyn Tx,
    row: &RoomRow,
    roster: &[Leaf],
    facts: &Facts,
    limits: &Limits,
) -> Result<(), Fault> {
    let come = arrivals(facts);
    let after = (roster.len() + come.len()).saturating_sub(facts.removed.len());
    if after > limits.leaves_per_room_max {
        return Err(Fault::refuse(Code::LimitReached, "the room has as many devices as it may have"));
    }
    let users: BTreeSet<UserId> = come.iter().map(|added| added.member.user_id).collect();
    for user in users {
        let new = !matches!(tx.stay(row.key, &user)?, Some((RoomStay::Member, _)));
        if new && tx.count_rooms_of(&user)? >= limits.rooms_per_user_max as u64 {
            return Err(Fault::refuse(Code::LimitReached, "somebody is in as many rooms as they may be"));
        }
    }
    Ok(())
}

/// Everybody whom a commit brings in.
fn arrivals(facts: &Facts) -> Vec<Added> {
    let mut come = facts.added.clone();
    match facts.author {
        Author::Newcomer(newcomer) => come.push(newcomer),
        Author::Leaf(_) => {}
    }
    come
}

/// Takes over the leaves of the new epoch, and says who hears of it.
fn change_roster(
    tx: &mut dyn Tx,
    row: &RoomRow,
    appended: EventRow,
    leaves: &[Leaf],
    facts: &Facts,
    now: UnixMillis,
) -> Result<Vec<Wake>, Fault> {
    let heard_before: BTreeSet<DeviceId> = tx.audience(row.key)?.into_iter().collect();
    let before: BTreeSet<LeafRow> = tx.leaves(row.key)?.into_iter().collect();
    let after: BTreeSet<LeafRow> = leaves.iter().map(leaf_row).collect();
    let gone: Vec<LeafRow> = before.difference(&after).copied().collect();
    let come: Vec<LeafRow> = after.difference(&before).copied().collect();
    tx.change_leaves(row.key, &gone, &come)?;
    for leaf in &gone {
        tx.delete_receipt(row.key, &leaf.device)?;
    }
    for arrival in arrivals(facts) {
        tx.set_stay(row.key, &arrival.member.user_id, RoomStay::Member, now)?;
    }
    let staying: BTreeSet<UserId> = after.iter().map(|leaf| leaf.user).collect();
    for user in before.iter().map(|leaf| leaf.user).filter(|user| !staying.contains(user)) {
        if !comes_back(tx, row, &gone, &user)? {
            tx.delete_stay(row.key, &user)?;
        }
    }
    let due = tx.refresh_due(row.key)?;

    let present: BTreeSet<DeviceId> = after.iter().map(|leaf| leaf.device).collect();
    let parted: Vec<DeviceId> = gone
        .iter()
        .map(|leaf| leaf.device)
        .filter(|device| !present.contains(device) && heard_before.contains(device))
        .collect();
    let audience = tx.audience(row.key)?;
    let to = audience.iter().chain(&parted).copied().collect();
    let mut wakes: Vec<Wake> =
        come.iter().map(|leaf| Wake::Joined { room: row.room, device: leaf.device }).collect();
    wakes.push(Wake::Event { room: row.room, event: event(&row.room, appended), to });
    if !parted.is_empty() {
        wakes.push(Wake::RoomGone { room: row.room, to: parted });
    }
    if !due.is_empty() {
        wakes.push(Wake::MustRemove { room: row.room, leaves: due, to: audience });
    }
    Ok(wakes)
}

/// Whether somebody without a leaf is still in a room: all their devices in it ended while the account goes on, and the
/// room is open, so that they come in again by themselves.
fn comes_back(tx: &mut dyn Tx, row: &RoomRow, gone: &[LeafRow], user: &UserId) -> Result<bool, Fault> {
    let stays = matches!(tx.stay(row.key, user)?, Some((RoomStay::Member, _)));
    let works = tx.account(user)?.is_some_and(|account| account.active);
    if !row.open || !stays || !works {
        return Ok(false);
    }
    for leaf in gone.iter().filter(|leaf| leaf.user == *user) {
        if tx.device(&leaf.device)?.is_some_and(|device| device.active) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn leaf_row(leaf: &Leaf) -> LeafRow {
    LeafRow { index: leaf.index, user: leaf.member.user_id, device: leaf.member.device_id }
}
