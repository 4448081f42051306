//! `cargo xtask bench`: the release binary and the program that measures it, both built, and a run.

use std::process::Command;

use anyhow::Result;

use crate::wasm::web;
use crate::{build, place, run, static_libcrypto};

/// The page of the documentation that `--record` writes.
const PAGE: &str = "docs/benchmarks.md";

/// Builds and runs; words go to the bench, but for `--record`, which is given the page.
pub(crate) fn bench(words: &[String]) -> Result<()> {
    let program = build::release()?;
    let mut cargo = run::cargo();
    cargo.args(["build", "--release", "--package", "securechat-bench"]);
    // As the product was built, so that neither throws away what the other compiled.
    web::hand_to(&mut cargo);
    static_libcrypto::choose(&mut cargo)?;
    run::pass(&mut cargo)?;
    let folder = place::target().join("bench");
    std::fs::create_dir_all(&folder)?;
    let mut bench = Command::new(place::target().join("release").join("securechat-bench"));
    bench.arg("--program").arg(program).arg("--folder").arg(folder);
    for word in words {
        bench.arg(word);
        if word == "--record" {
            bench.arg(place::root().join(PAGE));
        }
    }
    // Homes of the bench leave nothing in the keyring of whoever runs it.
    run::pass(bench.env("SECURECHAT_KEYRING", "off"))
}
