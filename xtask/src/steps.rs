//! A run of named steps: all are done, each is timed, and one summary says how it went.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::{clock, say};

/// How a step ended, with a few words on how much it looked at.
pub(crate) enum Verdict {
    Passed(String),
    Failed(String),
    /// Not done, and why that is no failure.
    Skipped(String),
}

/// Something to check.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) check: fn() -> Result<Verdict>,
}

/// Does every step, also after one has failed: a contributor wants the whole list at once.
pub(crate) fn run(steps: &[Step]) -> Result<()> {
    let mut lines = Vec::new();
    let mut failed = Vec::new();
    let begun = clock::now();
    for step in steps {
        say::doing(&format!("step: {}", step.name));
        let started = clock::now();
        let verdict = (step.check)().unwrap_or_else(|error| {
            say::trouble(&format!("{error:#}"));
            Verdict::Failed(error.to_string().lines().next().unwrap_or_default().to_owned())
        });
        if matches!(verdict, Verdict::Failed(_)) {
            failed.push(step.name);
        }
        lines.push(line(step.name, &verdict, started.elapsed()));
    }
    say::line("");
    for line in lines {
        say::line(&line);
    }
    say::line(&format!("{:<14}         {:>7.1} s", "together", begun.elapsed().as_secs_f64()));
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn line(name: &str, verdict: &Verdict, took: Duration) -> String {
    let (word, note) = match verdict {
        Verdict::Passed(note) => ("ok", note),
        Verdict::Failed(note) => ("FAILED", note),
        Verdict::Skipped(note) => ("skipped", note),
    };
    format!("{name:<14} {word:<8}{:>7.1} s  {note}", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes() -> Result<Verdict> {
        Ok(Verdict::Passed("1 thing".into()))
    }

    #[test]
    fn one_failure_fails_the_run_and_is_named() {
        let steps = [
            Step { name: "bad", check: || Ok(Verdict::Failed("1 finding".into())) },
            Step { name: "good", check: passes },
            Step { name: "broken", check: || bail!("no such program") },
        ];
        assert_eq!(run(&steps).unwrap_err().to_string(), "failed: bad, broken");
    }

    #[test]
    fn a_skipped_step_is_no_failure() {
        let steps = [
            Step { name: "good", check: passes },
            Step { name: "later", check: || Ok(Verdict::Skipped("offline".into())) },
        ];
        run(&steps).expect("nothing failed");
    }
}
