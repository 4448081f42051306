//! A disk that fails: EIO from a sync or a write, by libfiu in the server's process. It has to end, and to have told nothing
//! that is not true.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::load::{Load, TALKERS};
use super::{Batch, Bound, Fault};
use crate::clock;
use crate::mount::missing;
use crate::server::{Plan, Server};
use crate::tally::Tally;

pub(super) const FAULT: Fault = Fault {
    name: "disk",
    about: "disk failing (EIO on sync and write)",
    unit: "failures",
    quick: 5,
    full: 100,
    batch: 5,
    control: "a server that carries on after a failed write",
    control_count: 2,
    control_finds: |tally| tally.lost > 0,
    bounds: &[
        Bound { name: "ended", percent: 100, ms_max: 10_000 },
        Bound { name: "ready", percent: 100, ms_max: 2_000 },
    ],
    cannot: || {
        missing(&["fiu-ctrl"])
            .or_else(|| (!Path::new(PRELOAD[0]).exists()).then(|| "libfiu is not installed".into()))
    },
    run: |batch| Box::pin(run(batch)),
};

const PRELOAD: [&str; 2] = ["/usr/lib/fiu/fiu_run_preload.so", "/usr/lib/fiu/fiu_posix_preload.so"];
/// Points of failure by turns: every way to sync, and how SQLite writes.
const POINTS: [&str; 2] = ["posix/io/sync/*", "posix/io/rw/pwrite"];
const EIO: i32 = 5;
const ACKS: (u64, u64) = (40, 80);
const END_MAX: Duration = Duration::from_secs(20);

async fn run(mut batch: Batch) -> Result<Tally> {
    let ground = batch.lab.team(TALKERS).await?.copy(batch.binary())?;
    let plan = if batch.control { ground.plan.clone().broken("carry-on") } else { ground.plan.clone() };
    let fifo = ground.path("fiu");
    let mut failing = plan.clone();
    failing.environment.push(("LD_PRELOAD".into(), PRELOAD.join(" ")));
    failing.environment.push(("FIU_CTRL_FIFO".into(), fifo.display().to_string()));
    let mut tally = Tally::default();
    let mut server = Server::start(&failing).await?;
    let load = Load::begin(&ground, &batch).await?;
    for number in batch.first..batch.first + batch.count {
        match load.acks(batch.chance.between(ACKS.0, ACKS.1)).await {
            Err(_) if batch.control && number > batch.first => break,
            other => other?,
        }
        let point = POINTS[usize::try_from(number)? % POINTS.len()];
        fail(&fifo, &server, point).await?;
        let began = clock::now();
        load.book.note(format!("{point} fails from now on"));
        if batch.control {
            load.lies().await;
            server.kill()?;
        } else {
            let ended = server.ended(END_MAX).await.context("a server with a failing disk goes on")?;
            tally.time("ended", clock::ms(began.elapsed()));
            ensure!(!ended.success(), "a server with a failing disk says that all is well");
        }
        tally.done += 1;
        server = restart(&plan, &failing, number + 1 < batch.first + batch.count).await?;
        tally.time("ready", clock::ms(server.ready));
        load.wake();
    }
    load.judge(&batch, &plan, &mut tally).await?;
    server.stop().await?;
    Ok(tally)
}

/// With a sound disk, and able to fail once more if there is another turn.
async fn restart(sound: &Plan, failing: &Plan, again: bool) -> Result<Server> {
    Server::start(if again { failing } else { sound }).await
}

/// From now on every fifth call fails.
async fn fail(fifo: &Path, server: &Server, point: &str) -> Result<()> {
    let mut command = Command::new("fiu-ctrl");
    command.arg("-f").arg(fifo).arg("-c");
    command
        .arg(format!("enable_random name={point},probability=0.2,failinfo={EIO}"))
        .arg(server.id().to_string());
    let ran = tokio::task::spawn_blocking(move || command.output());
    // The answer may never come: the server may have ended over it.
    if let Ok(output) = tokio::time::timeout(Duration::from_secs(5), ran).await {
        let said = String::from_utf8_lossy(&output??.stdout).into_owned();
        ensure!(!said.contains("error") && !said.contains("Error"), "{said}");
    }
    Ok(())
}
