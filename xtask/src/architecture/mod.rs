//! The house rules of design §3, checked: who may import whom, who can decrypt, who knows a clock.
//!
//! Each rule is a function from text or paths to findings, so that a test can show that it can fail.

mod arrows;
mod first_lines;
mod lints;
mod manifest;
mod names;
mod trees;
mod view;

use anyhow::Result;

use crate::place;
use crate::say;
use crate::steps::Verdict;

pub(crate) use arrows::{ARROWS, May};
pub(crate) use manifest::{Manifest, all as manifests};

/// Runs every rule and prints what breaks one.
pub(crate) fn check() -> Result<Verdict> {
    let manifests = manifest::all()?;
    let sources = place::sources()?;
    let rules: [(&str, Vec<String>); 7] = [
        ("arrows point down", arrows::check(&manifests)),
        ("the server cannot decrypt", trees::server_wing(&manifests)?),
        ("minds have no runtime", trees::minds(&manifests)?),
        ("lints stay on", lints::check(&manifests, &sources)?),
        ("things have names", names::check(&manifests, &sources)?),
        ("a file says what it is for", first_lines::check(&sources)?),
        ("the view has no ways of its own", view::check(&sources)?),
    ];
    let mut findings = 0;
    for (rule, broken) in &rules {
        findings += broken.len();
        for finding in broken {
            say::line(&format!("{rule}: {finding}"));
        }
    }
    let note = format!("{} rules, {findings} findings", rules.len());
    Ok(if findings == 0 { Verdict::Passed(note) } else { Verdict::Failed(note) })
}
