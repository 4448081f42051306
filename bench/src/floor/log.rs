//! What was said, on the disk before anybody hears it: SQLite as our server has it, one transaction for all that waits.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;
use rusqlite::Connection;
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::OwnedFd;
use rustix::io::{read, write};

/// A room's number and a message.
pub(super) type Said = (u16, Vec<u8>);

/// The thread that writes.
pub(super) struct Log {
    to_write: Sender<Vec<Said>>,
    written: Arc<Mutex<Vec<Said>>>,
    /// Readable when something was written.
    pub(super) rung: Arc<OwnedFd>,
}

impl Log {
    pub(super) fn open(file: &Path) -> Result<Self> {
        let conn = Connection::open(file)?;
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS log (number INTEGER PRIMARY KEY, room INTEGER NOT NULL, said BLOB NOT NULL) STRICT;",
        )?;
        let (to_write, waiting) = channel();
        let rung = Arc::new(eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?);
        let written = Arc::default();
        let (bell, done) = (Arc::clone(&rung), Arc::clone(&written));
        thread::Builder::new().name("log".into()).spawn(move || run(&conn, &waiting, &done, &bell))?;
        Ok(Self { to_write, written, rung })
    }

    /// Has messages written.
    pub(super) fn write(&self, said: Vec<Said>) {
        self.to_write.send(said).expect("the thread lives as long as the process");
    }

    /// Takes what is on the disk by now.
    pub(super) fn take(&self) -> Vec<Said> {
        let _count = read(&self.rung, &mut [0; 8]);
        std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn run(conn: &Connection, waiting: &Receiver<Vec<Said>>, done: &Mutex<Vec<Said>>, bell: &OwnedFd) {
    while let Ok(mut batch) = waiting.recv() {
        batch.extend(waiting.try_iter().flatten());
        commit(conn, &batch).expect("the disk of a bench works");
        done.lock().unwrap_or_else(PoisonError::into_inner).append(&mut batch);
        write(bell, &1_u64.to_ne_bytes()).expect("a bell can be rung");
    }
}

fn commit(conn: &Connection, batch: &[Said]) -> rusqlite::Result<()> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let mut insert = conn.prepare_cached("INSERT INTO log (room, said) VALUES (?, ?)")?;
    for (room, said) in batch {
        insert.execute((room, said))?;
    }
    conn.execute_batch("COMMIT")
}
