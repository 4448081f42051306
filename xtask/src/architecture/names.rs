//! No `common`, `utils`, `helpers`: if a thing has no name, it has no home yet.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Manifest;
use crate::place;

const NAMELESS: [&str; 9] =
    ["common", "util", "utils", "helper", "helpers", "manager", "managers", "base", "misc"];

/// Every crate, folder, file or inline module with a name that says nothing.
pub(super) fn check(manifests: &[Manifest], sources: &[PathBuf]) -> Result<Vec<String>> {
    let mut findings: Vec<String> = manifests
        .iter()
        .filter(|manifest| manifest.package.split('-').any(says_nothing))
        .map(|manifest| format!("the crate {} needs a name that says what it is", manifest.package))
        .collect();
    for path in sources {
        if is_nameless(path) {
            findings.push(format!("{} needs a name that says what it is", place::shown(path)));
        }
        if path.extension().is_some_and(|end| end == "rs") {
            let modules = nameless_modules(&place::read(path)?);
            findings.extend(
                modules.iter().map(|name| format!("{}: mod {name} says nothing", place::shown(path))),
            );
        }
    }
    Ok(findings)
}

fn is_nameless(path: &Path) -> bool {
    let is_code = path.extension().is_none_or(|end| end == "rs");
    is_code && path.file_stem().is_some_and(|stem| says_nothing(&stem.to_string_lossy()))
}

fn nameless_modules(source: &str) -> Vec<String> {
    let after_mod = source.lines().filter_map(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("pub").map_or(line, |rest| rest.trim_start_matches(['(', ')', ' ']));
        let line = line.strip_prefix("crate) ").or(line.strip_prefix("super) ")).unwrap_or(line);
        line.strip_prefix("mod ")
    });
    let names = after_mod.filter_map(|rest| rest.split([';', ' ', '{']).next());
    names.filter(|name| says_nothing(name)).map(str::to_owned).collect()
}

fn says_nothing(name: &str) -> bool {
    NAMELESS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::super::manifest::parse;
    use super::*;

    #[test]
    fn a_nameless_crate_is_found() {
        let manifests = [parse("[package]\nname = \"securechat-test-utils\"")];
        assert_eq!(check(&manifests, &[]).expect("nothing to read").len(), 1);
    }

    #[test]
    fn a_nameless_file_or_folder_is_found() {
        assert!(is_nameless(Path::new("crates/x/src/utils.rs")));
        assert!(is_nameless(Path::new("crates/x/tests/common")));
        assert!(!is_nameless(Path::new("crates/x/src/base64.rs")));
        assert!(!is_nameless(Path::new("apps/web/base.css")));
    }

    #[test]
    fn a_nameless_module_is_found_however_visible() {
        let source = "mod rooms;\n    mod helpers {\npub mod common;\npub(crate) mod util;\n// mod base\n";
        assert_eq!(nameless_modules(source), ["helpers", "common", "util"]);
    }
}
