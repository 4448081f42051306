//! Which crate may import which: the picture in design §3 as a table. Dependencies of tests are free.

use super::Manifest;

/// What a crate may import of this workspace.
pub(crate) enum May {
    /// These and no other.
    Import(&'static [&'static str]),
    /// Anything a release is made of: the place where everything is put together.
    Assemble,
}

use May::{Assemble, Import};

/// One row for each crate, from the ground up; names without the `securechat-` in front.
pub(crate) const ARROWS: &[(&str, May)] = &[
    ("ids", Import(&[])),
    ("proto", Import(&["ids"])),
    ("chain", Import(&["ids"])),
    ("mls", Import(&["ids"])),
    ("mls-member", Import(&["mls", "ids"])),
    ("engine", Import(&["mls-member", "mls", "chain", "proto", "ids"])),
    ("delivery", Import(&["mls", "chain", "proto", "ids"])),
    ("store-sqlite", Import(&["delivery", "proto", "ids"])),
    ("store-postgres", Import(&["delivery", "proto", "ids"])),
    ("client", Import(&["engine", "chain", "proto", "ids"])),
    ("server", Import(&["delivery", "store-sqlite", "store-postgres", "chain", "proto", "ids"])),
    ("tui", Import(&["client"])),
    ("tunnel", Import(&["client", "server", "proto", "ids"])),
    ("web-engine", Import(&["client"])),
    ("web-bundler", Import(&[])),
    ("testkit", Import(&["engine", "delivery", "store-sqlite", "mls", "chain", "proto", "ids"])),
    ("checker", Import(&[])),
    ("sim", Import(&["testkit", "checker", "engine", "mls-member", "mls", "delivery", "proto", "ids"])),
    ("prove", Import(&["client", "checker"])),
    ("hostile", Import(&["server", "client", "engine", "mls-member", "mls", "chain", "proto", "ids"])),
    (
        "bench",
        Import(&[
            "client",
            "engine",
            "mls-member",
            "store-sqlite",
            "delivery",
            "mls",
            "chain",
            "proto",
            "ids",
        ]),
    ),
    ("xtask", Import(&[])),
    ("securechat", Assemble),
];

/// Crates that exist for tests and must not reach anything that is shipped.
const ONLY_FOR_TESTS: [&str; 6] = ["testkit", "checker", "hostile", "sim", "prove", "bench"];

/// Every arrow that is not in the table, and every crate that has no row.
pub(crate) fn check(manifests: &[Manifest]) -> Vec<String> {
    manifests.iter().flat_map(|manifest| wrong(&manifest.package, manifest.imports.iter())).collect()
}

fn wrong<'a>(package: &str, imports: impl Iterator<Item = &'a String>) -> Vec<String> {
    let Some((name, may)) = ARROWS.iter().find(|(name, _)| *name == short(package)) else {
        return vec![format!(
            "{package} has no row in xtask/src/architecture/arrows.rs; say what it may import"
        )];
    };
    let allowed = |import: &str| match may {
        Import(list) => list.contains(&import),
        Assemble => !ONLY_FOR_TESTS.contains(&import),
    };
    let wrong = imports.filter(|import| !allowed(short(import)));
    wrong
        .map(|import| format!("{name} must not import {import} (design §3; dev-dependencies are free)"))
        .collect()
}

fn short(package: &str) -> &str {
    package.strip_prefix("securechat-").unwrap_or(package)
}

#[cfg(test)]
mod tests {
    use super::super::manifest::parse;
    use super::*;

    fn findings(text: &str) -> usize {
        check(&[parse(text)]).len()
    }

    #[test]
    fn an_arrow_of_the_table_is_fine() {
        let text = "[package]\nname = \"securechat-proto\"\n[dependencies]\nsecurechat-ids = {}";
        assert_eq!(findings(text), 0);
    }

    #[test]
    fn an_arrow_up_is_found() {
        let text = "[package]\nname = \"securechat-proto\"\n[dependencies]\nsecurechat-engine = {}";
        assert_eq!(findings(text), 1);
    }

    #[test]
    fn the_server_wing_may_not_import_the_client_wing() {
        for server in ["delivery", "store-sqlite", "server"] {
            for client in ["mls-member", "engine", "client", "tui"] {
                let text = format!(
                    "[package]\nname = \"securechat-{server}\"\n[dependencies]\nsecurechat-{client} = {{}}"
                );
                assert_eq!(findings(&text), 1, "{server} → {client}");
            }
        }
    }

    #[test]
    fn what_is_for_tests_is_not_shipped() {
        let text = "[package]\nname = \"securechat\"\n[dependencies]\nsecurechat-server = {}\nsecurechat-testkit = {}";
        assert_eq!(findings(text), 1);
    }

    #[test]
    fn a_crate_without_a_row_is_found() {
        assert_eq!(findings("[package]\nname = \"securechat-misc\""), 1);
    }

    /// Rows stand from the ground up, so an import that stands further down the table would be an arrow up.
    #[test]
    fn the_table_itself_has_no_circle() {
        for (row, (name, may)) in ARROWS.iter().enumerate() {
            let Import(imports) = may else { continue };
            for import in *imports {
                let below = ARROWS[..row].iter().any(|(lower, _)| lower == import);
                assert!(below, "{name} imports {import}, which does not stand below it");
            }
        }
    }
}
