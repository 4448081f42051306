//! Every corpus against its target on each commit, and a few thousand mutations of it with a fixed seed; the memory each
//! input takes is measured.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use peak_alloc::PeakAlloc;
use securechat_hostile::{ALLOWANCE, TARGETS, Target};

#[path = "replay/mutate.rs"]
mod mutate;

use mutate::{Mutator, dense};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The allocator counts for the whole process, so one target at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target.name);
    let entries = fs::read_dir(&folder).expect("a corpus for each target");
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(&path).expect("reads"))
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no corpus", target.name);
    files
}

/// One input and its memory; if it fails, says what it was.
fn try_one(target: &Target, name: &str, bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(target.bytes_max)];
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let done = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
    let taken = MEMORY.peak_usage().saturating_sub(before);
    let shown = || bytes.iter().take(4096).map(|byte| format!("{byte:02x}")).collect::<String>();
    assert!(done.is_ok(), "{} fails on {name}: {}", target.name, shown());
    let may = ALLOWANCE + target.memory_per_byte * bytes.len();
    assert!(
        taken <= may,
        "{}: {taken} bytes of memory for {} of {name}: {}",
        target.name,
        bytes.len(),
        shown()
    );
}

fn replay(name: &str, mutations: u32) {
    let _alone = alone();
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    let corpus = corpus(target);
    for (name, bytes) in &corpus {
        try_one(target, name, bytes);
    }
    let files: Vec<Vec<u8>> = corpus.into_iter().map(|(_, bytes)| bytes).collect();
    let mut mutator = Mutator::new(0x5ec0_de5e_ed00 ^ u64::from(mutations), &files);
    for n in 0..mutations {
        try_one(target, &format!("mutation {n}"), &mutator.next());
    }
    for (n, bytes) in dense(target.bytes_max).enumerate() {
        try_one(target, &format!("dense {n}"), &bytes);
    }
}

macro_rules! targets {
    ($($name:ident $mutations:literal,)*) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name), $mutations);
        })*

        #[test]
        fn each_target_is_replayed() {
            let here = [$(stringify!($name)),*];
            assert_eq!(TARGETS.iter().map(|target| target.name).collect::<Vec<_>>(), here);
        }
    };
}

targets! {
    client_frame 4000,
    server_frame 4000,
    http_body 4000,
    chain_link 4000,
    content 4000,
    sealed 4000,
    mls_message 4000,
    key_package 3000,
    welcome 2000,
    room_founding 2000,
    room_commit 2000,
    stored_room 2000,
    invite_link 4000,
    names 4000,
    server_config 3000,
    export 4000,
}
