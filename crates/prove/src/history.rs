//! The history of a run as it happens: what was asked and answered, for the judge of `securechat-checker`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use securechat_checker::{Event, Line};
use tokio::sync::watch;

use crate::clock;

/// A history that many write into.
#[derive(Clone)]
pub(crate) struct Book(Arc<Inner>);

struct Inner {
    began: Instant,
    written: Mutex<Written>,
    acks: watch::Sender<u64>,
    numbers: AtomicU64,
}

#[derive(Default)]
struct Written {
    lines: Vec<Line>,
    /// What each device has sent to each room so far.
    orders: BTreeMap<(String, String), u64>,
}

impl Book {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            began: clock::now(),
            written: Mutex::default(),
            acks: watch::Sender::new(0),
            numbers: AtomicU64::new(0),
        }))
    }

    pub(crate) fn write(&self, event: Event) {
        self.written().lines.push(self.line(event));
    }

    /// A device was asked to send this.
    pub(crate) fn sent(&self, device: &str, room: &str, message: &str) {
        let mut written = self.written();
        let order = written.orders.entry((device.to_owned(), room.to_owned())).or_default();
        *order += 1;
        let event = Event::Sent {
            device: device.to_owned(),
            room: room.to_owned(),
            message: message.to_owned(),
            order: *order,
            after: None,
        };
        written.lines.push(self.line(event));
    }

    /// The sender was told that it is kept.
    pub(crate) fn acked(&self, message: &str, id: Option<String>, seq: u64) {
        self.write(Event::Acked { message: message.to_owned(), id, seq: Some(seq) });
        self.0.acks.send_modify(|acks| *acks += 1);
    }

    pub(crate) fn note(&self, text: impl Into<String>) {
        self.write(Event::Note { text: text.into() });
    }

    /// A number that was not given out before: with it a message is one of its kind.
    pub(crate) fn number(&self) -> u64 {
        self.0.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// How many were acknowledged so far.
    pub(crate) fn acks(&self) -> u64 {
        *self.0.acks.borrow()
    }

    /// Waits until so many more were acknowledged; `false` if that takes longer than it may.
    pub(crate) async fn more_acks(&self, count: u64, patience: std::time::Duration) -> bool {
        let mut acks = self.0.acks.subscribe();
        let target = self.acks() + count;
        let came = acks.wait_for(|acks| *acks >= target);
        matches!(tokio::time::timeout(patience, came).await, Ok(Ok(_)))
    }

    /// The messages that were acknowledged so far: text, id and place.
    pub(crate) fn acknowledged(&self) -> Vec<(String, Option<String>, u64)> {
        let written = self.written();
        let acked = written.lines.iter().filter_map(|line| match &line.event {
            Event::Acked { message, id, seq: Some(seq) } => Some((message.clone(), id.clone(), *seq)),
            _ => None,
        });
        acked.collect()
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        self.written().lines.clone()
    }

    fn line(&self, event: Event) -> Line {
        Line { at: clock::ms(self.0.began.elapsed()), event }
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.0.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
