//! Crashes: what was acknowledged is there, whatever of the files a killed process leaves behind.

use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use securechat_delivery::rows::MetaKey;
use securechat_delivery::{Fault, Job, Store as _, StoreError};
use securechat_store_sqlite::{Options, SqliteStore};

use crate::seed::{Seed, open, read, write};

/// The files as they are now: what `kill -9` leaves, for nothing of the process's own end runs.
fn killed(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let (live, dead) = (folder.path().join("live"), folder.path().join("dead"));
    let (store, identity) = open(&live.join("server.db"), 1).unwrap();
    for round in 0..20_u8 {
        write(&store, move |tx| Ok(tx.set_meta(MetaKey::TeamRoom, Some(&[round]))?)).unwrap();
        let after = dead.join(round.to_string());
        killed(&live, &after);
        let (revived, same) = open(&after.join("server.db"), 2).unwrap();
        assert_eq!(same, identity);
        let found = read(&revived, |tx| Ok(tx.meta(MetaKey::TeamRoom)?)).unwrap();
        assert_eq!(found, Some(vec![round]));
    }
}

/// Many writers at once: at each acknowledgement the number is on the disk already, as another connection sees it.
#[test]
fn a_batch_is_acknowledged_after_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.db");
    let (store, _) = open(&path, 1).unwrap();
    let other = Arc::new(Mutex::new(rusqlite::Connection::open(&path).unwrap()));
    let (tell, told) = mpsc::channel();
    let seen = Arc::new(AtomicUsize::new(0));
    for n in 0..600_u64 {
        let (other, tell, seen) = (Arc::clone(&other), tell.clone(), Arc::clone(&seen));
        let job = Job {
            run: Box::new(move |tx| Ok(tx.insert_ticket(&hash(n), &user(), 1_000.into_millis())?)),
            done: Box::new(move |result| {
                let count: u64 = other
                    .lock()
                    .unwrap()
                    .query_row("SELECT count(*) FROM tickets WHERE ticket_hash = ?", [hash(n)], |row| {
                        row.get::<_, u32>(0).map(u64::from)
                    })
                    .unwrap();
                seen.fetch_add(usize::from(count == 1), Ordering::SeqCst);
                tell.send(result).unwrap();
            }),
        };
        store.write(job).unwrap();
    }
    assert!(told.iter().take(600).all(|result| result.is_ok()));
    assert_eq!(seen.load(Ordering::SeqCst), 600);
}

trait IntoMillis {
    fn into_millis(self) -> securechat_ids::UnixMillis;
}

impl IntoMillis for u64 {
    fn into_millis(self) -> securechat_ids::UnixMillis {
        securechat_ids::UnixMillis(self)
    }
}

fn user() -> securechat_ids::UserId {
    securechat_ids::UserId::from_bytes([1; 16])
}

fn hash(n: u64) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&n.to_be_bytes());
    hash
}

/// A store that fails for anything but a full disk ends the process and tells nobody.
#[test]
fn a_broken_store_is_fatal_and_acknowledges_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.db");
    let (fatal, reasons) = mpsc::channel();
    let fatal = Mutex::new(fatal);
    let (store, _) = SqliteStore::open(&path, Options::default(), &mut Seed(1), move |reason| {
        fatal.lock().unwrap().send(reason.to_owned()).unwrap();
    })
    .unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("DROP TABLE tickets").unwrap();
    let (tell, told) = mpsc::channel();
    for n in 0..2 {
        let tell = tell.clone();
        let job = Job {
            run: Box::new(move |tx| Ok(tx.insert_ticket(&hash(n), &user(), 1_000.into_millis())?)),
            done: Box::new(move |result| tell.send(result).unwrap()),
        };
        let _ = store.write(job);
    }
    drop(tell);
    assert!(reasons.recv().unwrap().contains("tickets"));
    assert!(told.recv().is_err(), "somebody was told");
    drop(store);
    assert!(reasons.recv().is_err(), "called once");
}

/// A file that is damaged while the server runs, as a failing disk does it.
#[test]
fn a_file_that_cannot_be_read_is_fatal() {
    const PAGE: u64 = 4096;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.db");
    drop(open(&path, 1).unwrap());
    let (fatal, reasons) = mpsc::channel();
    let fatal = Mutex::new(fatal);
    let (store, _) = SqliteStore::open(&path, Options::default(), &mut Seed(2), move |reason| {
        fatal.lock().unwrap().send(reason.to_owned()).unwrap();
    })
    .unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let length = file.metadata().unwrap().len();
    // Page 1 has the schema, which says where everything else would be.
    file.write_all_at(&vec![0xa5; usize::try_from(length - PAGE).unwrap()], PAGE).unwrap();
    let refused = read(&store, |tx| Ok(tx.meta(MetaKey::TeamRoom)?));
    assert!(matches!(refused, Err(Fault::Store(StoreError::Broken(_)))), "{refused:?}");
    assert!(reasons.recv().unwrap().contains("malformed"));
}

/// A full queue says so at once, and what waits is written when the store is closed.
#[test]
fn a_full_queue_is_busy_and_what_waits_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.db");
    let options = Options { queue: 3, ..Options::default() };
    let (store, _) = SqliteStore::open(&path, options, &mut Seed(1), |reason| panic!("{reason}")).unwrap();
    let (go, wait) = mpsc::channel::<()>();
    let (started, begun) = mpsc::channel();
    let job = |n: u64| Job {
        run: Box::new(move |tx| Ok(tx.insert_ticket(&hash(n), &user(), 1_000.into_millis())?)),
        done: Box::new(|_| {}),
    };
    let held = Job {
        run: Box::new(move |_| {
            started.send(()).unwrap();
            let _ = wait.recv();
            Ok(())
        }),
        done: Box::new(|_| {}),
    };
    store.write(held).unwrap();
    begun.recv().unwrap();
    let taken = (0..10).filter(|n| store.write(job(*n)).is_ok()).count();
    assert_eq!(taken, 3);
    drop(go);
    drop(store);
    let (store, _) = open(&path, 2).unwrap();
    let found = (0..10).filter(|n| {
        let hash = hash(*n);
        write(&store, move |tx| Ok(tx.take_ticket(&hash)?)).unwrap().is_some()
    });
    assert_eq!(found.count(), 3);
}

/// Whoever is told last may also be the last to hold the store: its end then happens on the writer's own thread.
#[test]
fn the_writer_does_not_wait_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&folder.path().join("server.db"), 1).unwrap().0);
    let (go, wait) = mpsc::channel::<()>();
    let (ended, end) = mpsc::channel();
    let held = Arc::clone(&store);
    let job = Job {
        run: Box::new(|_| Ok(())),
        done: Box::new(move |_| {
            let _ = wait.recv();
            drop(held);
            ended.send(()).unwrap();
        }),
    };
    store.write(job).unwrap();
    drop(store);
    drop(go);
    end.recv().unwrap();
}
