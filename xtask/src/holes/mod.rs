//! `cargo xtask holes`: each known hole is opened on purpose, and the test that closes it must fail.
//!
//! A test that has never failed proves little. `docs/holes/` holds a small patch for each hole that turns the real code
//! into its naive version; here it is applied to a copy of the working tree and the named tests are run without and with it.

mod control;
mod scratch;
mod trial;

use std::fs;

use anyhow::{Result, bail};

use crate::prerequisites::{self, LIBCRYPTO, LINKER};
use crate::steps::Verdict;
use crate::{architecture, place, say};
use scratch::Scratch;
use trial::Outcome;

/// How many holes design §1 knows.
const KNOWN: u32 = 8;

/// A line of the table.
struct Row {
    hole: String,
    naive: String,
    test: String,
    as_it_is: Outcome,
    /// `None` when the real code does not pass, for then the naive one shows nothing.
    opened: Option<Outcome>,
}

impl Row {
    fn bites(&self) -> bool {
        self.as_it_is == Outcome::Passed && self.opened == Some(Outcome::Failed)
    }

    fn shown(&self) -> String {
        let opened = self.opened.as_ref().map_or("not tried".to_owned(), Outcome::to_string);
        let verdict = if self.bites() { "yes" } else { "**NO**" };
        let Row { hole, naive, test, as_it_is, .. } = self;
        format!("| {hole} | {naive} | `{test}` | {as_it_is} | {opened} | {verdict} |")
    }
}

/// The command: every control whose file name begins with `wanted`, or all; fails if one does not bite.
pub(crate) fn command(wanted: &str) -> Result<()> {
    prerequisites::ensure(&[&LINKER, &LIBCRYPTO])?;
    let mut controls = control::all()?;
    controls.retain(|control| control.file_name().starts_with(wanted));
    if controls.is_empty() {
        bail!("no patch in docs/holes begins with {wanted}");
    }
    let scratch = Scratch::of_the_working_tree()?;
    // All of the real code first: it is compiled once, and each patch then changes what it must.
    let mut rows = Vec::new();
    for control in &controls {
        for test in &control.tests {
            let as_it_is = trial::run(&scratch, test)?;
            let (hole, naive) = (control.hole.clone(), control.naive.clone());
            rows.push(Row { hole, naive, test: test.shown(), as_it_is, opened: None });
        }
    }
    let mut left = rows.iter_mut();
    for control in &controls {
        say::doing(&format!("opening hole {}: {}", control.hole, control.naive));
        scratch.restore()?;
        scratch.apply(&control.path)?;
        for (test, row) in control.tests.iter().zip(left.by_ref()) {
            if row.as_it_is == Outcome::Passed {
                row.opened = Some(trial::run(&scratch, test)?);
            }
        }
    }
    scratch.restore()?;
    report(&rows)
}

fn report(rows: &[Row]) -> Result<()> {
    say::line("");
    say::line("| hole | naive version | test | as it is | opened | bites |");
    say::line("|---|---|---|---|---|---|");
    for row in rows {
        say::line(&row.shown());
    }
    match rows.iter().filter(|row| !row.bites()).count() {
        0 => Ok(()),
        blunt => bail!("{blunt} of {} controls do not bite", rows.len()),
    }
}

/// The cheap half, for `cargo xtask check`: every hole has a patch, every patch still applies, every test is still there.
pub(crate) fn check() -> Result<Verdict> {
    let controls = control::all()?;
    let mut findings = Vec::new();
    for number in 1..=KNOWN {
        if !controls.iter().any(|control| control.number() == Some(number)) {
            findings.push(format!("hole {number} has no patch"));
        }
    }
    for control in &controls {
        if let Err(error) = scratch::fits(&control.path) {
            findings.push(format!("{} does not apply: {error:#}", place::shown(&control.path)));
        }
        for test in &control.tests {
            if !is_there(test)? {
                findings.push(format!("{}: there is no {}", place::shown(&control.path), test.shown()));
            }
        }
    }
    for finding in &findings {
        say::line(finding);
    }
    let note = format!("{} patches, {} findings", controls.len(), findings.len());
    Ok(if findings.is_empty() { Verdict::Passed(note) } else { Verdict::Failed(note) })
}

/// Whether some file of the crate has a function of the test's name. Whether it is found and run, only a run can tell.
fn is_there(test: &control::Test) -> Result<bool> {
    let manifests = architecture::manifests()?;
    let of_crate = manifests.iter().find(|manifest| manifest.package == test.package);
    let Some(folder) = of_crate.and_then(|manifest| manifest.path.parent()) else { return Ok(false) };
    let wanted = format!("fn {}(", test.function());
    let sources = place::sources()?;
    let mut files = sources
        .iter()
        .filter(|path| path.starts_with(folder) && path.extension().is_some_and(|end| end == "rs"));
    Ok(files.any(|path| fs::read_to_string(path).is_ok_and(|text| text.contains(&wanted))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(as_it_is: Outcome, opened: Option<Outcome>) -> Row {
        let (hole, naive, test) = ("1".into(), "all names".into(), "-p ids --lib x".into());
        Row { hole, naive, test, as_it_is, opened }
    }

    #[test]
    fn only_a_test_that_passes_and_then_fails_bites() {
        assert!(row(Outcome::Passed, Some(Outcome::Failed)).bites());
        for opened in [Outcome::Passed, Outcome::NotCompiled, Outcome::NotRun, Outcome::Hung] {
            assert!(!row(Outcome::Passed, Some(opened)).bites());
        }
        assert!(!row(Outcome::Failed, Some(Outcome::Failed)).bites());
        assert!(!row(Outcome::NotRun, None).bites());
    }

    #[test]
    fn one_blunt_control_fails_the_run() {
        let sharp = || row(Outcome::Passed, Some(Outcome::Failed));
        report(&[sharp()]).expect("all bite");
        let error = report(&[sharp(), row(Outcome::Passed, Some(Outcome::Passed))]).unwrap_err();
        assert_eq!(error.to_string(), "1 of 2 controls do not bite");
    }
}
