//! Clock and randomness are handed in: clippy forbids asking for them, this sees that clippy is asked.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Manifest;
use super::trees::MINDS;
use crate::place;

/// What clippy.toml must forbid for a run to be replayable.
const FORBIDDEN: [&str; 3] = ["std::time::SystemTime::now", "std::time::Instant::now", "getrandom::fill"];

/// The lint that does it, put together so that this file does not find itself.
const LINT: &str = concat!("clippy::", "disallowed_methods");

/// Every way in which the ban on clocks and randomness could have been lifted.
pub(super) fn check(manifests: &[Manifest], sources: &[PathBuf]) -> Result<Vec<String>> {
    let mut findings = without_lints(manifests);
    findings.extend(no_longer_forbidden(&place::read(&place::root().join("clippy.toml"))?));
    let minds: Vec<&Path> = manifests
        .iter()
        .filter(|manifest| MINDS.contains(&manifest.package.as_str()))
        .filter_map(|manifest| manifest.path.parent())
        .collect();
    for file in sources.iter().filter(|file| file.extension().is_some_and(|end| end == "rs")) {
        let in_a_mind = minds.iter().any(|folder| file.starts_with(folder.join("src")));
        if in_a_mind && switches_off(&place::read(file)?) {
            findings.push(format!("{} lifts {LINT}: take `now` or `rng` as an argument", place::shown(file)));
        }
    }
    Ok(findings)
}

fn without_lints(manifests: &[Manifest]) -> Vec<String> {
    let bare = manifests.iter().filter(|manifest| !manifest.has_workspace_lints);
    bare.map(|manifest| format!("{} lacks `[lints] workspace = true`", manifest.package)).collect()
}

fn no_longer_forbidden(clippy: &str) -> Vec<String> {
    let lifted = FORBIDDEN.iter().filter(|path| !clippy.contains(&format!("\"{path}\"")));
    lifted.map(|path| format!("clippy.toml no longer forbids {path}")).collect()
}

fn switches_off(source: &str) -> bool {
    source.contains(LINT)
}

#[cfg(test)]
mod tests {
    use super::super::manifest::parse;
    use super::*;

    #[test]
    fn a_crate_without_lints_is_found() {
        assert_eq!(without_lints(&[parse("[package]\nname = \"securechat-x\"")]).len(), 1);
        assert!(without_lints(&[parse("[lints]\nworkspace = true")]).is_empty());
    }

    #[test]
    fn a_shorter_ban_is_found() {
        assert_eq!(no_longer_forbidden("{ path = \"getrandom::fill\" }").len(), 2);
    }

    #[test]
    fn an_exception_is_found() {
        assert!(switches_off(&format!("#[expect({LINT}, reason = \"just once\")]")));
        assert!(!switches_off("fn now() {}"));
    }
}
