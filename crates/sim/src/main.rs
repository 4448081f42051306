//! `securechat-sim`: runs seeds, and says which break a promise.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use securechat_checker::to_json_lines;
use securechat_sim::{Cast, Control, Script, Verdict, run, shrink};

/// Simulates a team with faults, seed by seed. Ends with 1 if a promise was broken.
#[derive(Parser)]
struct Args {
    /// Which seeds: `A..B` without B, or one.
    #[arg(long, default_value = "0..10")]
    seeds: String,
    /// Steps in each run.
    #[arg(long, default_value_t = 200)]
    ops: usize,
    /// Makes failing scripts smaller before showing them.
    #[arg(long)]
    shrink: bool,
    /// Breaks a promise on purpose: every run should fail.
    #[arg(long)]
    control: Option<Control>,
    /// Shows the whole trace of each run.
    #[arg(long)]
    trace: bool,
    /// Goes on with the other seeds after a failure.
    #[arg(long)]
    keep_going: bool,
    /// Keeps the number of the last finished seed here, and goes on after it.
    #[arg(long)]
    progress: Option<PathBuf>,
    /// Writes the history of a failing run here, as JSON lines.
    #[arg(long)]
    history: Option<PathBuf>,
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let (first, end) = range(&args.seeds)?;
    let from = match &args.progress {
        Some(file) => last_finished(file)?.map_or(first, |last| last + 1).max(first),
        None => first,
    };
    let (cast, begun, mut failures, mut moves) = (Cast::default(), now(), 0_u64, 0_usize);
    for seed in from..end {
        let script = Script::of(seed, args.ops);
        let verdict = run(&cast, &script, args.control);
        moves += verdict.trace.lines().len();
        if args.trace || !verdict.broken.is_empty() {
            show(seed, &script, &verdict, args.trace);
        }
        if !verdict.broken.is_empty() {
            failures += 1;
            if let Some(file) = &args.history {
                std::fs::write(file, to_json_lines(&verdict.history))
                    .context("the history is not written")?;
            }
            if args.shrink {
                let (small, runs) = shrink(&cast, &script, args.control, 400);
                println!("seed {seed} shrunk to {} steps in {runs} runs", small.steps.len());
                show(seed, &small, &run(&cast, &small, args.control), true);
            }
            if !args.keep_going {
                break;
            }
        }
        if let Some(file) = &args.progress {
            std::fs::write(file, format!("{seed}\n")).context("the progress is not written")?;
        }
        let done = seed - from + 1;
        if done.is_multiple_of(50) {
            println!("{done} seeds, {failures} failed, {:.1} s", begun.elapsed().as_secs_f64());
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("seeds {from}..{end}: {failures} failed; {moves} moves, {seconds:.1} s");
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn show(seed: u64, script: &Script, verdict: &Verdict, whole: bool) {
    let lines = verdict.trace.lines();
    let from = if whole { 0 } else { lines.len().saturating_sub(40) };
    println!("--- seed {seed}, {} people, {} steps", script.people, script.steps.len());
    for line in &lines[from..] {
        println!("{line}");
    }
    for broken in &verdict.broken {
        println!("BROKEN {broken}");
    }
    println!("trace {}; rest after {} ms", verdict.trace.hash(), verdict.rest_ms);
}

fn range(text: &str) -> Result<(u64, u64)> {
    let number = |text: &str| text.trim().parse::<u64>().with_context(|| format!("{text:?} is no seed"));
    match text.split_once("..") {
        Some((first, end)) => Ok((number(first)?, number(end)?)),
        None => number(text).map(|seed| (seed, seed + 1)),
    }
}

fn last_finished(file: &Path) -> Result<Option<u64>> {
    if !file.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(file).context("the progress cannot be read")?;
    Ok(Some(text.trim().parse().context("the progress is no seed")?))
}

#[expect(clippy::disallowed_methods, reason = "says how long it took; nothing in a run knows")]
fn now() -> Instant {
    Instant::now()
}
