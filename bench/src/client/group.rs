//! What MLS costs a device: a message and a commit in rooms of 2 to 500 devices, state kept in SQLite as the engine keeps it.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use rusqlite::Connection;
use securechat_ids::{DeviceId, RoomId, UserId};
use securechat_mls::{
    History, Join, Kind, Member, Policy, PublicRoom, Removable, check_key_package, judge, split_welcome,
};
use securechat_mls_member::{Change, DeviceKey, Group, Joining, Provider, Received, new_key_package};

use crate::clock::{self, Stopwatch};
use crate::figure::{Figure, quantile};
use crate::ground::Ground;

const NAME: &str = "group";
const SIZES: [usize; 4] = [2, 10, 100, 500];
const ROOM: RoomId = RoomId::from_bytes(*b"a room to time..");
/// Messages of each measurement.
const MESSAGES: usize = 100;
/// Commits of each measurement.
const COMMITS: usize = 15;
/// Bytes of a message: a sentence or two, sealed.
const TEXT: [u8; 300] = [7; 300];

/// Encrypt, decrypt, make and process a commit at each size.
pub(super) fn measure(ground: &Ground) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for devices in SIZES {
        let folder = ground.disk(&format!("group{devices}"));
        std::fs::create_dir_all(&folder)?;
        figures.extend(at(&folder, devices)?);
    }
    Ok(figures)
}

/// A device with its memory.
struct Device {
    conn: Connection,
    key: DeviceKey,
}

impl Device {
    /// `file`: where its memory is; without one it is in this process, for those who only fill the room.
    fn new(number: usize, file: Option<&Path>) -> Result<Self> {
        let conn = match file {
            Some(file) => {
                let conn = Connection::open(file)?;
                conn.execute_batch(&format!("PRAGMA key = \"x'{}'\"", hex::encode([7; 32])))?;
                conn
            }
            None => Connection::open_in_memory()?,
        };
        securechat_engine::prepare(&conn)?;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(number as u64).to_be_bytes());
        let member =
            Member { user_id: UserId::from_bytes(id), device_id: DeviceId::from_bytes(id), root16: id };
        let mut seed = [0; 32];
        seed[..16].copy_from_slice(&id);
        Ok(Self { conn, key: DeviceKey::new(member, &seed) })
    }

    fn provider(&self) -> Provider<'_> {
        Provider::new(&self.conn)
    }

    /// Runs `act` as the engine would: one transaction, on the disk when it returns.
    fn step<T>(&self, act: impl FnOnce() -> Result<T>) -> Result<T> {
        self.conn.execute_batch("BEGIN IMMEDIATE")?;
        let done = act()?;
        self.conn.execute_batch("COMMIT")?;
        Ok(done)
    }
}

fn at(folder: &Path, devices: usize) -> Result<Vec<Figure>> {
    let ana = Device::new(0, Some(&folder.join("ana.db")))?;
    let ben = Device::new(1, Some(&folder.join("ben.db")))?;
    let (mut to, mut from) = assembled(&ana, &ben, devices)?;
    let mut figures = messages(&ana, &ben, &mut to, &mut from, devices)?;
    figures.extend(commits(&ana, &ben, &mut to, &mut from, devices)?);
    Ok(figures)
}

/// A room of so many devices, as the first and the second hold it.
fn assembled(ana: &Device, ben: &Device, devices: usize) -> Result<(Group, Group)> {
    let policy = Policy::new(Kind::Channel, History::Shared, Join::Open, ana.key.member().user_id);
    let (mut group, founding) = Group::found(&ana.provider(), &ana.key, ROOM, &policy)?;
    let mut server = PublicRoom::found(&founding.group_info, &founding.tree)?;
    let now = clock::today();
    let own = new_key_package(&ben.provider(), &ben.key, false, now)?;
    let reference = check_key_package(&own, now)?.reference;
    let mut add = vec![own];
    for number in 2..devices {
        let other = Device::new(number, None)?;
        add.push(new_key_package(&other.provider(), &other.key, false, now)?);
    }
    let staged = group.stage(&ana.provider(), &ana.key, &Change { add, ..Change::default() })?;
    let commit = server.stage(&staged.commit)?;
    server.apply(commit, &staged.group_info)?;
    group.accept_own(&ana.provider())?;
    let parts = split_welcome(&staged.welcome.context("a welcome")?)?;
    let (_, welcome) = parts.iter().find(|(to, _)| *to == reference).context("its part")?;
    let joined = Joining::open(&ben.provider(), welcome, &server.tree())?.accept(&ben.provider())?;
    ensure!(group.leaves().len() == devices, "{} leaves", group.leaves().len());
    Ok((group, joined))
}

fn messages(
    ana: &Device,
    ben: &Device,
    to: &mut Group,
    from: &mut Group,
    devices: usize,
) -> Result<Vec<Figure>> {
    // A page at once, as a backlog comes: what is left is the work itself, and no wait for the disk.
    let mut sent = Vec::new();
    let watch = Stopwatch::start();
    ana.step(|| {
        for _ in 0..MESSAGES {
            sent.push(to.encrypt(&ana.provider(), &ana.key, b"bound", &TEXT)?);
        }
        Ok(())
    })?;
    let encrypted = each(watch.cpu_ms());
    let watch = Stopwatch::start();
    ben.step(|| sent.iter().try_for_each(|message| hear(ben, from, message)))?;
    let decrypted = each(watch.cpu_ms());
    // And one by one, as people talk.
    let (mut said, mut heard) = (Vec::new(), Vec::new());
    for _ in 0..MESSAGES {
        let watch = Stopwatch::start();
        let message = ana.step(|| Ok(to.encrypt(&ana.provider(), &ana.key, b"bound", &TEXT)?))?;
        said.push(watch.ms());
        let watch = Stopwatch::start();
        ben.step(|| hear(ben, from, &message))?;
        heard.push(watch.ms());
    }
    let figure = |what: &str, value| Figure::new(NAME, format!("{what}, {devices} devices"), value, "ms");
    Ok(vec![
        figure("encrypt, a message of a page, CPU", encrypted),
        figure("decrypt, a message of a page, CPU", decrypted),
        figure("encrypt, alone and on the disk, p50", middle(said)),
        figure("decrypt, alone and on the disk, p50", middle(heard)),
    ])
}

fn hear(device: &Device, group: &mut Group, message: &[u8]) -> Result<()> {
    let received = group.receive(&device.provider(), message)?;
    ensure!(matches!(received, Received::Message { .. }), "a message");
    Ok(())
}

fn commits(
    ana: &Device,
    ben: &Device,
    to: &mut Group,
    from: &mut Group,
    devices: usize,
) -> Result<Vec<Figure>> {
    let (mut made, mut taken) = (Vec::new(), Vec::new());
    for _ in 0..COMMITS {
        let watch = Stopwatch::start();
        let staged = ana.step(|| {
            let staged = to.stage(&ana.provider(), &ana.key, &Change::default())?;
            to.accept_own(&ana.provider())?;
            Ok(staged)
        })?;
        made.push(watch.cpu_ms());
        let watch = Stopwatch::start();
        ben.step(|| {
            let Received::Commit(staged) = from.receive(&ben.provider(), &staged.commit)? else {
                anyhow::bail!("a commit")
            };
            judge(from.policy(), &from.leaves(), staged.facts(), Removable::Unchecked)?;
            Ok(from.accept(&ben.provider(), staged)?)
        })?;
        taken.push(watch.cpu_ms());
    }
    ensure!(to.epoch_authenticator() == from.epoch_authenticator(), "the two have parted");
    let figure =
        |what: &str, values| Figure::of_repeats(NAME, format!("{what}, {devices} devices"), values, "ms");
    Ok(vec![figure("make and enter a commit, CPU", made), figure("process a commit, CPU", taken)])
}

fn each(ms: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of messages")]
    let messages = MESSAGES as f64;
    ms / messages
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    quantile(&values, 0.5)
}
