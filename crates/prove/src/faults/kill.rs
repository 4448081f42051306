//! kill -9 of the server while everybody talks.

use super::load::{Load, TALKERS};
use super::{Batch, Bound, Fault};
use crate::clock;
use crate::server::Server;
use crate::tally::Tally;

pub(super) const FAULT: Fault = Fault {
    name: "kill",
    about: "server killed (SIGKILL) under load",
    unit: "kills",
    quick: 30,
    full: 1_000,
    batch: 10,
    control: "a server that answers before it has committed",
    control_count: 5,
    control_finds: |tally| tally.lost > 0,
    bounds: &[Bound { name: "ready", percent: 100, ms_max: 2_000 }],
    cannot: || None,
    run: |batch| Box::pin(run(batch)),
};

/// Messages that are acknowledged between two kills, at least and at most.
const ACKS: (u64, u64) = (80, 160);

async fn run(mut batch: Batch) -> anyhow::Result<Tally> {
    let ground = batch.lab.team(TALKERS).await?.copy(batch.binary())?;
    let plan = if batch.control { ground.plan.clone().broken("ack-early") } else { ground.plan.clone() };
    let mut tally = Tally::default();
    let mut server = Server::start(&plan).await?;
    let load = Load::begin(&ground, &batch).await?;
    for _ in 0..batch.count {
        let acks = batch.chance.between(ACKS.0, ACKS.1);
        // A server that breaks its promise brings the talk to an end sooner or later.
        match load.acks(acks).await {
            Err(_) if batch.control => break,
            other => other?,
        }
        server.kill()?;
        load.book.note("the server was killed");
        server = Server::start(&plan).await?;
        tally.time("ready", clock::ms(server.ready));
        tally.done += 1;
        load.wake();
    }
    load.judge(&batch, &plan, &mut tally).await?;
    server.stop().await?;
    Ok(tally)
}
