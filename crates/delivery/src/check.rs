//! Whether what is kept holds together: chains that replay, logs without gaps, epochs in a row, rooms that agree with their
//! MLS groups.

use securechat_chain::{Chain, Registry};
use securechat_ids::{Epoch, RoomId, Seq};
use securechat_mls::PublicRoom;
use securechat_proto::frame::EventKind;

use crate::rows::{AccountRow, EventRow, MetaKey, RoomRow};
use crate::{Fault, Tx, identity, log};

/// Events looked at in one go.
const PAGE_EVENTS: usize = 1_000;
const PAGE_BYTES: usize = 16 * 1024 * 1024;
const PAGE_LINKS: usize = 1_000;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Accounts.
    pub users: u64,
    /// Rooms.
    pub rooms: u64,
    /// Their events.
    pub events: u64,
    /// Chain links.
    pub links: u64,
    /// What is wrong, a sentence each.
    pub problems: Vec<String>,
}

impl Checked {
    /// Adds something that is wrong.
    fn wrong(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }
}

/// Looks at everything. (Reads; takes as long as reading every row does.)
///
/// # Errors
/// The store's; what is wrong with the rows is no error but a finding.
pub fn check(tx: &mut dyn Tx) -> Result<Checked, Fault> {
    let mut checked = Checked::default();
    if let Err(error) = identity::read(tx) {
        checked.wrong(error.to_string());
    }
    if let Some(registry) = check_links(tx, &mut checked)? {
        check_people(tx, &registry, &mut checked)?;
    }
    for row in tx.rooms()? {
        checked.rooms += 1;
        check_log(tx, &row, &mut checked)?;
        check_group(tx, &row, &mut checked)?;
    }
    check_team_room(tx, &mut checked)?;
    Ok(checked)
}

/// Replays the workspace log; nothing where it cannot be replayed, for then nothing else can be said of people.
fn check_links(tx: &mut dyn Tx, checked: &mut Checked) -> Result<Option<Registry>, Fault> {
    let size = tx.log_size()?;
    let mut registry = Registry::default();
    while checked.links < size {
        let page = tx.links_from(checked.links, PAGE_LINKS)?;
        if page.is_empty() {
            break;
        }
        for link in page {
            if let Err(error) = registry.append(&link) {
                checked.wrong(format!("chain link {} does not hold: {error}", checked.links));
                return Ok(None);
            }
            checked.links += 1;
            // Clients compare this root with their own: a wrong one has every one of them raise an alarm.
            match log::root_at(tx, checked.links) {
                Ok(root) if root == registry.root() => {}
                Ok(_) | Err(crate::StoreError::Broken(_)) => {
                    checked.wrong(format!("the workspace log's root at {} links is wrong", checked.links));
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    if checked.links != size {
        checked.wrong(format!("the workspace log has {} links of {size}", checked.links));
        return Ok(None);
    }
    Ok(Some(registry))
}

/// Whether accounts and devices, kept for look-up, say what the chains say.
fn check_people(tx: &mut dyn Tx, registry: &Registry, checked: &mut Checked) -> Result<(), Fault> {
    let accounts = tx.accounts()?;
    for account in &accounts {
        checked.users += 1;
        match registry.chain(&account.user) {
            None => checked.wrong(format!("@{} has no chain", account.name)),
            Some(chain) => check_person(tx, account, chain, checked)?,
        }
    }
    for chain in registry.chains() {
        if !accounts.iter().any(|account| account.user == chain.user_id()) {
            checked.wrong(format!("the chain of @{} belongs to no account", chain.name()));
        }
    }
    Ok(())
}

fn check_person(
    tx: &mut dyn Tx,
    account: &AccountRow,
    chain: &Chain,
    checked: &mut Checked,
) -> Result<(), Fault> {
    if *chain.name() != account.name || chain.root16() != account.root16 {
        checked.wrong(format!("the account of @{} does not agree with its chain", account.name));
    }
    if tx.chain_links(&account.user)?.len() as u64 != chain.length() {
        checked.wrong(format!("links of @{} are kept under somebody else", account.name));
    }
    let kept = tx.active_devices(&account.user)?;
    let on_chain = chain.devices().iter().filter(|(_, device)| device.active).count();
    let agrees = kept.iter().all(|row| chain.active_key(&row.device) == Some(row.key));
    if account.active && (!agrees || kept.len() != on_chain) {
        checked.wrong(format!("the devices of @{} are not those on its chain", account.name));
    }
    Ok(())
}

/// A room's log: seqs 1, 2, 3 … to its head, and each event made in the epoch that the commits before it led to.
fn check_log(tx: &mut dyn Tx, row: &RoomRow, checked: &mut Checked) -> Result<(), Fault> {
    let (mut next, mut epoch) = (Seq(1), Epoch(0));
    loop {
        let page = tx.events(row.key, next, PAGE_EVENTS, PAGE_BYTES)?;
        if page.is_empty() {
            break;
        }
        for event in page {
            if let Err(why) = check_event(tx, &event, next, epoch)? {
                checked.wrong(format!("room {}: {why}", row.room));
                return Ok(());
            }
            checked.events += 1;
            next = next.next();
            if event.kind == EventKind::Commit {
                epoch = epoch.next();
            }
        }
    }
    if next != row.head.next() {
        checked.wrong(format!("room {}: the log does not end at its head {}", row.room, row.head));
    }
    if epoch != row.epoch {
        let (is, led) = (row.epoch, epoch);
        checked.wrong(format!("room {}: it is at epoch {is}, and its commits lead to {led}", row.room));
    }
    Ok(())
}

fn check_event(
    tx: &mut dyn Tx,
    event: &EventRow,
    next: Seq,
    epoch: Epoch,
) -> Result<Result<(), String>, Fault> {
    let seq = event.seq;
    if seq != next {
        return Ok(Err(format!("event {next} is missing")));
    }
    if event.epoch != epoch {
        return Ok(Err(format!("event {seq} is of epoch {}, where the room was at {epoch}", event.epoch)));
    }
    if event.kind == EventKind::Unknown {
        return Ok(Err(format!("event {seq} is neither a message nor a commit")));
    }
    let known = tx.device(&event.device)?.is_some();
    Ok(if known { Ok(()) } else { Err(format!("event {seq} is of a device that nobody has")) })
}

/// What commits are checked against is the room as its rows have it.
fn check_group(tx: &mut dyn Tx, row: &RoomRow, checked: &mut Checked) -> Result<(), Fault> {
    let room = row.room;
    let Some(group) = tx.group(row.key)? else {
        checked.wrong(format!("room {room}: its MLS group is missing"));
        return Ok(());
    };
    let public = match PublicRoom::from_bytes(&group.public) {
        Ok(public) => public,
        Err(error) => {
            checked.wrong(format!("room {room}: {error}"));
            return Ok(());
        }
    };
    if public.room() != room || public.epoch() != row.epoch {
        checked.wrong(format!("room {room}: its MLS group is that of another room or epoch"));
    }
    let of_group = public.leaves().into_iter();
    let of_group = of_group.map(|leaf| (leaf.index, leaf.member.user_id, leaf.member.device_id));
    let of_rows = tx.leaves(row.key)?.into_iter().map(|leaf| (leaf.index, leaf.user, leaf.device));
    if !of_group.eq(of_rows) {
        checked.wrong(format!("room {room}: its leaves are not those of its MLS group"));
    }
    Ok(())
}

fn check_team_room(tx: &mut dyn Tx, checked: &mut Checked) -> Result<(), Fault> {
    let Some(team_room) = tx.meta(MetaKey::TeamRoom)? else { return Ok(()) };
    let known = match RoomId::try_from(team_room.as_slice()) {
        Ok(room) => tx.room(&room)?.is_some(),
        Err(_) => false,
    };
    if !known {
        checked.wrong("the team's room is missing");
    }
    Ok(())
}
