//! Files that are written by a program: `gen` writes them, `check` fails if they are not as it would.

use std::fmt::Write;
use std::fs;

use anyhow::Result;

use crate::architecture::{ARROWS, Manifest, May};
use crate::steps::Verdict;
use crate::{architecture, place, run, say};

/// A file, and what should be in it.
struct Derived {
    path: &'static str,
    text: fn() -> Result<String>,
}

const FILES: [Derived; 1] = [Derived { path: "docs/map.md", text: map }];

/// Writes every derived file that is not as it should be.
pub(crate) fn write() -> Result<()> {
    for file in stale()? {
        let path = place::root().join(file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, (file.text)()?)?;
        say::doing(&format!("wrote {}", file.path));
    }
    // The view's types are written by a test of the crate that they come from, which otherwise compares them.
    let mut types = run::cargo();
    types.args(["test", "--quiet", "--package", "securechat-web-engine", "views_types"]);
    run::pass(types.env("SECURECHAT_WRITE_TYPES", "1"))
}

/// Fails if a derived file was edited by hand or left behind.
pub(crate) fn check() -> Result<Verdict> {
    let stale = stale()?;
    for file in &stale {
        say::line(&format!("{} is out of date: run `cargo xtask gen` and commit it", file.path));
    }
    let note = format!("{} files, {} out of date", FILES.len(), stale.len());
    Ok(if stale.is_empty() { Verdict::Passed(note) } else { Verdict::Failed(note) })
}

fn stale() -> Result<Vec<&'static Derived>> {
    const ALL: &[Derived] = &FILES;
    let mut stale = Vec::new();
    for file in ALL {
        let now = fs::read_to_string(place::root().join(file.path)).unwrap_or_default();
        if now != (file.text)()? {
            stale.push(file);
        }
    }
    Ok(stale)
}

/// The crates from the ground up, with the arrows that the architecture checks enforce.
fn map() -> Result<String> {
    Ok(map_of(&architecture::manifests()?))
}

fn map_of(manifests: &[Manifest]) -> String {
    let mut text = String::from(
        "# Map\n\nWritten by `cargo xtask gen` from each crate's description and from\n\
         `xtask/src/architecture/arrows.rs`, which CI enforces. Every arrow points down.\n\n\
         | crate | what it is | may import |\n|---|---|---|\n",
    );
    for (name, may) in ARROWS {
        let here =
            manifests.iter().find(|manifest| manifest.package.trim_start_matches("securechat-") == *name);
        let Some(manifest) = here else { continue };
        let imports = match may {
            May::Import([]) => "–".to_owned(),
            May::Import(list) => list.join(", "),
            May::Assemble => "everything that is shipped".to_owned(),
        };
        let folder = manifest.path.parent().map(place::shown).unwrap_or_default();
        writeln!(text, "| `{folder}` | {} | {imports} |", manifest.description)
            .expect("a string takes any text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_has_a_row_for_each_crate_there_is() {
        let text = map().expect("manifests can be read");
        assert!(text.contains("| `crates/ids` | Newtypes that both wings share | – |"), "{text}");
        assert!(!text.contains("store-postgres` |"), "{text}");
    }
}
