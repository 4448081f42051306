//! A copy of the working tree, uncommitted changes included, in which a patch may do what it likes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{place, run};

/// The copy. It stays where it is, so that the next run compiles only what has changed.
pub(super) struct Scratch {
    pub(super) folder: PathBuf,
    pub(super) target: PathBuf,
}

impl Scratch {
    /// Made, or brought up to date, under `target/holes`.
    pub(super) fn of_the_working_tree() -> Result<Self> {
        let holes = place::target().join("holes");
        let scratch = Self { folder: holes.join("tree"), target: holes.join("build") };
        scratch.restore()?;
        Ok(scratch)
    }

    /// Undoes every patch. Only what differs is written, for cargo goes by the time of writing.
    pub(super) fn restore(&self) -> Result<()> {
        let files = files()?;
        for file in &files {
            let (from, to) = (place::root().join(file), self.folder.join(file));
            let wanted = fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
            if fs::read(&to).is_ok_and(|present| present == wanted) {
                continue;
            }
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&to, wanted).with_context(|| format!("cannot write {}", to.display()))?;
            fs::set_permissions(&to, fs::metadata(&from)?.permissions())?;
        }
        remove_others(&self.folder, &self.folder, &files)
    }

    /// Applies a patch.
    pub(super) fn apply(&self, patch: &Path) -> Result<()> {
        run::output(git(&self.folder).arg("apply").arg(patch)).map(drop)
    }
}

/// Whether a patch would apply to the working tree.
pub(super) fn fits(patch: &Path) -> Result<()> {
    run::output(git(place::root()).args(["apply", "--check"]).arg(patch)).map(drop)
}

/// Git in a folder that it must take as it is: inside a repository's subfolder, `git apply` would pass over every file.
fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(folder);
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        git.env_remove(name);
    }
    git.env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap_or(folder));
    git
}

/// What git knows or would take in, as it lies there.
fn files() -> Result<BTreeSet<PathBuf>> {
    let listed = run::output(git(place::root()).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let paths = listed.split('\0').filter(|path| !path.is_empty()).map(PathBuf::from);
    Ok(paths.filter(|path| place::root().join(path).is_file()).collect())
}

fn remove_others(root: &Path, folder: &Path, files: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(root, &path, files)?;
        } else if !files.contains(path.strip_prefix(root)?) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    /// The copy lies in the repository's own target folder, where `git apply` would succeed and change nothing.
    #[test]
    fn a_patch_is_applied_inside_a_repositorys_ignored_folder_too() {
        let outer = env::temp_dir().join(format!("securechat-holes-{}", std::process::id()));
        let folder = outer.join("target/holes/tree");
        fs::create_dir_all(&folder).unwrap();
        run::output(Command::new("git").arg("init").arg(&outer)).unwrap();
        fs::write(folder.join("door"), "shut\n").unwrap();
        let patch = outer.join("open.patch");
        let text =
            "Hole: 1 a door\n\ndiff --git a/door b/door\n--- a/door\n+++ b/door\n@@ -1 +1 @@\n-shut\n+open\n";
        fs::write(&patch, text).unwrap();
        let scratch = Scratch { folder: folder.clone(), target: outer.join("build") };
        scratch.apply(&patch).unwrap();
        assert_eq!(fs::read_to_string(folder.join("door")).unwrap(), "open\n");
        assert!(scratch.apply(&patch).is_err(), "it does not fit twice");
        fs::remove_dir_all(&outer).unwrap();
    }

    #[test]
    fn what_is_not_in_the_tree_any_more_goes_from_the_copy() {
        let folder = env::temp_dir().join(format!("securechat-others-{}", std::process::id()));
        fs::create_dir_all(folder.join("a")).unwrap();
        for name in ["a/kept", "a/gone", "gone"] {
            fs::write(folder.join(name), "").unwrap();
        }
        remove_others(&folder, &folder, &BTreeSet::from([PathBuf::from("a/kept")])).unwrap();
        assert!(folder.join("a/kept").is_file());
        assert!(!folder.join("a/gone").exists() && !folder.join("gone").exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}
