//! One test on the copy: built first, then run by itself, so that code that does not compile is no failing test.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use super::control::Test;
use super::scratch::Scratch;
use crate::counts::Counts;
use crate::{architecture, place, run, say};

/// Longer than any test here takes; who waits for what never comes is no failing test either.
const LIMIT: Duration = Duration::from_secs(180);

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed,
    NotCompiled,
    /// No test of that name.
    NotRun,
    Hung,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Passed => "passes",
            Outcome::Failed => "fails",
            Outcome::NotCompiled => "does not compile",
            Outcome::NotRun => "is not run",
            Outcome::Hung => "hangs",
        })
    }
}

/// Builds and runs.
pub(super) fn run(scratch: &Scratch, test: &Test) -> Result<Outcome> {
    let Some(binary) = build(scratch, test)? else { return Ok(Outcome::NotCompiled) };
    let heard = scratch.target.join("heard.txt");
    let mut command = Command::new(&binary);
    command.args(["--exact", &test.name]).current_dir(folder_of(scratch, test)?);
    // Into a file and not a pipe: a pipe that nobody reads while we watch the time would fill up.
    command.stdin(Stdio::null()).stdout(File::create(&heard)?).stderr(Stdio::null());
    let ended = run::ended_within(LIMIT, &mut command)?;
    let text = fs::read_to_string(&heard).context("the test's output cannot be read")?;
    let outcome = outcome(ended.map(|status| status.success()), &text);
    if outcome != Outcome::Passed {
        say::trouble(text.trim());
    }
    say::doing(&format!("{} {outcome}", test.shown()));
    Ok(outcome)
}

/// The test binary, if it compiles.
fn build(scratch: &Scratch, test: &Test) -> Result<Option<PathBuf>> {
    let mut cargo = run::cargo();
    cargo.current_dir(&scratch.folder).args(["test", "--no-run", "--locked", "--quiet"]);
    cargo.args(test.selection()).arg("--message-format=json-render-diagnostics");
    cargo.arg("--target-dir").arg(&scratch.target).env_remove("CARGO_TARGET_DIR");
    say::doing(&run::shown(&cargo));
    let done = cargo.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    if !done.status.success() {
        return Ok(None);
    }
    let told = String::from_utf8_lossy(&done.stdout);
    told.lines().find_map(test_binary).map(Some).context("cargo built no test")
}

/// The path in one of cargo's JSON lines, if it is of a test binary; the workbench has no JSON parser.
fn test_binary(line: &str) -> Option<PathBuf> {
    let (_, profile) = line.split_once("\"profile\":{")?;
    let (profile, rest) = profile.split_once('}')?;
    let (_, path) = rest.split_once("\"executable\":\"")?;
    let (path, _) = path.split_once('"')?;
    profile.contains("\"test\":true").then(|| PathBuf::from(path.replace("\\\\", "\\")))
}

/// Where cargo would run the package's tests.
fn folder_of(scratch: &Scratch, test: &Test) -> Result<PathBuf> {
    let manifests = architecture::manifests()?;
    let of_package = manifests.iter().find(|manifest| manifest.package == test.package);
    let folder = of_package.and_then(|manifest| manifest.path.parent()).context("there is no such crate")?;
    Ok(scratch.folder.join(folder.strip_prefix(place::root()).unwrap_or(Path::new(""))))
}

fn outcome(succeeded: Option<bool>, text: &str) -> Outcome {
    let mut counts = Counts::default();
    text.lines().for_each(|line| counts.add(line));
    match succeeded {
        None => Outcome::Hung,
        Some(true) if counts.passed > 0 => Outcome::Passed,
        Some(false) if counts.failed > 0 => Outcome::Failed,
        // Nothing of that name, ignored, or the process was killed: no test said no.
        Some(_) => Outcome::NotRun,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_test_that_said_no_has_failed() {
        let result = |passed, failed| {
            format!("test result: x. {passed} passed; {failed} failed; 0 ignored; 0 measured; 9 filtered out")
        };
        assert_eq!(outcome(Some(true), &result(1, 0)), Outcome::Passed);
        assert_eq!(outcome(Some(false), &result(0, 1)), Outcome::Failed);
        assert_eq!(outcome(Some(true), &result(0, 0)), Outcome::NotRun);
        assert_eq!(outcome(Some(false), ""), Outcome::NotRun, "killed");
        assert_eq!(outcome(None, ""), Outcome::Hung);
    }

    #[test]
    fn the_test_binary_is_told_from_other_artifacts() {
        let line = |test: bool, executable: &str| {
            format!(
                "{{\"reason\":\"compiler-artifact\",\"target\":{{\"test\":true}},\"profile\":{{\"opt_level\":\"0\",\
                 \"test\":{test}}},\"features\":[],\"filenames\":[\"/t/x\"],\"executable\":{executable},\"fresh\":true}}"
            )
        };
        assert_eq!(test_binary(&line(true, "\"/t/deps/x-1\"")), Some(PathBuf::from("/t/deps/x-1")));
        assert_eq!(test_binary(&line(false, "\"/t/x\"")), None, "the program itself");
        assert_eq!(test_binary(&line(true, "null")), None);
        assert_eq!(test_binary("{\"reason\":\"build-finished\",\"success\":true}"), None);
    }
}
