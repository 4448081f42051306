//! A home for the server's memory: jobs that write, queries that read.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{Fault, StoreError, Tx};

/// Keeps the server's rows. Writes run one after the other; reads run beside them on a snapshot.
pub trait Store: Send + Sync + 'static {
    /// Queues a job. Jobs run in order, each in its own savepoint, many in one transaction; `done` is called after the
    /// commit has returned, or with the error. A job that returns an error is rolled back alone.
    ///
    /// # Errors
    /// [`Busy`] when the queue is full; the job is dropped without calling `done`.
    fn write(&self, job: Job) -> Result<(), Busy>;

    /// Runs a query on one snapshot. Blocks: not for an async thread. Writing through it fails. A query that takes more than
    /// some seconds is ended with [`StoreError::Late`], for its snapshot is in the way of the store's own housekeeping.
    ///
    /// # Errors
    /// Whatever the query returns, or the store's own [`StoreError`].
    fn read(&self, query: &mut dyn FnMut(&mut dyn Tx) -> Result<(), StoreError>) -> Result<(), StoreError>;

    /// Lets nothing that was deleted stand in the store's files any longer. Blocks. `false` while somebody is in the way:
    /// come again.
    ///
    /// # Errors
    /// [`StoreError`].
    fn forget(&self) -> Result<bool, StoreError>;
}

/// One write, and whom to tell.
pub struct Job {
    /// Does it. Runs on the writer's thread: no waiting, no heavy arithmetic.
    pub run: Run,
    /// Told how it went, on the writer's thread, after the commit.
    pub done: Done,
}

/// What a job does.
pub type Run = Box<dyn FnOnce(&mut dyn Tx) -> Result<(), Fault> + Send>;

/// Whom a job tells.
pub type Done = Box<dyn FnOnce(Result<(), Fault>) + Send>;

/// The queue of jobs is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server has too much to write; come again")]
pub struct Busy;

/// [`Store::write`] for a job that has an answer.
///
/// # Errors
/// [`Busy`]; `done` is then dropped uncalled.
pub fn write_with<T: Send + 'static>(
    store: &dyn Store,
    run: impl FnOnce(&mut dyn Tx) -> Result<T, Fault> + Send + 'static,
    done: impl FnOnce(Result<T, Fault>) + Send + 'static,
) -> Result<(), Busy> {
    let answer = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&answer);
    store.write(Job {
        run: Box::new(move |tx| {
            let value = run(tx)?;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            Ok(())
        }),
        done: Box::new(move |result| {
            let value = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
            done(result.map(|()| value.expect("a job that succeeded left its answer")));
        }),
    })
}

/// [`Store::read`] for a query that has an answer.
///
/// # Errors
/// The query's [`Fault`], or the store's own.
pub fn read_with<T>(
    store: &dyn Store,
    mut query: impl FnMut(&mut dyn Tx) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut answer = None;
    store.read(&mut |tx| match query(tx) {
        Err(Fault::Store(error)) => Err(error),
        other => {
            answer = Some(other);
            Ok(())
        }
    })?;
    answer.expect("a query that succeeded left its answer")
}
