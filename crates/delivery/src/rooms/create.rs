//! Makes a room of one leaf.

use securechat_ids::{RoomId, UnixMillis};
use securechat_mls::{Join, Kind, Policy, PublicRoom, is_dm_room};
use securechat_proto::http::Role;
use securechat_proto::{Code, frame};

use super::access::{check_size, is_one_of_the_two, rejected, room_id};
use super::read::public_room;
use crate::people::role_now;
use crate::rows::{LeafRow, MetaKey, RoomRow, RoomStay};
use crate::{Asker, Fault, Limits, Outcome, Tx, Wake, devices};

/// Makes a room of the asking device's one leaf. Repeated with the same bytes, it is done already. (Writes.)
///
/// # Errors
/// `Rejected`, `Conflict` for a taken id, `Forbidden` for a team room not made by the owner, `LimitReached`, `TooLarge`.
pub fn create(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &frame::CreateRoom,
    now: UnixMillis,
    limits: &Limits,
) -> Result<Outcome<()>, Fault> {
    let id = room_id(&request.room)?;
    check_size(request.group_info.len(), limits.commit_bytes_max, "group info")?;
    check_size(request.tree.len(), limits.commit_bytes_max, "tree")?;
    if let Some(row) = tx.room(&id)? {
        return made_before(tx, asker, request, &row);
    }
    let public = PublicRoom::found(&request.group_info, &request.tree).map_err(rejected)?;
    if public.room() != id {
        return Err(rejected("the group is of another room"));
    }
    let leaves = public.leaves();
    let [leaf] = leaves.as_slice() else { return Err(rejected("a new room has one leaf")) };
    let own = leaf.member.user_id == asker.user && leaf.member.device_id == asker.device;
    if !own || !devices::vouches(tx, &leaf.member, &leaf.key)? {
        return Err(rejected("the room's leaf is not this device's"));
    }
    check_policy(public.policy(), asker)?;
    check_place(tx, asker, public.policy(), &id)?;
    if tx.count_rooms_of(&asker.user)? >= limits.rooms_per_user_max as u64 {
        return Err(Fault::refuse(Code::LimitReached, "you are in as many rooms as you may be"));
    }
    if request.team_room {
        take_team_room(tx, asker, public.policy(), id.as_bytes())?;
    }
    let open = public.policy().join == Join::Open;
    let key = tx.insert_room(&id, open)?.ok_or_else(taken)?;
    tx.set_keep_days(key, public.policy().server_keep_days())?;
    tx.set_group(key, &public.to_bytes(), &request.group_info)?;
    let row = LeafRow { index: leaf.index, user: asker.user, device: asker.device };
    tx.change_leaves(key, &[], &[row])?;
    tx.set_stay(key, &asker.user, RoomStay::Member, now)?;
    tx.refresh_due(key)?;
    Ok(Outcome { answer: (), wakes: vec![Wake::Joined { room: id, device: asker.device }] })
}

/// The room is there: made by this very request, whose answer was lost, or by another.
fn made_before(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &frame::CreateRoom,
    row: &RoomRow,
) -> Result<Outcome<()>, Fault> {
    if tx.leaf_of(row.key, &asker.device)?.is_none() {
        return Err(taken());
    }
    // Others may have come in since: at another epoch the GroupInfo is another one, and the founder's leaf is still the same.
    let founding = PublicRoom::found(&request.group_info, &request.tree).map_err(rejected)?;
    let (public, _) = public_room(tx, row)?;
    if public.began_as(&founding) { Ok(Outcome::quiet(())) } else { Err(taken()) }
}

/// Where two people look for each other's direct messages, nobody else makes a room, and no other kind of room is made.
fn check_place(tx: &mut dyn Tx, asker: &Asker, policy: &Policy, id: &RoomId) -> Result<(), Fault> {
    match (policy.kind, is_dm_room(id)) {
        (Kind::Channel | Kind::Private, false) => return Ok(()),
        (Kind::Dm, true) => {}
        (Kind::Channel | Kind::Private, true) | (Kind::Dm, false) => {
            return Err(rejected("the room's id is not for a room of its kind"));
        }
    }
    if is_one_of_the_two(tx, id, asker)? {
        Ok(())
    } else {
        Err(rejected("the room's id is that of other people's direct messages"))
    }
}

fn check_policy(policy: &Policy, asker: &Asker) -> Result<(), Fault> {
    if policy.created_by != asker.user || !policy.admins.contains(&asker.user) {
        return Err(rejected("a new room's maker is its admin"));
    }
    match (policy.kind, policy.join) {
        (Kind::Dm, Join::Open) => Err(rejected("a direct message is not open to everybody")),
        (Kind::Channel | Kind::Private, Join::Open | Join::Invite) | (Kind::Dm, Join::Invite) => Ok(()),
    }
}

fn take_team_room(tx: &mut dyn Tx, asker: &Asker, policy: &Policy, room: &[u8; 16]) -> Result<(), Fault> {
    match role_now(tx, asker)? {
        Role::Owner => {}
        Role::Admin | Role::Member => {
            return Err(Fault::refuse(Code::Forbidden, "the owner makes the team's room"));
        }
    }
    if policy.join != Join::Open || policy.kind != Kind::Channel {
        return Err(rejected("the team's room is an open channel"));
    }
    if tx.meta(MetaKey::TeamRoom)?.is_some() {
        return Err(Fault::refuse(Code::Conflict, "the team has its room"));
    }
    Ok(tx.set_meta(MetaKey::TeamRoom, Some(room))?)
}

fn taken() -> Fault {
    Fault::refuse(Code::Conflict, "the room id is taken")
}
