//! A power cut: what the file system had not written is gone. It models that and nothing else, no torn sectors, no lying disks.

use super::load::{Load, TALKERS};
use super::{Batch, Bound, Fault};
use crate::mount::{self, Mount, copy_folder, copy_image, make_image};
use crate::server::Server;
use crate::tally::Tally;
use crate::{clock, store};

pub(super) const FAULT: Fault = Fault {
    name: "power",
    about: "power cut under load (ext4 image, unsynced pages lost)",
    unit: "cuts",
    quick: 20,
    full: 500,
    batch: 10,
    control: "a database that is not synced at each commit (synchronous=NORMAL)",
    control_count: 4,
    control_finds: |tally| tally.lost > 0,
    bounds: &[Bound { name: "ready", percent: 100, ms_max: 2_000 }],
    cannot: || mount::cannot(&["mkfs.ext4", "mount", "umount", "losetup"]),
    run: |batch| Box::pin(run(batch)),
};

const IMAGE_BYTES: u64 = 96 * 1024 * 1024;
const ACKS: (u64, u64) = (80, 160);

async fn run(mut batch: Batch) -> anyhow::Result<Tally> {
    let ground = batch.lab.team(TALKERS).await?.copy(batch.binary())?;
    let (disk, cut, at) = (ground.path("disk"), ground.path("disk-cut"), ground.path("mounted"));
    make_image(&disk, IMAGE_BYTES)?;
    let mut mounted = Mount::image(&disk, &at)?;
    let mut plan = ground.plan.clone();
    copy_folder(&plan.data, &at.join("server"))?;
    mounted.sync()?;
    plan.data = at.join("server");
    if batch.control {
        plan = plan.broken("sync-normal");
    }
    let mut tally = Tally::default();
    let mut server = Server::start(&plan).await?;
    let load = Load::begin(&ground, &batch).await?;
    for _ in 0..batch.count {
        match load.acks(batch.chance.between(ACKS.0, ACKS.1)).await {
            Err(_) if batch.control => break,
            other => other?,
        }
        // Nothing is written while the disk is copied: what has reached it by now is what there is after the cut.
        server.hold().await?;
        copy_image(&disk, &cut)?;
        server.kill()?;
        mounted.unmount()?;
        std::fs::rename(&cut, &disk)?;
        load.book.note("the power was cut");
        mounted = Mount::image(&disk, &at)?;
        server = Server::start(&plan).await?;
        tally.time("ready", clock::ms(server.ready));
        tally.done += 1;
        load.wake();
    }
    load.judge(&batch, &plan, &mut tally).await?;
    let found = store::integrity(&plan.data)?;
    if found != "ok" {
        tally.broken(format!("after power cuts the database is damaged: {found}"));
    }
    server.stop().await?;
    mounted.unmount()?;
    Ok(tally)
}
