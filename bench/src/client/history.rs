//! A room with 20,000 messages: half of them are a member's backlog, all of them a newcomer's past.

use std::path::Path;

use anyhow::{Result, ensure};
use securechat_client::ids::{RoomId, Seq};
use securechat_client::view::{History, LineKind};
use securechat_client::{Client, NewRoom};

use super::{block_on, team};
use crate::clock::{self, Stopwatch};
use crate::figure::{Figure, Goal};
use crate::ground::{self, Ground};
use crate::server::Server;
use crate::words::{Seeded, Vocabulary};

const NAME: &str = "history";
/// Messages in the room.
const MESSAGES: usize = 20_000;
/// Of those, what was said while a member was away.
const BACKLOG: usize = 10_000;
/// Messages of an epoch: reading back goes through a commit's link after so many.
const EPOCH: usize = 500;
/// Messages that wait at once while filling: what waits is looked through for each that leaves.
const AT_ONCE: usize = 20;
/// Times that each is measured.
const REPEATS: usize = 3;

/// Reads both on the disk, three times.
pub(super) fn measure(ground: &Ground) -> Result<Vec<Figure>> {
    block_on(async {
        let filled = fill(ground).await?;
        let (mut backlog, mut backlog_cpu) = (Vec::new(), Vec::new());
        let (mut history, mut history_cpu) = (Vec::new(), Vec::new());
        for repeat in 0..REPEATS {
            let [away, past] = read(ground, &filled, repeat).await?;
            backlog.push(away.wall_s);
            backlog_cpu.push(away.cpu_s);
            history.push(past.messages / past.wall_s * 60.0);
            history_cpu.push(past.cpu_s / past.messages * 20_000.0);
        }
        Ok(vec![
            Figure::of_repeats(NAME, "messages read back by a newcomer", history, "per minute")
                .with_goal(Goal::AtLeast(20_000.0)),
            Figure::of_repeats(NAME, "20,000 messages read back: the client's CPU", history_cpu, "s"),
            Figure::of_repeats(NAME, "backlog of 10,000 to the screen", backlog, "s")
                .with_goal(Goal::AtMost(2.0)),
            Figure::of_repeats(NAME, "backlog of 10,000: the client's CPU", backlog_cpu, "s"),
            Figure::new(
                NAME,
                "filling: sent by one device, commits in memory",
                filled.sent_per_s,
                "per second",
            ),
        ])
    })
}

/// A server's and a member's folders as they were left, in memory.
struct Filled {
    room: RoomId,
    place: String,
    invite: String,
    sent_per_s: f64,
}

async fn fill(ground: &Ground) -> Result<Filled> {
    let folder = ground.memory("fill");
    let server = Server::start(&ground.program, &folder.join("server"), "127.0.0.1:0")?;
    let (ana, invite) = team::found(&server, &folder).await?;
    let new = NewRoom {
        name: "talk".into(),
        topic: String::new(),
        open: true,
        history: History::Shared,
        people: Vec::new(),
    };
    let room = ana.create_room(new).await?;
    settled(&ana, room).await?;
    let (ben, _) = team::enter(&folder, "ben", &invite).await?;
    join(&ben, room).await?;
    let begun = clock::now();
    let mut said = Said::default();
    said.more(&ana, room, MESSAGES - BACKLOG).await?;
    ben.caught_up().await?;
    settled(&ben, room).await?;
    ben.close().await;
    said.more(&ana, room, BACKLOG).await?;
    #[expect(clippy::cast_precision_loss, reason = "a count of messages")]
    let sent_per_s = MESSAGES as f64 / begun.elapsed().as_secs_f64();
    ana.close().await;
    let place = server.place().to_owned();
    server.stop()?;
    Ok(Filled { room, place, invite, sent_per_s })
}

/// What it took to read some messages.
struct Took {
    messages: f64,
    wall_s: f64,
    /// Of this process, in which the client runs.
    cpu_s: f64,
}

/// The backlog and the past, each read once.
async fn read(ground: &Ground, filled: &Filled, repeat: usize) -> Result<[Took; 2]> {
    let (from, folder) = (ground.memory("fill"), ground.disk(&format!("read{repeat}")));
    for part in ["server", "ben"] {
        ground::copy(&from.join(part), &folder.join(part))?;
    }
    let server = Server::start(&ground.program, &folder.join("server"), &filled.place)?;
    let backlog = read_backlog(&folder.join("ben"), filled.room).await?;
    let (cid, _) = team::enter(&folder, "cid", &filled.invite).await?;
    join(&cid, filled.room).await?;
    let history = read_history(&cid, filled.room).await?;
    cid.close().await;
    server.stop()?;
    Ok([backlog, history])
}

async fn read_backlog(home: &Path, room: RoomId) -> Result<Took> {
    let watch = Stopwatch::start();
    let ben = Client::open(home)?;
    ben.caught_up().await?;
    let screen = ben.timeline(room, None, 100).await?;
    let took = Took::of(&watch, BACKLOG);
    let last = screen.last().map(|line| line.text.clone()).unwrap_or_default();
    ensure!(last.ends_with(&format!(" {MESSAGES}")), "the newest line is not there: {last}");
    ensure!(texts(&ben, room).await? == MESSAGES, "not all of the backlog is there");
    ben.close().await;
    Ok(took)
}

async fn read_history(cid: &Client, room: RoomId) -> Result<Took> {
    let before = texts(cid, room).await?;
    let watch = Stopwatch::start();
    cid.read_back(room, Some(Seq(1)), None).await?;
    let took = Took::of(&watch, MESSAGES - before);
    let all = texts(cid, room).await?;
    ensure!(all == MESSAGES, "{all} messages were read back of {MESSAGES}");
    Ok(took)
}

impl Took {
    fn of(watch: &Stopwatch, messages: usize) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a count of messages")]
        let messages = messages as f64;
        Self { messages, wall_s: watch.ms() / 1_000.0, cpu_s: watch.cpu_ms() / 1_000.0 }
    }
}

/// How many messages can be read there.
async fn texts(client: &Client, room: RoomId) -> Result<usize> {
    let (mut after, mut texts) = (Seq(0), 0);
    loop {
        let lines = client.messages_after(room, after, 5_000).await?;
        let Some(last) = lines.last().and_then(|line| line.seq) else { return Ok(texts) };
        texts += lines.iter().filter(|line| line.kind == LineKind::Text).count();
        after = last;
    }
}

async fn join(client: &Client, room: RoomId) -> Result<()> {
    let mut listener = client.listen();
    // Somebody of the team tells a newcomer which rooms there are.
    while client.room(room).await?.is_none() {
        ensure!(listener.next().await.is_some(), "the engine has stopped");
    }
    client.join_room(room).await?;
    settled(client, room).await?;
    Ok(client.settle_in().await?)
}

/// Waits until nothing of a device waits to go out, and no change of the room to come true.
async fn settled(client: &Client, room: RoomId) -> Result<()> {
    let mut listener = client.listen();
    loop {
        if client.nothing_waits().await? && client.wishes_waiting(room).await? == 0 {
            return Ok(());
        }
        ensure!(listener.next().await.is_some(), "the engine has stopped");
    }
}

/// What has been said so far.
struct Said {
    vocabulary: Vocabulary,
    chance: Seeded,
    number: usize,
}

impl Default for Said {
    fn default() -> Self {
        Self { vocabulary: Vocabulary::new(), chance: Seeded::new(4), number: 0 }
    }
}

impl Said {
    async fn more(&mut self, by: &Client, room: RoomId, messages: usize) -> Result<()> {
        for _ in 0..messages {
            self.number += 1;
            let text = format!("{} {}", self.vocabulary.text(&mut self.chance), self.number);
            by.send(room, text).await?;
            if self.number.is_multiple_of(AT_ONCE) {
                settled(by, room).await?;
            }
            if self.number.is_multiple_of(EPOCH) {
                // A policy that changes nothing to read back, for the epoch that it begins.
                let days = u32::try_from(3_000 + self.number / EPOCH)?;
                by.keep_for(room, days).await?;
                settled(by, room).await?;
            }
        }
        settled(by, room).await
    }
}
