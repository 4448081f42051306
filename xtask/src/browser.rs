//! The proofs in a real browser: Debian's Chromium, driven against the real binary (`apps/web/proof`).

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::steps::Verdict;
use crate::{place, run};

/// Runs every proof; they need the binary that the tests before have built.
pub(crate) fn prove() -> Result<Verdict> {
    let folder = place::root().join("apps/web/proof");
    let lock = fs::read(folder.join("package-lock.json"))?;
    let installed = folder.join("node_modules/.securechat-lock");
    if !fs::read(&installed).is_ok_and(|before| before == lock) {
        let mut npm = Command::new("npm");
        run::pass(npm.current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
        fs::write(installed, lock)?;
    }
    let mut proofs: Vec<String> = Vec::new();
    for entry in fs::read_dir(&folder).context("the proofs are not there")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            proofs.push(name);
        }
    }
    proofs.sort();
    // One after the other: each has servers and browsers of its own, and a small machine has two cores.
    for proof in &proofs {
        let mut node = Command::new("node");
        node.current_dir(&folder).args(["--test", proof]);
        node.env("SECURECHAT_BIN", place::target().join("debug/securechat"));
        run::pass(&mut node)?;
    }
    Ok(Verdict::Passed(format!("{} files", proofs.len())))
}
