//! Writes the corpora in `fuzz/corpus` and the fixture from real values: `cargo test -p securechat-hostile --test generate --
//! --ignored`. Its own files are called `seed-…`; what a fuzzer found stays.

#[path = "generate/bodies.rs"]
mod bodies;
#[path = "generate/mls.rs"]
mod mls;
#[path = "generate/plain.rs"]
mod plain;

use std::fs;
use std::path::{Path, PathBuf};

fn fuzz_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// Replaces a target's seeds.
fn write(target: &str, seeds: &[(&str, Vec<u8>)]) {
    let folder = fuzz_folder().join("corpus").join(target);
    fs::create_dir_all(&folder).expect("makes");
    for entry in fs::read_dir(&folder).expect("lists") {
        let path = entry.expect("an entry").path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("seed-")) {
            fs::remove_file(path).expect("removes");
        }
    }
    for (name, bytes) in seeds {
        fs::write(folder.join(format!("seed-{name}")), bytes).expect("writes");
    }
}

#[test]
#[ignore = "writes into fuzz/"]
fn plain_corpora() {
    plain::write_all();
    bodies::write_all();
}

/// Also writes the room that commits are tried against, so all of these change together.
#[test]
#[ignore = "writes into fuzz/"]
fn mls_corpora() {
    mls::write_all();
}
