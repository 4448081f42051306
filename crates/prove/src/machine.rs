//! Where and of what a run was made: what a reader needs to repeat it.

use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

/// Of what and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// Commit, with a note if the tree was changed.
    pub(crate) commit: String,
    /// Day, UTC.
    pub(crate) date: String,
    /// Kernel, processor, cores, memory.
    pub(crate) machine: String,
    /// Debug or release build.
    pub(crate) build: String,
}

impl Machine {
    pub(crate) fn look(binary: &Path) -> Self {
        let changed = if said("git", &["status", "--porcelain"]).is_empty() { "" } else { " with changes" };
        let commit = format!("{}{changed}", said("git", &["rev-parse", "--short=12", "HEAD"]));
        let processor = field("/proc/cpuinfo", "model name");
        let memory: u64 = field("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0);
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let kernel = said("uname", &["-sr"]);
        let machine = format!("{kernel}, {processor}, {cores} cores, {} GiB", memory / (1024 * 1024));
        let is_debug = binary.components().any(|part| part.as_os_str() == "debug");
        let build = if is_debug { "development build" } else { "release build" };
        Self { commit, date: said("date", &["-u", "+%Y-%m-%d"]), machine, build: build.to_owned() }
    }
}

fn said(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

fn field(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}
