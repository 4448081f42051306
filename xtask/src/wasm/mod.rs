//! `cargo xtask wasm`: the client's crates compile for the browser, from the same source.

mod debian;
mod sqlite;
mod toolchain;
pub(crate) mod web;

use std::env;

use anyhow::Result;

use crate::prerequisites::{self, CLANG, LINKER};
use crate::steps::Verdict;
use crate::{place, run};

/// The browser, as rustc calls it.
const TARGET: &str = "wasm32-unknown-unknown";

/// What the browser's worker is made of.
const CRATES: [&str; 7] = ["ids", "proto", "chain", "mls", "mls-member", "engine", "client"];

/// The command: makes sure of the prerequisites, then checks.
pub(crate) fn command() -> Result<()> {
    prerequisites::ensure(&[&LINKER, &CLANG])?;
    check().map(drop)
}

/// Compiles without producing modules; the C code of SQLite and SQLCipher is compiled for real.
///
/// The target folder is its own, because another compiler may be at work here than for native code
/// and the two would throw away each other's results.
pub(crate) fn check() -> Result<Verdict> {
    let rustc = toolchain::find()?;
    let mut cargo = run::cargo();
    cargo.args(["check", "--lib", "--target", TARGET]);
    // Nothing made here is ever run, so nothing needs to be made fast.
    cargo.args(["--config", "profile.dev.package.\"*\".opt-level=0"]);
    cargo.arg("--target-dir").arg(place::target().join("wasm"));
    for name in CRATES {
        cargo.args(["--package", &format!("securechat-{name}")]);
    }
    if let Some(rustc) = rustc {
        cargo.env("RUSTC", rustc);
    }
    if env::var_os("CC_wasm32_unknown_unknown").is_none() {
        cargo.env("CC_wasm32_unknown_unknown", "clang");
    }
    run::pass(&mut cargo)?;
    Ok(Verdict::Passed(format!("{} crates", CRATES.len())))
}
