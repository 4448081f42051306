//! A full disk: everything of the batch is refused, reading goes on, and writing works again once there is room.

use std::path::Path;
use std::process::Command;

use securechat_delivery::{Fault, StoreError};
use securechat_ids::{DeviceId, Epoch, RoomId, Seq};
use securechat_store_sqlite::{Options, SqliteStore};

use crate::seed::{open, open_with, read, write};

const DEVICE: DeviceId = DeviceId::from_bytes([1; 16]);
const ROOM: RoomId = RoomId::from_bytes([2; 16]);

fn put(store: &SqliteStore, bytes: usize) -> Result<u64, Fault> {
    write(store, move |tx| Ok(tx.insert_inbox(&DEVICE, &ROOM, Epoch(1), Seq(1), &vec![7; bytes])?))
}

fn numbers(store: &SqliteStore) -> Vec<u64> {
    let page = read(store, |tx| Ok(tx.inbox(&DEVICE, 0, 100_000, usize::MAX)?)).unwrap();
    page.iter().map(|item| item.number).collect()
}

fn fill(store: &SqliteStore, bytes: usize) -> Vec<u64> {
    let mut acked = Vec::new();
    loop {
        match put(store, bytes) {
            Ok(number) => acked.push(number),
            Err(fault) => {
                assert_eq!(fault, Fault::Store(StoreError::Full));
                return acked;
            }
        }
        assert!(acked.len() < 100_000, "the disk never filled");
    }
}

#[test]
fn a_full_file_refuses_writes_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.db");
    let options = Options { pages_max: Some(200), ..Options::default() };
    let (store, _) = open_with(&path, 1, options).unwrap();
    let acked = fill(&store, 3_000);
    assert!(acked.len() > 10);
    assert_eq!(numbers(&store), acked, "what was acknowledged is there, and nothing else");
    assert_eq!(put(&store, 3_000), Err(Fault::Store(StoreError::Full)), "still full");
    let half = acked[acked.len() / 2];
    write(&store, move |tx| Ok(tx.delete_inbox(&DEVICE, half)?)).unwrap();
    let again = put(&store, 3_000).unwrap();
    drop(store);
    let (store, _) = open(&path, 2).unwrap();
    let rest: Vec<u64> = acked.into_iter().filter(|number| *number > half).chain([again]).collect();
    assert_eq!(numbers(&store), rest);
}

#[test]
fn a_job_that_swallows_the_failure_fails_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { pages_max: Some(200), ..Options::default() };
    let (store, _) = open_with(&folder.path().join("server.db"), 1, options).unwrap();
    let swallowed = write(&store, |tx| {
        for _ in 0..1_000 {
            let _ = tx.insert_inbox(&DEVICE, &ROOM, Epoch(1), Seq(1), &[7; 3_000]);
        }
        Ok(())
    });
    assert_eq!(swallowed, Err(Fault::Store(StoreError::Full)));
    assert!(numbers(&store).is_empty());
}

/// A file system that is really full. Mounting needs root; without it the test says so and ends.
#[test]
fn a_full_disk_refuses_writes_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    if !rustix::process::geteuid().is_root() || !mount(folder.path()) {
        eprintln!("SKIPPED: a full disk is tried on a tmpfs, which only root mounts");
        return;
    }
    let outcome = std::panic::catch_unwind(|| on_a_small_disk(folder.path()));
    let unmounted = Command::new("umount").arg(folder.path()).status().unwrap();
    assert!(unmounted.success());
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

fn mount(folder: &Path) -> bool {
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(folder).status();
    mount.is_ok_and(|status| status.success())
}

fn on_a_small_disk(folder: &Path) {
    let ballast = folder.join("ballast");
    std::fs::write(&ballast, vec![1; 1024 * 1024]).unwrap();
    let (store, _) = open(&folder.join("server.db"), 1).unwrap();
    let acked = fill(&store, 20_000);
    assert!(acked.len() > 10);
    assert_eq!(numbers(&store), acked);
    std::fs::remove_file(ballast).unwrap();
    let again = put(&store, 20_000).unwrap();
    drop(store);
    let (store, _) = open(&folder.join("server.db"), 2).unwrap();
    assert_eq!(numbers(&store), acked.into_iter().chain([again]).collect::<Vec<_>>());
}
