//! The first line of a file says what it is for, so that a listing of first lines is a table of contents.

use std::path::PathBuf;

use anyhow::Result;

use crate::place;

/// Every Rust file that begins with something else.
pub(super) fn check(sources: &[PathBuf]) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for path in sources.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
        if !says_what_for(&place::read(path)?) {
            findings.push(format!("{} must begin with a `//!` line", place::shown(path)));
        }
    }
    Ok(findings)
}

fn says_what_for(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix("//!").is_some_and(|sentence| !sentence.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_wanted_on_the_very_first_line() {
        assert!(says_what_for("//! What it is for.\nfn main() {}"));
        for text in
            ["", "fn main() {}", "\n//! Late.", "//!\n//! Late.", "// No doc.", "#![no_std]\n//! Late."]
        {
            assert!(!says_what_for(text), "{text:?}");
        }
    }
}
