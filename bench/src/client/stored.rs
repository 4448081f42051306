//! What a full memory costs: search over 1,000,000 messages, and a start with 100,000.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use rusqlite::Connection;
use securechat_client::Client;
use securechat_client::ids::{DeviceId, MessageId, RoomId, Seq, UnixMillis, UserId};
use securechat_client::view::{ImportedMessage, ImportedRoom};

use super::{block_on, team};
use crate::clock::{self, Stopwatch};
use crate::figure::{Figure, Goal, quantile};
use crate::ground::{self, Ground};
use crate::server::Server;
use crate::words::{Seeded, Vocabulary};

const NAME: &str = "stored";
const SEARCHED: usize = 1_000_000;
const STARTED: usize = 100_000;
/// Rooms that they are in.
const ROOMS: usize = 50;
/// People who said it.
const PEOPLE: usize = 200;
/// Messages kept in one step while filling.
const AT_ONCE: usize = 5_000;
/// Searches of each kind.
const SEARCHES: usize = 60;
/// Lines that a face asks for.
const FOUND_MAX: usize = 100;
/// Starts of each kind.
const STARTS: usize = 7;
/// Names what is kept between runs; another number when it is filled differently.
const FILLING: u32 = 1;

/// Both, on the disk.
pub(super) fn measure(ground: &Ground) -> Result<Vec<Figure>> {
    let mut figures = block_on(searches(ground))?;
    figures.extend(block_on(starts(ground))?);
    Ok(figures)
}

async fn searches(ground: &Ground) -> Result<Vec<Figure>> {
    let home = filled(ground, SEARCHED).await?;
    let client = Client::open(&home)?;
    let vocabulary = Vocabulary::new();
    let mut chance = Seeded::new(11);
    let mut all = Vec::new();
    let mut figures = Vec::new();
    for (kind, ask) in KINDS {
        let (mut times, mut cpu) = (Vec::new(), Vec::new());
        for _ in 0..SEARCHES {
            let words = ask(&vocabulary, &mut chance);
            let watch = Stopwatch::start();
            let found = client.search(words.clone(), FOUND_MAX).await?;
            times.push(watch.ms());
            cpu.push(watch.cpu_ms());
            ensure!(found.len() <= FOUND_MAX, "too many lines for {words}");
        }
        all.extend(times.iter().copied());
        times.sort_by(f64::total_cmp);
        cpu.sort_by(f64::total_cmp);
        let what = format!("search 1,000,000: {kind}");
        figures.push(Figure::new(NAME, format!("{what}, p50"), quantile(&times, 0.5), "ms"));
        figures.push(Figure::new(NAME, format!("{what}, worst"), quantile(&times, 1.0), "ms"));
        figures.push(Figure::new(NAME, format!("{what}, CPU of the worst"), quantile(&cpu, 1.0), "ms"));
    }
    all.sort_by(f64::total_cmp);
    let p99 = Figure::new(NAME, "search 1,000,000: all kinds, p99", quantile(&all, 0.99), "ms");
    figures.push(p99.with_goal(Goal::AtMost(50.0)));
    client.close().await;
    Ok(figures)
}

/// Draws the words of a search.
type Ask = fn(&Vocabulary, &mut Seeded) -> String;

/// What people look for, by how much of it there is.
const KINDS: [(&str, Ask); 5] = [
    ("a rare word", |words, chance| words.word(5_000 + chance.below(40_000)).to_owned()),
    ("a known word", |words, chance| words.word(100 + chance.below(900)).to_owned()),
    ("one of the commonest", |words, chance| words.word(chance.below(20)).to_owned()),
    ("two words", |words, chance| {
        format!("{} {}", words.word(chance.below(300)), words.word(300 + chance.below(3_000)))
    }),
    ("a beginning of two letters", |words, chance| words.word(chance.below(80)).chars().take(2).collect()),
];

async fn starts(ground: &Ground) -> Result<Vec<Figure>> {
    let home = filled(ground, STARTED).await?;
    let unread = start_times(&home, false).await?;
    read_all(&home)?;
    let warm = start_times(&home, false).await?;
    let cold = start_times(&home, true).await?;
    let figure =
        |what: &str, times| Figure::of_repeats(NAME, format!("start with 100,000: {what}"), times, "ms");
    Ok(vec![
        figure("everything read, files cached", warm).with_goal(Goal::AtMost(150.0)),
        figure("everything read, files not cached", cold),
        figure("everything unread, files cached", unread),
    ])
}

/// From nothing to the list of rooms and the newest lines of one, as a face shows them.
async fn start_times(home: &Path, cold: bool) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        if cold {
            ground::make_cold(home)?;
        }
        let watch = Stopwatch::start();
        let client = Client::open(home)?;
        let rooms = client.rooms().await?;
        let first = rooms.iter().find(|room| room.newest.is_some()).context("a room with messages")?;
        let lines = client.timeline(first.room, None, 100).await?;
        times.push(watch.ms());
        ensure!(rooms.len() >= ROOMS && lines.len() == 100, "{} rooms, {} lines", rooms.len(), lines.len());
        client.close().await;
    }
    Ok(times)
}

/// A home with so many messages on the disk, filled now or by an earlier run.
async fn filled(ground: &Ground, messages: usize) -> Result<std::path::PathBuf> {
    let kept = ground.kept(&format!("stored-{FILLING}-{messages}"));
    if !kept.exists() {
        let folder = ground.memory(&format!("stored-{messages}"));
        let server = Server::start(&ground.program, &folder.join("server"), "127.0.0.1:0")?;
        let (ana, _) = team::found(&server, &folder).await?;
        import(&ana, messages).await?;
        ana.close().await;
        server.stop()?;
        let half = kept.with_extension("half");
        ground::copy(&folder.join("ana"), &half)?;
        fs::rename(&half, &kept)?;
        fs::remove_dir_all(&folder)?;
    }
    let home = ground.disk(&format!("stored-{messages}"));
    ground::copy(&kept, &home)?;
    Ok(home)
}

async fn import(client: &Client, messages: usize) -> Result<()> {
    let mut chance = Seeded::new(messages as u64);
    let vocabulary = Vocabulary::new();
    let people: Vec<([u8; 16], [u8; 16])> = (0..PEOPLE).map(|_| (chance.id(), chance.id())).collect();
    let rooms: Vec<RoomId> = (0..ROOMS).map(|_| RoomId::from_bytes(chance.id())).collect();
    let each = messages / ROOMS;
    let begin = clock::today().0 - 400 * 24 * 3_600_000;
    // Room by room in slices, so that rooms lie among each other in the file as they do in life.
    for slice in 0..each.div_ceil(AT_ONCE) {
        let first = slice * AT_ONCE;
        for (number, room) in rooms.iter().enumerate() {
            let page = (first..each.min(first + AT_ONCE)).map(|place| {
                let who = chance.below(PEOPLE);
                let (user, device) = people[who];
                ImportedMessage {
                    message_id: MessageId::from_bytes(chance.id()),
                    device: DeviceId::from_bytes(device),
                    user: UserId::from_bytes(user),
                    from: format!("person{who}"),
                    seq: Seq(place as u64 + 1),
                    time: UnixMillis(begin + (place * ROOMS + number) as u64 * 1_000),
                    text: vocabulary.text(&mut chance),
                }
            });
            let page: Vec<ImportedMessage> = page.collect();
            let named = ImportedRoom { room: *room, name: format!("room{number}"), topic: String::new() };
            client.import(named, page).await?;
        }
    }
    Ok(())
}

/// Marks all as read, which for a room that one is not in no face can.
fn read_all(home: &Path) -> Result<()> {
    let key = fs::read(home.join("device.key"))?;
    let conn = Connection::open(home.join("device.db"))?;
    conn.execute_batch(&format!("PRAGMA key = \"x'{}'\"", hex::encode(key)))?;
    let rooms =
        conn.execute("UPDATE rooms SET cursor = 1000000000, read_to = 1000000000 WHERE state = 'gone'", [])?;
    ensure!(rooms == ROOMS, "{rooms} rooms");
    Ok(())
}
