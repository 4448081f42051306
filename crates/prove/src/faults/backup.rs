//! Backups while everybody talks: each holds everything acknowledged before it began. Then the server goes back to one of
//! them, and every client says so and loses nothing of what it has.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use securechat_checker::Event;
use securechat_client::view::RoomStanding;

use super::load::{Load, TALKERS};
use super::{Batch, Bound, Fault};
use crate::command::{admin, said};
use crate::server::{Plan, Server};
use crate::tally::Tally;
use crate::{clock, store};

pub(super) const FAULT: Fault = Fault {
    name: "backup",
    about: "backup under load, restored; then the server goes back to it",
    unit: "backups",
    quick: 3,
    full: 100,
    batch: 1,
    control: "a backup made before the last messages is taken for one made after them",
    control_count: 1,
    control_finds: |tally| tally.lost > 0,
    bounds: &[Bound { name: "backup", percent: 100, ms_max: 30_000 }],
    cannot: || None,
    run: |batch| Box::pin(run(batch)),
};

const ACKS: (u64, u64) = (60, 120);
const SENTENCE: &str = "restored from a backup";
const PATIENCE: Duration = Duration::from_secs(30);

async fn run(mut batch: Batch) -> Result<Tally> {
    let ground = batch.lab.team(TALKERS).await?.copy(batch.binary())?;
    let plan = ground.plan.clone();
    let mut tally = Tally::default();
    let mut server = Server::start(&plan).await?;
    let mut load = Load::begin(&ground, &batch).await?;
    let backup = ground.path("backup");
    load.acks(batch.chance.between(ACKS.0, ACKS.1)).await?;
    let mut before = load.book.acknowledged();
    let began = clock::now();
    done(&plan, &["backup", text(&backup)?]).await?;
    tally.time("backup", clock::ms(began.elapsed()));
    if batch.control {
        load.acks(ACKS.0).await?;
        before = load.book.acknowledged();
    }
    let drill = ground.path("drill");
    let mut elsewhere = plan.clone();
    elsewhere.data = drill.clone();
    done(&elsewhere, &["restore", text(&backup)?]).await?;
    tally.acked += before.len() as u64;
    compare(&before, &store::log(&drill)?, &mut tally);
    tally.done += 1;
    if batch.control {
        return Ok(tally);
    }
    // More is said, and then the server's memory goes back.
    load.acks(ACKS.0).await?;
    server.stop().await?;
    for reason in load.stop().await {
        tally.broken(format!("somebody could not go on talking: {reason}"));
    }
    let mut had = Vec::new();
    for device in &load.devices {
        had.push(shown(device).await?);
    }
    done(&plan, &["restore", text(&backup)?, "--replace"]).await?;
    server = Server::start(&plan).await?;
    load.wake();
    for (device, had) in load.devices.iter().zip(had) {
        if !device.alarm(SENTENCE, PATIENCE).await {
            tally.broken("a client was not told that the server went back to a backup");
        }
        let now = shown(device).await?;
        for (room, line) in had.difference(&now) {
            tally.broken(format!("a client no longer shows {line} of {room}"));
        }
        says_what_is_missing(device, &plan, &mut tally).await?;
    }
    load.close().await;
    server.stop().await?;
    Ok(tally)
}

/// Everything acknowledged before is in the log, at its place.
fn compare(before: &[(String, Option<String>, u64)], log: &[Event], tally: &mut Tally) {
    let kept: BTreeSet<(&str, u64)> = log
        .iter()
        .filter_map(|row| match row {
            Event::LogRow { id, seq, .. } => Some((id.as_str(), *seq)),
            _ => None,
        })
        .collect();
    for (message, id, seq) in before {
        let Some(id) = id else { continue };
        if !kept.contains(&(id.as_str(), *seq)) {
            tally.lost += 1;
            tally.sentences.push(format!("{message} was acknowledged before the backup and is not in it"));
        }
    }
}

/// Every line with a place.
async fn shown(device: &crate::device::Device) -> Result<BTreeSet<(String, String)>> {
    let mut lines = BTreeSet::new();
    for room in device.rooms().await? {
        let entries = device.entries(room.room).await?;
        lines.extend(entries.into_iter().map(|entry| (room.label.clone(), entry.message)));
    }
    Ok(lines)
}

/// A room that is further here than at the server stands still and says why.
async fn says_what_is_missing(device: &crate::device::Device, plan: &Plan, tally: &mut Tally) -> Result<()> {
    let _stopped = tokio::time::timeout(PATIENCE, device.client.caught_up()).await;
    let log = store::log(&plan.data)?;
    for room in device.rooms().await? {
        let name = room.room.to_string();
        let head = log.iter().filter_map(|row| match row {
            Event::LogRow { room, seq, .. } if *room == name => Some(*seq),
            _ => None,
        });
        let head = head.max().unwrap_or(0);
        let says = room.state == RoomStanding::Halted && room.trouble.is_some();
        if room.cursor.0 > head && !says {
            tally.broken(format!(
                "{} has {} at {} and the server {head}, and nobody is told",
                device.id, room.label, room.cursor.0
            ));
        }
    }
    Ok(())
}

async fn done(plan: &Plan, args: &[&str]) -> Result<()> {
    let output = admin(&plan.binary, args, &plan.data).await?;
    ensure!(output.status.success(), "{args:?}: {}", said(&output));
    Ok(())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is no text")
}
