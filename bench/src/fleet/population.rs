//! Fills our server's database, before it starts, through the server's own rows: people with devices and open sessions, in the
//! rooms of the plan. Each came in by no password, which would take an hour of bcrypt.

use std::path::Path;

use anyhow::{Context as _, Result};
use securechat_delivery::rows::{
    AccountRow, DeviceRow, EventRow, LeafRow, PasswordRow, RoomStay, SessionRow, VaultRow,
};
use securechat_delivery::sessions::token_hash;
use securechat_delivery::{Fault, Rng, Tx, write_with};
use securechat_ids::{DeviceId, Epoch, MessageId, Seq, UnixMillis, UserId};
use securechat_proto::frame::EventKind;
use securechat_proto::http::Role;
use securechat_store_sqlite::{Options, SqliteStore};

use super::plan::{LONG_MESSAGES, LONG_ROOM, MANY_FROM, MANY_ROOMS, rooms_of};
use crate::clock;
use crate::swarm::{BODY_BYTES, outside_of, room_id};
use crate::words::Seeded;

/// How long a session lives.
const MONTH_MS: u64 = 30 * 24 * 3_600_000;
/// Rows of one transaction.
const AT_ONCE: usize = 2_000;

/// The token of a person's session.
pub(super) fn token(person: usize) -> String {
    format!("session-of-person-{person}")
}

/// Puts people into the database of a server that has run once and does not now.
pub(super) fn fill(database: &Path, people: usize) -> Result<()> {
    let mut chance = Dice(Seeded::new(3));
    let (store, _) = SqliteStore::open(database, Options::default(), &mut chance, |why| {
        panic!("the store failed: {why}")
    })?;
    let now = clock::today();
    let numbers: Vec<usize> = (0..people).collect();
    for some in numbers.chunks(AT_ONCE) {
        let some = some.to_vec();
        write(&store, move |tx| some.iter().try_for_each(|person| insert_person(tx, *person, now)))?;
    }
    write(&store, move |tx| insert_rooms(tx, people, now))?;
    write(&store, move |tx| insert_many_rooms(tx, now))?;
    write(&store, move |tx| insert_long_room(tx, now))
}

fn write(
    store: &SqliteStore,
    run: impl FnOnce(&mut dyn Tx) -> Result<(), Fault> + Send + 'static,
) -> Result<()> {
    let (done, answer) = std::sync::mpsc::channel();
    write_with(store, run, move |result| {
        let _waiting = done.send(result);
    })?;
    answer.recv()?.map_err(|fault| anyhow::anyhow!("{fault:?}"))
}

fn user(person: usize) -> UserId {
    UserId::from_bytes(numbered(person, 1))
}

fn device(person: usize) -> DeviceId {
    DeviceId::from_bytes(numbered(person, 2))
}

fn numbered(person: usize, kind: u8) -> [u8; 16] {
    let mut id = [kind; 16];
    id[..8].copy_from_slice(&(person as u64).to_be_bytes());
    id
}

fn insert_person(tx: &mut dyn Tx, person: usize, now: UnixMillis) -> Result<(), Fault> {
    let account = AccountRow {
        user: user(person),
        name: format!("person{person}").parse().expect("a user name"),
        role: Role::Member,
        active: true,
        created: now,
        root16: numbered(person, 3),
    };
    let nobody = PasswordRow {
        hash: String::new(),
        salt: [0; 16],
        memory_kib: 65_536,
        passes: 3,
        sealed_share: vec![0; 72],
    };
    tx.insert_account(&account, &nobody, &VaultRow { version: 1, sealed: vec![0; 512] })?;
    tx.insert_device(&DeviceRow {
        device: device(person),
        user: user(person),
        key: [0; 32],
        active: true,
        sealed_name: vec![0; 64],
        added: now,
        seen: now,
    })?;
    Ok(tx.insert_session(&SessionRow {
        token_hash: token_hash(&token(person)),
        user: user(person),
        device: device(person),
        opened: now,
        expires: now.plus(MONTH_MS),
    })?)
}

fn insert_rooms(tx: &mut dyn Tx, people: usize, now: UnixMillis) -> Result<(), Fault> {
    let mut members: std::collections::BTreeMap<u16, Vec<usize>> = Default::default();
    for person in 0..people {
        for room in rooms_of(person) {
            members.entry(room).or_default().push(person);
        }
    }
    members.iter().try_for_each(|(room, members)| insert_room(tx, *room, members, now).map(drop))
}

/// Somebody's thousand rooms, each with four others; the person is the last of those in the large rooms.
fn insert_many_rooms(tx: &mut dyn Tx, now: UnixMillis) -> Result<(), Fault> {
    for number in 0..MANY_ROOMS {
        let others = (1..5).map(|other| (usize::from(number) * 7 + other * 31) % 900);
        let members: Vec<usize> = others.chain([MANY_PERSON]).collect();
        insert_room(tx, MANY_FROM + number, &members, now)?;
    }
    Ok(())
}

/// Who is in a thousand rooms.
pub(crate) const MANY_PERSON: usize = 999;
/// Who catches up.
pub(crate) const LONG_PERSON: usize = 998;

fn insert_long_room(tx: &mut dyn Tx, now: UnixMillis) -> Result<(), Fault> {
    let room = room_id(LONG_ROOM);
    let key = insert_room(tx, LONG_ROOM, &[LONG_PERSON, 997], now)?;
    for seq in 1..=LONG_MESSAGES {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&seq.to_be_bytes());
        tx.append_event(
            key,
            &EventRow {
                seq: Seq(seq),
                kind: EventKind::Message,
                epoch: Epoch(0),
                device: device(997),
                message_id: MessageId::from_bytes(id),
                time: now,
                mls: outside_of(&room).into(),
                body: vec![7; BODY_BYTES].into(),
            },
        )?;
    }
    Ok(())
}

fn insert_room(
    tx: &mut dyn Tx,
    number: u16,
    members: &[usize],
    now: UnixMillis,
) -> Result<securechat_delivery::rows::RoomKey, Fault> {
    let key = tx.insert_room(&room_id(number), false)?.expect("the room is new");
    let leaves: Vec<LeafRow> = (0..)
        .zip(members)
        .map(|(index, person)| LeafRow { index, user: user(*person), device: device(*person) })
        .collect();
    for leaf in &leaves {
        tx.set_stay(key, &leaf.user, RoomStay::Member, now)?;
    }
    tx.change_leaves(key, &[], &leaves)?;
    tx.refresh_due(key)?;
    Ok(key)
}

struct Dice(Seeded);

impl Rng for Dice {
    fn fill(&mut self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.0.next().to_be_bytes()[..part.len()]);
        }
    }
}

/// A check that the database is where it is looked for.
pub(super) fn database(data: &Path) -> Result<std::path::PathBuf> {
    let file = data.join("securechat.db");
    file.is_file().then_some(file).context("the server has made no database")
}
