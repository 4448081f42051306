//! What `check` and `test` consist of. CI runs `test` and nothing else.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::counts::Counts;
use crate::prerequisites::{self, CHROMIUM, CLANG, LIBCRYPTO, LINKER, NODE};
use crate::steps::{self, Step, Verdict};
use crate::wasm::web;
use crate::{architecture, derived, holes, place, proofs, run, say};

const FORMAT: Step = Step { name: "format", check: format };
const ARCHITECTURE: Step = Step { name: "architecture", check: architecture::check };
const DERIVED: Step = Step { name: "derived files", check: derived::check };
const HOLES: Step = Step { name: "holes", check: holes::check };
const CLIPPY: Step = Step { name: "clippy", check: clippy };
const DENY: Step = Step { name: "deny", check: deny };
const WEB: Step = Step { name: "web", check: web::check_view };
const BROWSER: Step = Step { name: "browser", check: proofs::prove };
const STRANGER: Step = Step { name: "stranger", check: proofs::stranger };
const TESTS: Step = Step { name: "tests", check: tests };

/// What licences and sources are checked with; bumped by hand, so that a new
/// release of it cannot turn CI red overnight.
const CARGO_DENY: &str = "0.20.2";

/// The checks one runs while working.
pub(crate) fn quick() -> Result<()> {
    prerequisites::ensure(&[&LINKER, &LIBCRYPTO])?;
    web::build()?;
    steps::run(&[FORMAT, ARCHITECTURE, DERIVED, HOLES, CLIPPY])
}

/// Everything. The tests come last, so that their results stand right above the summary.
pub(crate) fn everything() -> Result<()> {
    prerequisites::ensure(&[&LINKER, &LIBCRYPTO, &CLANG, &NODE, &CHROMIUM])?;
    steps::run(&[FORMAT, ARCHITECTURE, DERIVED, HOLES, DENY, WEB, CLIPPY, TESTS, BROWSER, STRANGER])
}

fn format() -> Result<Verdict> {
    run::pass(run::cargo().args(["fmt", "--check"]))?;
    let files =
        place::sources()?.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")).count();
    Ok(Verdict::Passed(format!("{files} files")))
}

fn clippy() -> Result<Verdict> {
    let mut cargo = run::cargo();
    cargo.args(["clippy", "--workspace", "--all-targets", "--keep-going", "--", "--deny", "warnings"]);
    // As the tests have it, so that neither throws away what the other compiled.
    web::hand_to(&mut cargo);
    run::pass(&mut cargo)?;
    Ok(Verdict::Passed(format!("{} crates", place::manifests()?.len())))
}

fn tests() -> Result<Verdict> {
    let mut cargo = run::cargo();
    cargo.args(["test", "--workspace", "--no-fail-fast"]).stdout(Stdio::piped());
    web::hand_to(&mut cargo);
    say::doing(&run::shown(&cargo));
    let mut child = cargo.spawn().context("cannot start cargo")?;
    let mut counts = Counts::default();
    for line in BufReader::new(child.stdout.take().context("no output from cargo")?).lines() {
        let line = line?;
        counts.add(&line);
        say::line(&line);
    }
    let succeeded = child.wait()?.success();
    let note = format!("{} passed, {} failed, {} ignored", counts.passed, counts.failed, counts.ignored);
    Ok(if succeeded && counts.failed == 0 { Verdict::Passed(note) } else { Verdict::Failed(note) })
}

/// Licences, banned crates and sources of what we depend on. Advisories need a database from the
/// network and change without our doing, so they are a nightly job's and not a commit's.
fn deny() -> Result<Verdict> {
    let Some(cargo_deny) = cargo_deny()? else {
        let how = format!("cargo install cargo-deny --locked --version {CARGO_DENY}");
        return Ok(Verdict::Skipped(format!("cargo-deny is not installed: {how}")));
    };
    let mut command = Command::new(cargo_deny);
    command.current_dir(place::root()).args([
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]);
    run::pass(&mut command)?;
    Ok(Verdict::Passed("licences, bans, sources; advisories skipped: they need the network".into()))
}

/// The program, if it is here. CI gets it built (two minutes of processor time) into the target folder.
fn cargo_deny() -> Result<Option<PathBuf>> {
    let tools = place::target().join("tools");
    let ours = tools.join("bin/cargo-deny");
    if let Some(installed) = run::find("cargo-deny").or_else(|| ours.is_file().then(|| ours.clone())) {
        return Ok(Some(installed));
    }
    if env::var_os("CI").is_none() {
        return Ok(None);
    }
    let mut install = run::cargo();
    install.args(["install", "cargo-deny", "--locked", "--version", CARGO_DENY, "--quiet"]);
    install.arg("--root").arg(&tools).arg("--target-dir").arg(tools.join("target"));
    run::pass(&mut install)?;
    Ok(Some(ours))
}
