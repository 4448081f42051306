//! `cargo xtask web`: the whole web app, from Rust and TypeScript to the compressed files that the binary holds.
//!
//! The engine is compiled for the browser, bound to JavaScript by the bundler, built into the view by Vite, and packed. What
//! has not changed is not built again.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{TARGET, sqlite, toolchain};
use crate::prerequisites::{self, CLANG, LINKER, NODE};
use crate::steps::Verdict;
use crate::{place, run, say};

/// Where the packed files lie, below the target folder.
const BUNDLE: &str = "web-bundle";
/// Set for the binary's build: where the bundle is.
const BUNDLE_VARIABLE: &str = "SECURECHAT_WEB_BUNDLE";

/// Tells a build of the binary where its web app is.
pub(crate) fn hand_to(cargo: &mut Command) {
    cargo.env(BUNDLE_VARIABLE, place::target().join(BUNDLE));
}

/// Builds the web app where it is out of date.
pub(crate) fn build() -> Result<()> {
    prerequisites::ensure(&[&LINKER, &CLANG, &NODE])?;
    let module = engine()?;
    let view = place::root().join("apps/web/view");
    let bundle = place::target().join(BUNDLE);
    let stamp = place::target().join("web-bundle.stamp");
    let now = fingerprint(&[&module, &view.join("src"), &view.join("public")], &view)?;
    if fs::read_to_string(&stamp).is_ok_and(|before| before == now) && bundle.join("list.tsv").exists() {
        return Ok(());
    }
    bundler("bindings", &module, &view.join("src/worker/engine"))?;
    packages(&view)?;
    run::pass(npm(&view).args(["run", "--silent", "build"]))?;
    bundler("pack", &view.join("dist"), &bundle)?;
    fs::write(&stamp, now)?;
    say::doing(&format!("built the web app: {}", sizes(&bundle)?));
    Ok(())
}

/// Builds it, then checks the view's types and markup.
pub(crate) fn check_view() -> Result<Verdict> {
    build()?;
    let view = place::root().join("apps/web/view");
    run::pass(npm(&view).args(["run", "--silent", "check"]))?;
    Ok(Verdict::Passed(sizes(&place::target().join(BUNDLE))?))
}

/// Compiles the engine. Paths of this machine are left out, so that two machines get equal bytes.
fn engine() -> Result<PathBuf> {
    let rustc = toolchain::find()?;
    let home =
        env::var("CARGO_HOME").unwrap_or_else(|_| format!("{}/.cargo", env::var("HOME").unwrap_or_default()));
    let root = place::root().display().to_string();
    let target = place::target().join("wasm");
    let names = [(home.as_str(), "/cargo"), (root.as_str(), "/securechat")];
    let remap: Vec<String> =
        names.iter().map(|(from, to)| format!("--remap-path-prefix={from}={to}")).collect();
    let c_remap: Vec<String> =
        names.iter().map(|(from, to)| format!("-ffile-prefix-map={from}={to}")).collect();
    let mut cargo = run::cargo();
    cargo.args(["build", "--profile", "web", "--target", TARGET, "--package", "securechat-web-engine"]);
    cargo.arg("--target-dir").arg(&target);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", remap.join("\u{1f}"));
    cargo.env("CFLAGS_wasm32_unknown_unknown", c_remap.join(" "));
    cargo.env(sqlite::VARIABLE, sqlite::flags());
    if let Some(rustc) = rustc {
        cargo.env("RUSTC", rustc);
    }
    if env::var_os("CC_wasm32_unknown_unknown").is_none() {
        cargo.env("CC_wasm32_unknown_unknown", "clang");
    }
    run::pass(&mut cargo)?;
    Ok(target.join(TARGET).join("web/securechat_web_engine.wasm"))
}

fn bundler(verb: &str, from: &Path, to: &Path) -> Result<()> {
    let mut cargo = run::cargo();
    cargo.args(["run", "--quiet", "--package", "securechat-web-bundler", "--", verb]).arg(from).arg(to);
    run::pass(&mut cargo)
}

/// Installs the view's packages from its lock file, unless they are.
fn packages(view: &Path) -> Result<()> {
    let lock = fs::read(view.join("package-lock.json"))?;
    let installed = view.join("node_modules/.securechat-lock");
    if fs::read(&installed).is_ok_and(|before| before == lock) {
        return Ok(());
    }
    run::pass(npm(view).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    fs::write(installed, lock)?;
    Ok(())
}

fn npm(view: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(view);
    npm
}

/// What the bundle is made of, as a text that differs when anything of it does.
fn fingerprint(parts: &[&Path], view: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    let mut files = Vec::new();
    for part in parts {
        collect(part, &mut files)?;
    }
    for name in ["index.html", "package-lock.json", "package.json", "tsconfig.json", "vite.config.ts"] {
        files.push(view.join(name));
    }
    files.sort();
    for file in files {
        if !file.starts_with(view.join("src/worker/engine")) {
            file.hash(&mut hasher);
            fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?.hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

fn sizes(bundle: &Path) -> Result<String> {
    let mut files = 0;
    let mut bytes = 0;
    for entry in fs::read_dir(bundle)? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|end| end == "br") {
            files += 1;
            bytes += entry.metadata()?.len();
        }
    }
    Ok(format!("{files} files, {} KB compressed", bytes / 1000))
}
