//! How fast: scenarios by name, each on the real program and real files; a table, a JSON file, and a page to keep.

mod client;
mod clock;
mod figure;
mod fleet;
mod floor;
mod ground;
mod https;
mod plot;
mod report;
mod scenario;
mod scenes;
mod server;
mod swarm;
mod wire;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::figure::Figure;
use crate::ground::Ground;

const USAGE: &str = "\
cargo xtask bench [NAME…] [--record]

NAME is a scenario or a part of its name; without one all are run. --record also writes docs/benchmarks.md.";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.as_slice() {
        [word, file] if word == "floor" => floor::serve(Path::new(file)),
        _ => run(words.into_iter()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::trouble(&format!("bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// What was asked for.
#[derive(Default)]
struct Asked {
    program: Option<PathBuf>,
    folder: Option<PathBuf>,
    names: Vec<String>,
    record: Option<PathBuf>,
}

fn asked(mut words: impl Iterator<Item = String>) -> Result<Asked> {
    let mut asked = Asked::default();
    while let Some(word) = words.next() {
        let mut value = || words.next().map(PathBuf::from).with_context(|| format!("{word} of what?"));
        match word.as_str() {
            "--program" => asked.program = Some(value()?),
            "--folder" => asked.folder = Some(value()?),
            "--record" => asked.record = Some(value()?),
            name if name.starts_with('-') => bail!("there is no {name}\n\n{USAGE}"),
            _ => asked.names.push(word),
        }
    }
    Ok(asked)
}

fn run(words: impl Iterator<Item = String>) -> Result<()> {
    let asked = asked(words)?;
    let program = asked.program.context("--program names the securechat that is measured")?;
    let folder = asked.folder.context("--folder names a place on the disk that is measured on")?;
    ground::want_files();
    let ground = Ground::new(program, &folder)?;
    let figures = measured(&ground, &asked.names)?;
    report::json(&figures, &folder.join("figures.json"))?;
    plot::write(&figures, &folder.join("plots"))?;
    if let Some(page) = asked.record {
        report::record(&figures, &page)?;
        plot::write(&figures, &page.with_extension(""))?;
    }
    Ok(())
}

fn measured(ground: &Ground, names: &[String]) -> Result<Vec<Figure>> {
    let wanted = |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part.as_str()));
    let mut figures = Vec::new();
    for (name, measure) in client::SCENARIOS.into_iter().chain(scenes::SCENARIOS) {
        if wanted(name) {
            report::say(&format!("{name} …"));
            let new = measure(ground).with_context(|| format!("in {name}"))?;
            report::table(&new);
            figures.extend(new);
        }
    }
    if figures.is_empty() {
        bail!("no scenario is called so\n\n{USAGE}");
    }
    Ok(figures)
}
