//! Writes the view's types, and fails when the file in the tree is not what would be written.

use std::fmt::Write as _;
use std::path::Path;

use super::{asks, markdown, shapes};

/// Set by `cargo xtask gen` to write instead of comparing.
const WRITE: &str = "SECURECHAT_WRITE_TYPES";

fn types() -> String {
    let cfg = ts_rs::Config::default();
    let mut text = String::from(
        "// Written by `cargo xtask gen` from apps/web/engine/src/words; edited there, not here.\n\n",
    );
    let declared = [shapes::names(&cfg), shapes::tagged(&cfg), shapes::structs(&cfg), markdown::types(&cfg)];
    for declaration in declared.into_iter().flatten() {
        writeln!(text, "export {}\n", bare(&declaration)).expect("a string takes everything");
    }
    text.push_str("/** What can be asked of the engine, and what comes back. */\nexport interface Asks {\n");
    for (name, of, gives) in asks::declarations(&cfg) {
        let of = bare(&of);
        let of = if of.contains(':') { of } else { "Record<string, never>".to_owned() };
        writeln!(text, "  {name}: {{ of: {of}; gives: {gives} }};").expect("a string takes everything");
    }
    text.push_str("}\n");
    text
}

/// Without comments, on one line: what a field means is said once, in Rust.
fn bare(declaration: &str) -> String {
    let mut text = String::new();
    for (number, part) in declaration.split("/**").enumerate() {
        text.push_str(if number == 0 { part } else { part.split_once("*/").map_or("", |(_, rest)| rest) });
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace("\"is\":", "is:").replace(", }", " }")
}

#[test]
fn the_views_types_are_those_of_the_engine() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../view/src/engine/types.ts");
    let types = types();
    if std::env::var_os(WRITE).is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("is made");
        std::fs::write(&path, &types).expect("is written");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == types, "apps/web/view/src/engine/types.ts is out of date: run `cargo xtask gen`");
}
