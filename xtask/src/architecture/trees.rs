//! What a crate links at any depth, from `cargo tree`: no way to decrypt in the server, no runtime in a mind.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Manifest;
use crate::run;

/// The server wing. `store-postgres` is checked from the day it exists.
const SERVER_WING: [&str; 4] =
    ["securechat-delivery", "securechat-store-sqlite", "securechat-store-postgres", "securechat-server"];

/// What holds MLS secrets, or types with plaintext in them.
const CAN_DECRYPT: [&str; 6] = [
    "securechat-mls-member",
    "securechat-engine",
    "securechat-client",
    "securechat-tui",
    "securechat-tunnel",
    "securechat-web-engine",
];

/// Crates below floor 4: no socket, no clock, no random source, no async runtime.
pub(super) const MINDS: [&str; 7] = [
    "securechat-ids",
    "securechat-proto",
    "securechat-chain",
    "securechat-mls",
    "securechat-mls-member",
    "securechat-engine",
    "securechat-delivery",
];

const RUNTIMES: [&str; 4] = ["tokio", "async-std", "smol", "async-executor"];

/// Promise 1, by construction: what is not linked cannot decrypt.
pub(super) fn server_wing(manifests: &[Manifest]) -> Result<Vec<String>> {
    without(&existing(&SERVER_WING, manifests), &CAN_DECRYPT)
}

/// A mind with a runtime below it could not be replayed from a seed, nor run in a browser.
pub(super) fn minds(manifests: &[Manifest]) -> Result<Vec<String>> {
    without(&existing(&MINDS, manifests), &RUNTIMES)
}

fn without(crates: &[&str], banned: &[&str]) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for name in crates {
        findings.extend(found_in(name, &linked(name)?, banned));
    }
    Ok(findings)
}

fn existing<'a>(names: &[&'a str], manifests: &[Manifest]) -> Vec<&'a str> {
    names.iter().copied().filter(|name| manifests.iter().any(|manifest| manifest.package == *name)).collect()
}

/// Every package linked into `name`, with all its features and for every platform.
fn linked(name: &str) -> Result<String> {
    let mut tree = run::cargo();
    tree.args(["tree", "--edges", "normal", "--prefix", "none", "--target", "all", "--all-features"]);
    run::output(tree.args(["--package", name]))
}

fn found_in(name: &str, tree: &str, banned: &[&str]) -> BTreeSet<String> {
    let packages = tree.lines().filter_map(|line| line.split_whitespace().next());
    let wrong = packages.filter(|package| banned.contains(package));
    wrong
        .map(|package| format!("{name} links {package}; see `cargo tree -e normal -p {name} -i {package}`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "securechat-server v0.1.0 (/x)\nsecurechat-delivery v0.1.0 (/x)\n\
                        securechat-engine v0.1.0 (/x)\ntokio v1.54.0\nsecurechat-engine v0.1.0 (/x) (*)\n";

    #[test]
    fn something_that_can_decrypt_is_found_once() {
        assert_eq!(found_in("securechat-server", TREE, &CAN_DECRYPT).len(), 1);
    }

    #[test]
    fn a_runtime_is_found_and_a_name_that_only_begins_like_one_is_not() {
        assert_eq!(found_in("x", TREE, &RUNTIMES).len(), 1);
        assert!(found_in("x", "tokio-util v0.7.0\n", &RUNTIMES).is_empty());
    }

    /// The real tree, of crates that must link what is banned elsewhere: the question reaches an answer.
    #[test]
    fn the_client_wing_really_is_told_apart() {
        let tree = linked("securechat-engine").expect("cargo tree runs");
        assert!(!found_in("securechat-engine", &tree, &CAN_DECRYPT).is_empty());
        let tree = linked("securechat-client").expect("cargo tree runs");
        assert!(!found_in("securechat-client", &tree, &RUNTIMES).is_empty());
    }
}
