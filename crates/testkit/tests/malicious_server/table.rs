//! `docs/malicious-server.md` and the tests name each other.

use std::collections::BTreeSet;

const TABLE: &str = include_str!("../../../../docs/malicious-server.md");
const SCENES: [(&str, &str); 5] = [
    ("answers", include_str!("answers.rs")),
    ("entries", include_str!("entries.rs")),
    ("epochs", include_str!("epochs.rs")),
    ("joining", include_str!("joining.rs")),
    ("log", include_str!("log.rs")),
];

#[test]
fn the_table_names_every_test_and_nothing_else() {
    let tests = SCENES.iter().flat_map(|(scene, code)| {
        let after = code.split("#[test]\nfn ").skip(1);
        after.filter_map(move |rest| Some(format!("{scene}::{}", rest.split_once('(')?.0)))
    });
    let tests: BTreeSet<String> = tests.collect();
    let rows = TABLE.lines().filter(|line| line.starts_with('|'));
    let named = rows.filter_map(|line| Some(line.rsplit('`').nth(1)?.to_owned()));
    let named: BTreeSet<String> = named.filter(|name| name.contains("::")).collect();
    assert!(tests.len() > 70, "the tests were not found: {tests:?}");
    assert_eq!(tests.difference(&named).collect::<Vec<_>>(), [""; 0], "tests that the table does not name");
    assert_eq!(named.difference(&tests).collect::<Vec<_>>(), [""; 0], "names that are no tests");
}
