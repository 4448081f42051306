//! Runs what was wished for: controls first, then batch after batch, each kept before the next begins.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};

use crate::chance::Chance;
use crate::faults::{ALL, Batch, Fault, Lab};
use crate::machine::Machine;
use crate::report;
use crate::state::State;
use crate::tally::Tally;
use crate::{clock, say};

pub use crate::state::Size as Mode;

/// What a person asked for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// A few of each, or as many as the report claims.
    pub mode: Mode,
    /// Only this fault.
    pub only: Option<String>,
    /// Go on where an earlier run ended.
    pub resume: bool,
    /// Only this many of each, whatever the mode says.
    pub count: Option<u64>,
    /// Only break promises, and see that it is noticed.
    pub control: bool,
    /// Write the report.
    pub record: Option<PathBuf>,
    /// The program that is proven.
    pub binary: PathBuf,
    /// A build of it with debug assertions, which knows how to break promises.
    pub breakable: PathBuf,
    /// Where runs are kept.
    pub folder: PathBuf,
    /// The run's seed; drawn from the clock if not given.
    pub seed: Option<u64>,
}

/// Runs it.
///
/// # Errors
/// What keeps a fault from being tried, and at the end every promise that did not hold.
pub async fn run(wish: &Wish) -> Result<()> {
    let faults: Vec<&Fault> =
        ALL.into_iter().filter(|fault| wish.only.as_deref().is_none_or(|only| only == fault.name)).collect();
    if faults.is_empty() {
        bail!("there is no such fault; there are {}", ALL.map(|fault| fault.name).join(", "));
    }
    let lab = Arc::new(Lab::new(&wish.binary, &wish.breakable));
    let mut failed = Vec::new();
    for fault in faults {
        match prove(fault, wish, &lab).await.with_context(|| format!("{} could not be tried", fault.name)) {
            Ok(state) => {
                let wrong = report::wrong(fault, &state);
                say::line(&report::line(fault, &state));
                wrong.iter().for_each(|sentence| say::line(&format!("    {sentence}")));
                if !wrong.is_empty() {
                    failed.push(fault.name);
                }
            }
            Err(error) => {
                say::line(&format!("  {error:#}"));
                failed.push(fault.name);
            }
        }
    }
    if let Some(path) = &wish.record {
        report::write(path, &wish.folder)?;
    }
    ensure!(failed.is_empty(), "did not hold: {}", failed.join(", "));
    Ok(())
}

async fn prove(fault: &Fault, wish: &Wish, lab: &Arc<Lab>) -> Result<State> {
    let mut state = begin(fault, wish)?;
    if let Some(why) = (fault.cannot)() {
        say::line(&format!("==> {}: SKIPPED, {why}", fault.name));
        state.skipped = Some(why);
        state.write(&wish.folder)?;
        return Ok(state);
    }
    say::line(&format!("==> {}: {} (seed {})", fault.name, fault.about, state.seed));
    if state.control.is_none() {
        let began = clock::now();
        let control = batch(fault, lab, &state, 0, fault.control_count, true).await?;
        state.seconds += began.elapsed().as_secs_f64();
        say::line(&format!("  control ({}): {} promises broken", fault.control, control.violations()));
        state.control = Some(control);
        state.write(&wish.folder)?;
    }
    while !wish.control && state.tally.done < state.wanted {
        let began = clock::now();
        let count = fault.batch.min(state.wanted - state.tally.done);
        let tally = batch(fault, lab, &state, state.tally.done, count, false).await?;
        state.tally.add(tally);
        state.seconds += began.elapsed().as_secs_f64();
        state.write(&wish.folder)?;
        let Tally { done, acked, .. } = state.tally;
        let broken = state.tally.violations();
        say::line(&format!("  {done}/{}: {acked} acknowledged, {broken} promises broken", state.wanted));
    }
    Ok(state)
}

async fn batch(
    fault: &Fault,
    lab: &Arc<Lab>,
    state: &State,
    first: u64,
    count: u64,
    control: bool,
) -> Result<Tally> {
    let seed = Chance::new(state.seed ^ first.rotate_left(32)).next();
    let batch = Batch { lab: Arc::clone(lab), chance: Chance::new(seed), first, count, control };
    (fault.run)(batch).await
}

fn begin(fault: &Fault, wish: &Wish) -> Result<State> {
    let wanted = wish.count.unwrap_or(match wish.mode {
        Mode::Quick => fault.quick,
        Mode::Full => fault.full,
    });
    if wish.resume
        && let Some(before) = State::read(&wish.folder, fault.name, wish.mode)?
    {
        return Ok(State { wanted, skipped: None, ..before });
    }
    let drawn = || clock::ms(clock::since_1970());
    Ok(State {
        name: fault.name.to_owned(),
        size: wish.mode,
        wanted,
        seed: wish.seed.unwrap_or_else(drawn),
        machine: Machine::look(&wish.binary),
        ..State::default()
    })
}

/// Says why a run ended badly.
pub fn say_why(error: &anyhow::Error) {
    say::line(&format!("prove: {error:#}"));
}
