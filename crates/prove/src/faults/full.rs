//! A full disk, and room again: senders are told and keep what they have, readers go on, and everything goes out afterwards
//! without anybody restarting anything.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use securechat_client::{Failure, Hold, Home, InviteLink, LogIn, log_in};

use super::load::{Load, PATIENCE, TALKERS};
use super::{Batch, Bound, Fault};
use crate::clock;
use crate::device::Device;
use crate::mount::{self, Mount, copy_folder};
use crate::server::Server;
use crate::tally::Tally;
use crate::team::{Ground, PASSWORD};

pub(super) const FAULT: Fault = Fault {
    name: "full",
    about: "disk full, then freed",
    unit: "times",
    quick: 5,
    full: 100,
    batch: 5,
    control: "a server that takes a full disk for one that has written",
    control_count: 2,
    control_finds: |tally| tally.lost > 0,
    bounds: &[
        Bound { name: "told", percent: 100, ms_max: 10_000 },
        Bound { name: "reader back", percent: 100, ms_max: 5_000 },
        Bound { name: "drained", percent: 100, ms_max: 30_000 },
    ],
    cannot: || mount::cannot(&["mount", "umount"]),
    run: |batch| Box::pin(run(batch)),
};

const DISK_BYTES: u64 = 32 * 1024 * 1024;
const ACKS: (u64, u64) = (20, 60);

async fn run(mut batch: Batch) -> Result<Tally> {
    let ground = batch.lab.team(TALKERS).await?.copy(batch.binary())?;
    let at = ground.path("mounted");
    let mounted = Mount::memory(&at, DISK_BYTES)?;
    let mut plan = ground.plan.clone();
    copy_folder(&plan.data, &at.join("server"))?;
    plan.data = at.join("server");
    if batch.control {
        plan = plan.broken("carry-on");
    }
    let mut tally = Tally::default();
    let server = Server::start(&plan).await?;
    let mut load = Load::begin(&ground, &batch).await?;
    let reader = load.devices.pop().context("a team has devices")?;
    // The reader's own turn is to go away and come back while the disk is full; it says nothing.
    drop(load.stop().await);
    let Ok(reader) = Arc::try_unwrap(reader) else { bail!("somebody holds the reader") };
    let heard = reader.close().await;
    heard.give_up(&load.book, "it was told to be quiet");
    let home = ground.homes().last().context("a team has homes")?.clone();
    load.go_on().await?;
    let ballast = at.join("ballast");
    for number in 0..batch.count {
        match load.acks(batch.chance.between(ACKS.0, ACKS.1)).await {
            Err(_) if batch.control && number > 0 => break,
            other => other?,
        }
        load.devices.iter().for_each(|device| device.forget_holds());
        fill(&ballast)?;
        let began = clock::now();
        load.book.note("the disk is full");
        if batch.control {
            load.lies().await;
        } else {
            let told = load.devices[0].hold(Hold::StorageFull, PATIENCE).await;
            if !told {
                tally.broken("a sender was not told that the server's disk is full");
            }
            tally.time("told", clock::ms(began.elapsed()));
            let back = clock::now();
            let reader = Device::open_again(&ground.path(&home), &load.book, &heard)?;
            reader.client.caught_up().await.context("nobody comes in while the disk is full")?;
            tally.time("reader back", clock::ms(back.elapsed()));
            reader.close().await;
            if number == 0 {
                password_login(&ground, &mut tally).await?;
            }
        }
        std::fs::remove_file(&ballast)?;
        let freed = clock::now();
        load.book.note("there is room again");
        if !batch.control {
            load.acks(ACKS.0).await?;
        }
        tally.time("drained", clock::ms(freed.elapsed()));
        tally.done += 1;
    }
    load.devices.push(Arc::new(Device::open_again(&ground.path(&home), &load.book, &heard)?));
    load.judge(&batch, &plan, &mut tally).await?;
    server.stop().await?;
    mounted.unmount()?;
    Ok(tally)
}

/// Takes what room there is, to the last page.
fn fill(ballast: &Path) -> Result<()> {
    let mut file = File::create(ballast)?;
    for size in [1024 * 1024, 4096] {
        let piece = vec![1; size];
        while file.write_all(&piece).is_ok() {}
    }
    Ok(())
}

/// A log-in by password writes, so it may have to wait; then it says why, at once and in a sentence.
async fn password_login(ground: &Ground, tally: &mut Tally) -> Result<()> {
    let home = Home::own(&ground.path("newcomer"))?;
    let link: InviteLink = format!("https://127.0.0.1:{}", ground.plan.port).parse()?;
    let how = LogIn { link: &link, user_name: "ana", password: PASSWORD, device_name: "another" };
    match log_in(&home, &how, |_| true).await {
        Ok(()) => tally.time("log-ins while full", 1),
        Err(Failure::Refused(refusal)) if refusal.message.contains("disk is full") => {}
        Err(other) => tally.broken(format!("a log-in while the disk is full says only: {other}")),
    }
    Ok(())
}
