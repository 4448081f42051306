//! What a process has cost so far, as the kernel counts it.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Processor time and memory of a process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// On the processor, in its own code and the kernel's. The kernel tells it in steps of 10 ms.
    pub(crate) cpu: Duration,
    /// Resident bytes.
    pub(crate) resident: u64,
}

/// Ticks of `/proc` in a second, the same on every Linux since long ago.
const TICKS: u64 = 100;
const PAGE_BYTES: u64 = 4_096;

impl Cost {
    /// Of a process, now.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let ticks = ticks(&stat).context("an unknown /proc/PID/stat")?;
        let statm = fs::read_to_string(format!("/proc/{pid}/statm"))?;
        let pages: u64 = statm.split(' ').nth(1).context("an unknown /proc/PID/statm")?.parse()?;
        Ok(Self { cpu: Duration::from_millis(ticks * 1_000 / TICKS), resident: pages * PAGE_BYTES })
    }
}

/// User and system time: the 14th and 15th field, counted behind the name, which may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut field = || fields.next()?.parse::<u64>().ok();
    Some(field()? + field()?)
}

/// What the kernel keeps for sockets of all processes, in bytes: their own objects, as they are counted by kind. `None` where only
/// root may look.
pub(crate) fn socket_bytes() -> Option<u64> {
    Some(objects(&fs::read_to_string("/proc/slabinfo").ok()?))
}

/// Kinds of objects that a watched TCP connection has of its own. (Directory entries are left out: other programs make many.)
const KINDS: [&str; 4] = ["TCP", "sock_inode_cache", "filp", "eventpoll_epi"];

fn objects(slabs: &str) -> u64 {
    let lines = slabs.lines().map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
    let bytes = |fields: Vec<&str>| {
        let number = |field: usize| fields.get(field)?.parse::<u64>().ok();
        KINDS.contains(fields.first()?).then_some(number(1)? * number(3)?)
    };
    lines.filter_map(bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_brackets_does_not_move_the_fields() {
        let stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 120 30 0 0 20 0 3 0";
        assert_eq!(ticks(stat), Some(150));
    }

    #[test]
    fn objects_count_by_their_number_and_size() {
        let slabs = "slabinfo - version: 2.1\nTCP  100 117 2368 13 8 : tunables\nfilp 10 20 200 1 1\nelse 9 9 9 9 9\n";
        assert_eq!(objects(slabs), 100 * 2368 + 10 * 200);
    }

    #[test]
    fn this_very_process_has_memory() {
        assert!(Cost::of(std::process::id()).unwrap().resident > 0);
    }
}
