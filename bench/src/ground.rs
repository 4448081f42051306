//! Where a run works: a folder on the disk to measure on, one in memory to fill in, and files without their cached pages.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rustix::fs::{Advice, fadvise};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;

/// What a run needs of the machine.
pub(crate) struct Ground {
    /// The program that is measured.
    pub(crate) program: PathBuf,
    disk: TempDir,
    memory: TempDir,
    /// Filled homes that outlive a run: to fill one takes minutes.
    kept: PathBuf,
}

impl Ground {
    /// Folders below `folder`, which is on the disk that is measured on.
    pub(crate) fn new(program: PathBuf, folder: &Path) -> Result<Self> {
        let kept = folder.join("kept");
        fs::create_dir_all(&kept).with_context(|| format!("cannot make {}", kept.display()))?;
        let disk = tempfile::tempdir_in(folder)?;
        // A commit in memory costs no wait for a disk: what only prepares a measurement is done there.
        let memory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir_in(folder))?;
        Ok(Self { program, disk, memory, kept })
    }

    /// A place on the disk.
    pub(crate) fn disk(&self, name: &str) -> PathBuf {
        self.disk.path().join(name)
    }

    /// A place in memory.
    pub(crate) fn memory(&self, name: &str) -> PathBuf {
        self.memory.path().join(name)
    }

    /// A place on the disk that the next run finds again.
    pub(crate) fn kept(&self, name: &str) -> PathBuf {
        self.kept.join(name)
    }
}

/// Copies a folder and everything below it, onto the disk itself.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    copy_all(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &place)?;
        } else {
            fs::copy(entry.path(), &place)?;
            File::open(&place)?.sync_all()?;
        }
    }
    Ok(())
}

/// Has the system forget what it holds of a folder's files, as after a night.
pub(crate) fn make_cold(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let file = File::open(entry?.path())?;
        if file.metadata()?.is_file() {
            file.sync_all()?;
            fadvise(&file, 0, None, Advice::DontNeed)?;
        }
    }
    Ok(())
}

/// Lets this process, and those it starts, have as many files and sockets as the system allows.
pub(crate) fn want_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where this is refused, the scenarios that need more say so themselves.
    let _refused = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
