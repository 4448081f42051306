//! Jobs: order, savepoints, and when somebody is told.

use std::sync::mpsc;

use securechat_proto::{Code, Refusal};

use super::{get, put, write};
use crate::rows::MetaKey;
use crate::{Fault, Job, Store};

pub(super) fn a_refused_job_leaves_nothing_and_its_neighbours_stay(store: &dyn Store) {
    put(store, |tx| Ok(tx.set_meta(MetaKey::TeamRoom, Some(b"first"))?));
    let refused = write(store, |tx| {
        tx.set_meta(MetaKey::TeamRoom, Some(b"never"))?;
        Err::<(), _>(Fault::Refused(Refusal::new(Code::Conflict, "no")))
    });
    assert!(matches!(refused, Err(Fault::Refused(refusal)) if refusal.code == Code::Conflict));
    assert_eq!(get(store, |tx| Ok(tx.meta(MetaKey::TeamRoom)?)), Some(b"first".to_vec()));
}

pub(super) fn jobs_run_in_the_order_they_came(store: &dyn Store) {
    let (tell, told) = mpsc::channel();
    for n in 0..100_u8 {
        let tell = tell.clone();
        let job = Job {
            run: Box::new(move |tx| {
                let mut all = tx.meta(MetaKey::TeamRoom)?.unwrap_or_default();
                all.push(n);
                Ok(tx.set_meta(MetaKey::TeamRoom, Some(&all))?)
            }),
            done: Box::new(move |result| tell.send((n, result)).expect("the suite waits")),
        };
        store.write(job).expect("not busy");
    }
    let told: Vec<_> = told.iter().take(100).collect();
    assert!(told.iter().zip(0..).all(|((n, result), place)| *n == place && result.is_ok()));
    assert_eq!(get(store, |tx| Ok(tx.meta(MetaKey::TeamRoom)?)), Some((0..100).collect()));
}

/// The reader's snapshot, taken inside `done`, must have the row.
pub(super) fn who_is_told_finds_the_row(store: &dyn Store) {
    let (tell, told) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let job = Job {
        run: Box::new(|tx| Ok(tx.set_meta(MetaKey::TeamRoom, Some(b"there"))?)),
        done: Box::new(move |result| {
            tell.send(result).expect("the suite waits");
            // The writer is held here, so nothing later can be what made the row visible.
            let _ = wait.recv();
        }),
    };
    store.write(job).expect("not busy");
    told.recv().expect("told").expect("written");
    assert_eq!(get(store, |tx| Ok(tx.meta(MetaKey::TeamRoom)?)), Some(b"there".to_vec()));
    drop(go);
}

pub(super) fn a_job_that_panics_is_refused_and_the_next_one_runs(store: &dyn Store) {
    let result = write(store, |tx| {
        tx.set_meta(MetaKey::TeamRoom, Some(b"half"))?;
        if tx.meta(MetaKey::TeamRoom)?.is_some() {
            panic!("on purpose");
        }
        Ok(())
    });
    assert!(matches!(result, Err(Fault::Refused(refusal)) if refusal.code == Code::Internal));
    assert_eq!(put(store, |tx| Ok(tx.meta(MetaKey::TeamRoom)?)), None);
}
