//! Where things are: the workspace, its target folder, its source files.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context, Result};

/// Folders with Rust sources of ours. `stubs/` stands in for other people's crates and is left out.
const SOURCES: [&str; 4] = ["crates", "apps", "bench", "xtask"];

/// The workspace's root folder.
///
/// Asked of the cargo that runs us: two clones with one target folder share one xtask, which would
/// otherwise look after the clone that happened to compile it.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let xtask = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        Path::new(&xtask).parent().expect("xtask lies in the workspace").to_owned()
    });
    &ROOT
}

/// The target folder cargo will use.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// A file of the workspace, as text.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// A path as a reader of this workspace would write it.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Every file and folder of our Rust sources, sorted, without what tools leave behind.
pub(crate) fn sources() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in SOURCES.map(|name| root().join(name)) {
        if folder.is_dir() {
            collect(&folder, &mut found)?;
        }
    }
    found.sort();
    Ok(found)
}

/// Every `Cargo.toml` of our Rust sources, sorted.
pub(crate) fn manifests() -> Result<Vec<PathBuf>> {
    let mut found = sources()?;
    found.retain(|path| path.ends_with("Cargo.toml"));
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || matches!(name.as_ref(), "target" | "node_modules" | "dist") {
            continue;
        }
        let is_folder = entry.file_type()?.is_dir();
        found.push(entry.path());
        if is_folder {
            collect(&entry.path(), found)?;
        }
    }
    Ok(())
}
