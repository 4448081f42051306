//! As much of a `Cargo.toml` as the rules need: the package's name, its description, its own dependencies.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;

use crate::place;

/// One crate's manifest.
pub(crate) struct Manifest {
    /// As in the workspace, or empty where it was parsed from text.
    pub(crate) path: PathBuf,
    pub(crate) package: String,
    pub(crate) description: String,
    /// Crates of this workspace it is built with, other than for its tests.
    pub(crate) imports: BTreeSet<String>,
    /// Whether it takes the workspace's lints.
    pub(crate) has_workspace_lints: bool,
}

/// Every crate of ours.
pub(crate) fn all() -> Result<Vec<Manifest>> {
    let paths = place::manifests()?;
    paths.into_iter().map(|path| Ok(Manifest { ..parse(&place::read(&path)?) }.at(path))).collect()
}

/// Reads a manifest line by line. A dependency of ours is known by `securechat-…` anywhere in its
/// line, so that renaming it (`brain = { package = "securechat-engine" }`) does not hide it.
pub(crate) fn parse(text: &str) -> Manifest {
    let mut found = Manifest {
        path: PathBuf::new(),
        package: String::new(),
        description: String::new(),
        imports: BTreeSet::new(),
        has_workspace_lints: false,
    };
    let mut table = String::new();
    for line in text.lines().map(without_comment) {
        if line.starts_with('[') {
            table = line.trim_matches(['[', ']']).to_owned();
        }
        if table == "package" {
            take_string(line, "name", &mut found.package);
            take_string(line, "description", &mut found.description);
        }
        if table == "lints" && line.replace(' ', "") == "workspace=true" {
            found.has_workspace_lints = true;
        }
        if is_built_with(&table) {
            found.imports.extend(ours(line));
        }
    }
    found
}

impl Manifest {
    fn at(mut self, path: PathBuf) -> Self {
        self.path = path;
        self
    }
}

/// `[dependencies]`, `[build-dependencies]`, `[target.….dependencies]` and `[dependencies.name]`.
fn is_built_with(table: &str) -> bool {
    let mut parts = table.rsplit('.').map(|part| part.trim_matches('"'));
    parts.any(|part| part == "dependencies" || part == "build-dependencies")
}

fn ours(line: &str) -> impl Iterator<Item = String> {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    words.filter(|word| word.starts_with("securechat-")).map(str::to_owned)
}

fn take_string(line: &str, key: &str, into: &mut String) {
    let Some((name, value)) = line.split_once('=') else { return };
    if name.trim() == key {
        value.trim().trim_matches('"').clone_into(into);
    }
}

fn without_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_count_and_those_for_tests_do_not() {
        let text = "[package]\nname = \"securechat-x\"\n[dependencies]\nsecurechat-ids = { workspace = true }\n\
                    # securechat-proto = {}\n[dev-dependencies]\nsecurechat-engine = { workspace = true }\n\
                    [features]\na = []\n";
        let manifest = parse(text);
        assert_eq!(manifest.package, "securechat-x");
        assert_eq!(Vec::from_iter(manifest.imports), ["securechat-ids"]);
    }

    #[test]
    fn no_way_of_writing_a_dependency_hides_it() {
        for text in [
            "[dependencies]\nbrain = { package = \"securechat-engine\", path = \"../engine\" }",
            "[dependencies.securechat-engine]\nworkspace = true",
            "[dependencies.brain]\npackage = \"securechat-engine\"",
            "[target.'cfg(unix)'.dependencies]\nsecurechat-engine.workspace = true",
            "[build-dependencies]\nsecurechat-engine = { workspace = true }",
        ] {
            assert!(parse(text).imports.contains("securechat-engine"), "{text}");
        }
    }

    #[test]
    fn only_the_workspace_table_gives_the_lints() {
        assert!(parse("[lints]\nworkspace = true").has_workspace_lints);
        assert!(!parse("[dependencies.x]\nworkspace = true").has_workspace_lints);
    }
}
