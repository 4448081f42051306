//! The faults, a file each.

mod backup;
mod client;
mod disk;
mod full;
mod kill;
mod load;
mod pause;
mod power;
mod tcp;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use anyhow::Result;
use tokio::sync::Mutex;

use crate::chance::Chance;
use crate::tally::Tally;
use crate::team::{Shape, Template};

/// All of them, in the order in which they are run.
pub const ALL: [&Fault; 8] = [
    &kill::FAULT,
    &power::FAULT,
    &disk::FAULT,
    &full::FAULT,
    &pause::FAULT,
    &backup::FAULT,
    &client::FAULT,
    &tcp::FAULT,
];

/// What a batch comes to, some time.
pub(crate) type Running = Pin<Box<dyn Future<Output = Result<Tally>>>>;

/// A kind of fault, how often it is tried, and what must hold.
pub struct Fault {
    /// As it is named on the command line.
    pub name: &'static str,
    /// A few words for the report.
    pub about: &'static str,
    /// What one of it is.
    pub unit: &'static str,
    /// How many in a quick run.
    pub quick: u64,
    /// How many in a full one.
    pub full: u64,
    pub(crate) batch: u64,
    pub(crate) control: &'static str,
    pub(crate) control_count: u64,
    /// Whether the judge found what the control broke.
    pub(crate) control_finds: fn(&Tally) -> bool,
    pub(crate) bounds: &'static [Bound],
    /// Why this machine cannot try it, if so.
    pub(crate) cannot: fn() -> Option<String>,
    pub(crate) run: fn(Batch) -> Running,
}

/// A measured time that has to stay below something.
pub(crate) struct Bound {
    pub(crate) name: &'static str,
    /// Hundredths of the times that have to.
    pub(crate) percent: usize,
    pub(crate) ms_max: u64,
}

impl Bound {
    /// A sentence if it does not hold.
    pub(crate) fn broken(&self, tally: &Tally) -> Option<String> {
        let ms = tally.percentile(self.name, self.percent)?;
        let Self { name, percent, ms_max } = self;
        (ms > *ms_max).then(|| format!("{name}: p{percent} is {ms} ms, and {ms_max} ms is the most"))
    }

    /// What was measured.
    pub(crate) fn shown(&self, tally: &Tally) -> Option<String> {
        let [half, bound, all] = [50, self.percent, 100].map(|percent| tally.percentile(self.name, percent));
        let (half, bound, all) = (half?, bound?, all?);
        Some(match self.percent {
            100 => format!("{} p50 {half}, max {all} ms", self.name),
            percent => format!("{} p50 {half}, p{percent} {bound}, max {all} ms", self.name),
        })
    }
}

/// Some faults of a kind, tried on one copy of a team.
pub(crate) struct Batch {
    pub(crate) lab: Arc<Lab>,
    pub(crate) chance: Chance,
    /// Number of the first one within the run.
    pub(crate) first: u64,
    pub(crate) count: u64,
    /// Whether to break the promise on purpose.
    pub(crate) control: bool,
}

impl Batch {
    /// The program to run: only development builds know how to break a promise.
    pub(crate) fn binary(&self) -> &Path {
        if self.control { &self.lab.breakable } else { &self.lab.binary }
    }
}

/// What batches share: the programs, and teams to copy.
pub(crate) struct Lab {
    pub(crate) binary: PathBuf,
    breakable: PathBuf,
    teams: Mutex<BTreeMap<Shape, Arc<Template>>>,
}

impl Lab {
    pub(crate) fn new(binary: &Path, breakable: &Path) -> Self {
        Self { binary: binary.to_owned(), breakable: breakable.to_owned(), teams: Mutex::default() }
    }

    /// A team of a shape, made when it is first wanted.
    pub(crate) async fn team(&self, shape: Shape) -> Result<Arc<Template>> {
        let mut teams = self.teams.lock().await;
        if let Some(team) = teams.get(&shape) {
            return Ok(Arc::clone(team));
        }
        let team = Arc::new(Template::make(&self.binary, shape).await?);
        teams.insert(shape, Arc::clone(&team));
        Ok(team)
    }
}
