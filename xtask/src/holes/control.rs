//! A patch that opens a hole, and what its header says: which hole, what is naive, which tests must fail.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::place;

/// A patch with its header. `git apply` passes over everything before the first `diff --git`.
pub(super) struct Control {
    pub(super) path: PathBuf,
    /// Number and name, `2 two registrations race for one name`.
    pub(super) hole: String,
    /// What the patch makes of the code.
    pub(super) naive: String,
    pub(super) tests: Vec<Test>,
}

/// A test, as cargo and its binary are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) package: String,
    /// `None` for the library's own tests.
    pub(super) file: Option<String>,
    /// With its modules, as `cargo test` prints it.
    pub(super) name: String,
}

/// Every patch in `docs/holes`, by name.
pub(super) fn all() -> Result<Vec<Control>> {
    let folder = place::root().join("docs/holes");
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "patch") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| Control::read(path)).collect()
}

impl Control {
    fn read(path: &Path) -> Result<Self> {
        Self::parse(path.to_owned(), &place::read(path)?).with_context(|| place::shown(path))
    }

    fn parse(path: PathBuf, text: &str) -> Result<Self> {
        let (mut hole, mut naive, mut tests) = (None, None, Vec::new());
        let Some((header, _)) = text.split_once("diff --git ") else { bail!("there is no `diff --git`") };
        for line in header.lines() {
            match line.split_once(": ") {
                Some(("Hole", rest)) => hole = Some(rest.trim().to_owned()),
                Some(("Naive", rest)) => naive = Some(rest.trim().to_owned()),
                Some(("Test", rest)) => tests.push(Test::parse(rest)?),
                _ if line.trim().is_empty() => {}
                _ => bail!("`{line}` is none of `Hole: `, `Naive: `, `Test: `"),
            }
        }
        let hole = hole.context("the header has no `Hole: `")?;
        let naive = naive.context("the header has no `Naive: `")?;
        if tests.is_empty() {
            bail!("the header has no `Test: `");
        }
        let control = Self { path, hole, naive, tests };
        if control.number().is_none() {
            bail!("`Hole: ` begins with the hole's number");
        }
        Ok(control)
    }

    pub(super) fn number(&self) -> Option<u32> {
        self.hole.split(' ').next().and_then(|number| number.parse().ok())
    }

    pub(super) fn file_name(&self) -> String {
        self.path.file_name().unwrap_or(Path::new("").as_os_str()).to_string_lossy().into_owned()
    }
}

impl Test {
    /// `-p CRATE [--test FILE|--lib] NAME`, with NAME in full.
    fn parse(text: &str) -> Result<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (package, file, name) = match words.as_slice() {
            ["-p", package, "--test", file, name] => (package, Some(*file), name),
            ["-p", package, "--lib", name] | ["-p", package, name] => (package, None, name),
            _ => bail!("`Test: {text}` is not `-p CRATE [--test FILE|--lib] NAME`"),
        };
        if name.starts_with('-') {
            bail!("`Test: {text}` names no test");
        }
        Ok(Self { package: (*package).to_owned(), file: file.map(str::to_owned), name: (*name).to_owned() })
    }

    /// What cargo is to build.
    pub(super) fn selection(&self) -> Vec<&str> {
        match &self.file {
            Some(file) => vec!["-p", &self.package, "--test", file],
            None => vec!["-p", &self.package, "--lib"],
        }
    }

    pub(super) fn function(&self) -> &str {
        self.name.rsplit("::").next().unwrap_or(&self.name)
    }

    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.selection().join(" "), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(header: &str) -> Result<Control> {
        Control::parse(PathBuf::from("docs/holes/1_x.patch"), &format!("{header}diff --git a/x b/x\n"))
    }

    #[test]
    fn a_header_says_hole_naive_version_and_tests() {
        let control = parse(
            "Hole: 1 a line break in a name\nNaive: any name goes\n\
             Test: -p ids --lib name::tests::lines\nTest: -p delivery --test stories names::refused\n\n",
        )
        .expect("a good header");
        assert_eq!((control.number(), control.naive.as_str()), (Some(1), "any name goes"));
        assert_eq!(control.tests[0].shown(), "-p ids --lib name::tests::lines");
        assert_eq!(control.tests[0].function(), "lines");
        assert_eq!(control.tests[1].selection(), ["-p", "delivery", "--test", "stories"]);
    }

    #[test]
    fn a_test_without_a_kind_is_the_librarys() {
        assert_eq!(Test::parse("-p ids lines").expect("a test"), Test::parse("-p ids --lib lines").unwrap());
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        let (hole, naive, test) = ("Hole: 1 a\n", "Naive: b\n", "Test: -p ids --lib c\n");
        for (header, what) in [
            (format!("{naive}{test}"), "no `Hole: `"),
            (format!("{hole}{test}"), "no `Naive: `"),
            (format!("{hole}{naive}"), "no `Test: `"),
            (format!("Hole: names\n{naive}{test}"), "number"),
            (format!("{hole}{naive}{test}Tset: -p ids --lib d\n"), "none of"),
            (format!("{hole}{naive}Test: ids c\n"), "is not"),
            (format!("{hole}{naive}Test: -p ids --lib\n"), "names no test"),
        ] {
            let error = parse(&header).map(|control| control.hole).unwrap_err();
            assert!(format!("{error:#}").contains(what), "{header:?}: {error:#}");
        }
        assert!(Control::parse(PathBuf::new(), "Hole: 1 a\n").is_err(), "no patch below");
    }
}
