//! How far a run has come, in a file per fault: long runs are spread over several goes.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::tally::Tally;

/// How many are done of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// A few minutes.
    #[default]
    Quick,
    /// Hours.
    Full,
}

impl Size {
    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Size::Quick => "quick",
            Size::Full => "full",
        }
    }
}

/// What is known of one fault.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) size: Size,
    /// How many there are to be.
    pub(crate) wanted: u64,
    /// The run's seed; each batch has its own, drawn from it and the number of its first fault.
    pub(crate) seed: u64,
    pub(crate) tally: Tally,
    /// What the control broke; none while it has not run.
    pub(crate) control: Option<Tally>,
    /// Why it was not run, if so.
    pub(crate) skipped: Option<String>,
    pub(crate) seconds: f64,
    pub(crate) machine: Machine,
}

impl State {
    /// What an earlier go left, if anything.
    pub(crate) fn read(folder: &Path, name: &str, size: Size) -> Result<Option<Self>> {
        let path = path(folder, name, size);
        match std::fs::read(&path) {
            Ok(text) => {
                let state = serde_json::from_slice(&text);
                Ok(Some(state.with_context(|| format!("{} is damaged; take it away", path.display()))?))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps it: whole, or as it was.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        let path = path(folder, &self.name, self.size);
        let beside = path.with_extension("new");
        std::fs::write(&beside, serde_json::to_vec(self)?)?;
        Ok(std::fs::rename(beside, path)?)
    }
}

fn path(folder: &Path, name: &str, size: Size) -> PathBuf {
    folder.join(format!("{name}.{}.json", size.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(State::read(folder.path(), "kill", Size::Full).unwrap(), None);
        let state = State { name: "kill".into(), size: Size::Full, seed: 7, ..State::default() };
        state.write(folder.path()).unwrap();
        assert_eq!(State::read(folder.path(), "kill", Size::Full).unwrap(), Some(state));
        assert_eq!(State::read(folder.path(), "kill", Size::Quick).unwrap(), None);
    }
}
