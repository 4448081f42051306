//! Looks for secrets where a server could have left them: in its files, its logs, and its memory while it runs.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Child;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// Pages of nothing are left out: most of a process is empty stacks.
const PAGE: usize = 4096;

/// Every byte of every file below a folder.
pub(crate) fn bytes_below(dir: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(dir).expect("reads") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            bytes.extend(bytes_below(&path));
        } else {
            bytes.extend(fs::read(&path).expect("reads"));
        }
    }
    bytes
}

/// Whether a text is somewhere in there.
pub(crate) fn contains(haystack: &[u8], needle: &str) -> bool {
    !found(haystack, &[needle]).is_empty()
}

/// Which of these are in there, in one pass: tests are not optimised, and a process is large.
pub(crate) fn found<'a>(haystack: &[u8], needles: &[&'a str]) -> Vec<&'a str> {
    let mut by_first: Vec<Vec<&str>> = vec![Vec::new(); 256];
    for needle in needles {
        by_first[usize::from(needle.as_bytes()[0])].push(needle);
    }
    let mut found = Vec::new();
    for (at, byte) in haystack.iter().enumerate() {
        for needle in &by_first[usize::from(*byte)] {
            if haystack[at..].starts_with(needle.as_bytes()) && !found.contains(needle) {
                found.push(*needle);
            }
        }
    }
    found
}

/// What a child of ours has in memory, but for unchanged parts of files: heaps, stacks, variables, shared memory. The process
/// stands still meanwhile, so that nothing moves out of sight.
pub(crate) fn memory(child: &Child) -> Vec<u8> {
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
    kill_process(id, Signal::STOP).expect("a child can be stopped");
    waitpid(Some(id), WaitOptions::UNTRACED).expect("a child can be waited for").expect("stopped");
    let memory = stopped_memory(child.id());
    kill_process(id, Signal::CONT).expect("a child can be continued");
    memory
}

fn stopped_memory(id: u32) -> Vec<u8> {
    let refused = "this system does not let a process read its child's memory; the test proves nothing here";
    let maps = fs::read_to_string(format!("/proc/{id}/maps")).expect(refused);
    let memory = File::open(format!("/proc/{id}/mem")).expect(refused);
    let mut bytes = Vec::new();
    let mut page = [0; PAGE];
    for line in maps.lines() {
        let Some((start, end)) = worth_reading(line) else { continue };
        for at in (start..end).step_by(PAGE) {
            memory.read_exact_at(&mut page, at).unwrap_or_else(|error| panic!("{refused}: {line}: {error}"));
            if page != [0; PAGE] {
                bytes.extend_from_slice(&page);
            }
        }
    }
    assert!(bytes.len() > 1 << 20, "{refused}: only {} bytes were read", bytes.len());
    bytes
}

/// From where to where, if a line of `maps` is of memory that the process may have written to.
fn worth_reading(line: &str) -> Option<(u64, u64)> {
    let mut fields = line.split_ascii_whitespace();
    let (range, rights) = (fields.next()?, fields.next()?);
    let (file, path) = (fields.nth(2)?, fields.next().unwrap_or_default());
    let own = file == "0" || rights.contains('w');
    if !rights.starts_with('r') || !own || path.starts_with("[v") {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    let address = |text| u64::from_str_radix(text, 16).expect("an address");
    Some((address(start), address(end)))
}
