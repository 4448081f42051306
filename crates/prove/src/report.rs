//! What a run came to: a line for whoever waits, and `docs/proof.md` for everybody else.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use crate::faults::{ALL, Fault};
use crate::state::{Size, State};

/// Everything that a fault's run did not hold to, a sentence each; empty if all is well or it was skipped.
pub(crate) fn wrong(fault: &Fault, state: &State) -> Vec<String> {
    if state.skipped.is_some() {
        return Vec::new();
    }
    let mut wrong = state.tally.sentences.clone();
    if wrong.is_empty() && state.tally.violations() > 0 {
        wrong.push(format!("{} promises broken", state.tally.violations()));
    }
    wrong.extend(fault.bounds.iter().filter_map(|bound| bound.broken(&state.tally)));
    match &state.control {
        Some(control) if (fault.control_finds)(control) => {}
        Some(_) => wrong.push(format!("the control ({}) was not noticed", fault.control)),
        None => wrong.push("the control has not run".into()),
    }
    wrong
}

/// One line.
pub(crate) fn line(fault: &Fault, state: &State) -> String {
    if let Some(why) = &state.skipped {
        return format!("{}: SKIPPED, {why}", fault.name);
    }
    let tally = &state.tally;
    let times = fault.bounds.iter().filter_map(|bound| bound.shown(tally)).collect::<Vec<_>>().join(", ");
    format!(
        "{}: {} of {} {}; {} acknowledged, {} lost, {} doubled, {} undecryptable, {} keys reused, {} otherwise; {times} ({:.0} s)",
        fault.name,
        tally.done,
        state.wanted,
        fault.unit,
        tally.acked,
        tally.lost,
        tally.doubled,
        tally.unreadable,
        tally.key_reuse,
        tally.other,
        state.seconds,
    )
}

/// Writes the report of what is kept in a folder: the full run of each fault where there is one, else the quick one.
pub(crate) fn write(path: &Path, folder: &Path) -> Result<()> {
    let mut text = String::from(HEAD);
    let mut details = String::new();
    for fault in ALL {
        let full = State::read(folder, fault.name, Size::Full)?.filter(|state| state.tally.done > 0);
        let state = match full {
            Some(state) => Some(state),
            None => State::read(folder, fault.name, Size::Quick)?,
        };
        row(&mut text, &mut details, fault, state.as_ref())?;
    }
    write!(text, "\n{CONTROLS}\n{details}")?;
    Ok(std::fs::write(path, text)?)
}

fn row(text: &mut String, details: &mut String, fault: &Fault, state: Option<&State>) -> Result<()> {
    let Some(state) = state else {
        return Ok(writeln!(text, "| {} | not run | | | | | | |", fault.about)?);
    };
    if let Some(why) = &state.skipped {
        return Ok(writeln!(text, "| {} | SKIPPED: {why} | | | | | | |", fault.about)?);
    }
    let tally = &state.tally;
    let other = wrong(fault, state);
    let verdict =
        if other.is_empty() { "holds".to_owned() } else { format!("**does not hold**: {}", other[0]) };
    let times = fault.bounds.iter().filter_map(|bound| bound.shown(tally)).collect::<Vec<_>>().join(", ");
    writeln!(
        text,
        "| {} | {} ({}) | {} | {} | {} | {} | {} | {verdict}{} |",
        fault.about,
        tally.done,
        state.size.name(),
        tally.acked,
        tally.lost,
        tally.doubled,
        tally.unreadable,
        tally.key_reuse,
        if times.is_empty() { String::new() } else { format!("; {times}") },
    )?;
    let found = state.control.as_ref().map_or(0, |control| control.violations());
    writeln!(
        details,
        "| {} | {} | {found} | {} | {} | {} | {} |",
        fault.name, fault.control, state.seed, state.machine.commit, state.machine.date, state.machine.build,
    )?;
    Ok(())
}

const HEAD: &str = "\
# Proof

Written by `cargo xtask prove --record`. Run it yourself: `cargo xtask prove` takes minutes, `cargo xtask prove --full
--resume` hours, in as many goes as you like. The program that is built is the one that runs: real TLS, real files, real
processes, on one machine.

| fault | times | acknowledged | lost | doubled | undecryptable | keys reused | verdict |
|---|---|---|---|---|---|---|---|
";

const CONTROLS: &str = "\
Each fault is also run with the promise broken on purpose; a judge that does not notice would prove nothing.

| fault | control | broken promises found | seed | commit | day | build |
|---|---|---|---|---|---|---|";
