//! The proofs in Node: the page in Debian's Chromium (`apps/web/proof`), and a client of another hand against the protocol
//! (`proofs/stranger`), both against the real binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::steps::Verdict;
use crate::{place, run};

/// How long one file of proofs may take, ten times what the slowest needs: one that hangs is a failure with a name, and not
/// the end of the whole run.
const LIMIT: Duration = Duration::from_secs(600);

/// Runs every proof in a browser; they need the binary that the tests before have built.
pub(crate) fn prove() -> Result<Verdict> {
    prove_in(&place::root().join("apps/web/proof"))
}

/// Runs the client that was written from docs/protocol.md and shares no code with ours.
pub(crate) fn stranger() -> Result<Verdict> {
    prove_in(&place::root().join("proofs/stranger"))
}

fn prove_in(folder: &Path) -> Result<Verdict> {
    install(folder)?;
    let proofs = proofs(folder)?;
    // One after the other: each has servers and browsers of its own, and a small machine has two cores.
    let mut failed = Vec::new();
    for proof in &proofs {
        let mut node = Command::new("node");
        node.current_dir(folder).arg("--test").arg(proof);
        node.env("SECURECHAT_BIN", place::target().join("debug/securechat"));
        if !run::within(LIMIT, &mut node)? {
            failed.push(proof.display().to_string());
        }
    }
    if !failed.is_empty() {
        let why = format!("{} failed, or took longer than {} s", failed.join(", "), LIMIT.as_secs());
        return Ok(Verdict::Failed(why));
    }
    Ok(Verdict::Passed(format!("{} files", proofs.len())))
}

/// Installs what the lock file names, unless it is there.
fn install(folder: &Path) -> Result<()> {
    let lock = fs::read(folder.join("package-lock.json"))?;
    let installed = folder.join("node_modules/.securechat-lock");
    if !fs::read(&installed).is_ok_and(|before| before == lock) {
        let mut npm = Command::new("npm");
        run::pass(npm.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
        fs::write(installed, lock)?;
    }
    Ok(())
}

fn proofs(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut proofs = Vec::new();
    for entry in fs::read_dir(folder).context("the proofs are not there")? {
        let name = PathBuf::from(entry?.file_name());
        if name.to_string_lossy().ends_with(".test.mjs") {
            proofs.push(name);
        }
    }
    proofs.sort();
    Ok(proofs)
}
