//! The one thread that writes: whatever has queued becomes one transaction, and nobody is told before it is on the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;

use rusqlite::Connection;
use securechat_delivery::{Done, Fault, Job, Run, StoreError};
use securechat_proto::{Code, Refusal};

use crate::checkpointer::Checkpointer;
use crate::fatal::OnFatal;
use crate::tx::{SqliteTx, store_error};

/// Most jobs of one transaction.
const BATCH_JOBS_MAX: usize = 256;

pub(crate) struct Writer {
    pub(crate) conn: Connection,
    pub(crate) jobs: Receiver<Job>,
    pub(crate) checkpointer: Checkpointer,
    pub(crate) on_fatal: OnFatal,
}

impl Writer {
    /// Writes until nobody can queue any more, or the store is broken.
    pub(crate) fn run(self) {
        while let Ok(first) = self.jobs.recv() {
            let mut batch = vec![first];
            while batch.len() < BATCH_JOBS_MAX
                && let Ok(job) = self.jobs.try_recv()
            {
                batch.push(job);
            }
            if let Err(reason) = self.write(batch) {
                return self.on_fatal.call(&reason);
            }
        }
    }

    /// Writes one batch and tells everybody; an error tells nobody, for nothing is certain then.
    fn write(&self, batch: Vec<Job>) -> Result<(), String> {
        let mut told = Vec::with_capacity(batch.len());
        let outcome = self.transact(batch, &mut told);
        #[cfg(debug_assertions)]
        let outcome = if crate::broken::carries_on(&outcome) { self.roll_back().map(Ok)? } else { outcome };
        match outcome {
            Ok(()) => {}
            Err(StoreError::Full) => {
                self.roll_back()?;
                for (_, result) in &mut told {
                    *result = Err(Fault::Store(StoreError::Full));
                }
            }
            Err(StoreError::Broken(reason)) => return Err(reason),
            Err(late @ StoreError::Late) => return Err(late.to_string()),
        }
        tell(told);
        self.checkpointer.written();
        match self.checkpointer.shorten(&self.conn) {
            Ok(()) | Err(StoreError::Full) => Ok(()),
            Err(StoreError::Broken(reason)) => Err(reason),
            Err(late @ StoreError::Late) => Err(late.to_string()),
        }
    }

    /// One transaction. `told` has every job of the batch afterwards, whatever happens.
    fn transact(&self, batch: Vec<Job>, told: &mut Vec<(Done, Result<(), Fault>)>) -> Result<(), StoreError> {
        let mut outcome = self.sql("BEGIN IMMEDIATE");
        for job in batch {
            let result = match &outcome {
                Ok(()) => self.run_job(job.run),
                Err(error) => Err(Fault::Store(error.clone())),
            };
            if let (Ok(()), Err(Fault::Store(error))) = (&outcome, &result) {
                outcome = Err(error.clone());
            }
            told.push((job.done, result));
        }
        outcome?;
        #[cfg(debug_assertions)]
        if crate::broken::acks_early() {
            tell(std::mem::take(told));
            crate::broken::commit_later();
        }
        self.sql("COMMIT")
    }

    /// One job in its savepoint. A store's failure fails the batch, even if the job made light of it.
    fn run_job(&self, run: Run) -> Result<(), Fault> {
        self.sql("SAVEPOINT job")?;
        let mut tx = SqliteTx::new(&self.conn);
        let result = catch_unwind(AssertUnwindSafe(|| run(&mut tx))).unwrap_or_else(|_| {
            tracing::error!("a write panicked; it is rolled back and its asker refused");
            Err(Refusal::new(Code::Internal, "the server failed").into())
        });
        if let Some(failure) = tx.failure() {
            return Err(failure.into());
        }
        if result.is_err() {
            self.sql("ROLLBACK TO job")?;
        }
        self.sql("RELEASE job")?;
        result
    }

    /// After a full disk SQLite may have rolled back by itself.
    fn roll_back(&self) -> Result<(), String> {
        if self.conn.is_autocommit() {
            return Ok(());
        }
        self.conn.execute_batch("ROLLBACK").map_err(|error| error.to_string())
    }

    fn sql(&self, sql: &str) -> Result<(), StoreError> {
        let result = self.conn.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        result.map(|_| ()).map_err(|error| store_error(&error))
    }
}

fn tell(told: Vec<(Done, Result<(), Fault>)>) {
    for (done, result) in told {
        if catch_unwind(AssertUnwindSafe(|| done(result))).is_err() {
            tracing::error!("whoever was to be told of a write panicked");
        }
    }
}
