//! A server that stands still for five seconds (SIGSTOP) and goes on: a machine that swaps, a virtual machine that moves.

use std::time::Duration;

use anyhow::{Result, bail};
use securechat_client::{Client, Failure};

use super::load::{Load, TALKERS};
use super::{Batch, Bound, Fault};
use crate::clock;
use crate::server::Server;
use crate::tally::Tally;

pub(super) const FAULT: Fault = Fault {
    name: "pause",
    about: "server stopped for 5 s (SIGSTOP)",
    unit: "pauses",
    quick: 3,
    full: 200,
    batch: 5,
    control: "a server that answers before it has committed, killed while it stands still",
    control_count: 5,
    control_finds: |tally| tally.lost > 0,
    bounds: &[Bound { name: "talk again", percent: 100, ms_max: 2_000 }],
    cannot: || None,
    run: |batch| Box::pin(run(batch)),
};

const STILL: Duration = Duration::from_secs(5);
const ACKS: (u64, u64) = (40, 80);

async fn run(mut batch: Batch) -> Result<Tally> {
    let ground = batch.lab.team(TALKERS).await?.copy(batch.binary())?;
    let plan = if batch.control { ground.plan.clone().broken("ack-early") } else { ground.plan.clone() };
    let mut tally = Tally::default();
    let mut server = Server::start(&plan).await?;
    let load = Load::begin(&ground, &batch).await?;
    for _ in 0..batch.count {
        match load.acks(batch.chance.between(ACKS.0, ACKS.1)).await {
            Err(_) if batch.control => break,
            other => other?,
        }
        server.hold().await?;
        load.book.note("the server stands still");
        if batch.control {
            server.kill()?;
            server = Server::start(&plan).await?;
            load.wake();
        } else {
            // A second process with a home that is in use says so and does nothing.
            match Client::open(&ground.path(&ground.homes()[0])) {
                Err(Failure::Other(why)) if why.contains("another securechat uses") => {}
                Err(other) => tally.broken(format!("a home in use says only: {other}")),
                Ok(_) => bail!("two processes have one home"),
            }
            // This is what is tested: real time during which nothing happens.
            tokio::time::sleep(STILL).await;
            let began = clock::now();
            server.go_on()?;
            load.acks(1).await?;
            tally.time("talk again", clock::ms(began.elapsed()));
        }
        tally.done += 1;
    }
    load.judge(&batch, &plan, &mut tally).await?;
    server.stop().await?;
    Ok(tally)
}
