//! What is on its way to one connection: answers, which are never dropped, and news, which are bounded.
//!
//! Nothing here waits. News over the bound are dropped together, and the client is told to say `Hello` again and fetch from its
//! cursors; so a slow reader costs a bounded queue and nobody else's time.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use securechat_ids::DeviceId;
use securechat_proto::Refusal;
use securechat_proto::frame::{Answer, Empty, ServerFrame};

/// Most news that wait for a connection.
pub(crate) const NEWS_MAX: usize = 256;
/// Most bytes of them.
pub(crate) const NEWS_BYTES_MAX: usize = 1024 * 1024;

/// One connection's way out.
#[derive(Default)]
pub(crate) struct Outlet {
    queues: Mutex<Queues>,
    waker: AtomicWaker,
}

/// What became of a piece of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It is on its way.
    Queued,
    /// The queue was full: what was in it is dropped, and the client is told to resync.
    Full,
    /// The client has not said `Hello`, or not again since it was told to.
    Deaf,
}

#[derive(Default)]
struct Queues {
    answers: VecDeque<Bytes>,
    news: VecDeque<Bytes>,
    news_bytes: usize,
    hearing: Hearing,
    end: Option<Refusal>,
    closed: bool,
    device: Option<DeviceId>,
}

/// Whether news are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Hearing {
    /// Not before `Hello`, nor between `Resync` and the `Hello` after it.
    #[default]
    Deaf,
    /// Between `Hello` and its answer: news are kept, for the answer may not know of them.
    Collecting,
    /// They flow.
    Open,
}

/// The connection is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// What there is to write.
pub(crate) struct Batch {
    /// Frames in order.
    pub(crate) frames: Vec<Bytes>,
    /// How many of them are answers.
    pub(crate) answers: usize,
    /// The session ends after these.
    pub(crate) end: Option<Refusal>,
}

impl Outlet {
    /// An answer. There are no more of them than requests in flight.
    pub(crate) fn answer(&self, frame: Bytes) {
        self.lock().answers.push_back(frame);
        self.waker.wake();
    }

    /// A piece of news.
    pub(crate) fn push(&self, frame: Bytes) -> Pushed {
        let pushed = self.lock().push(frame);
        if pushed != Pushed::Deaf {
            self.waker.wake();
        }
        pushed
    }

    /// The session is to end, for this reason; the first one counts.
    pub(crate) fn end(&self, reason: Refusal) {
        self.lock().end.get_or_insert(reason);
        self.waker.wake();
    }

    /// A device has said `Hello`: news are kept from now on. Answers whose outlet it was before; refused when the connection is
    /// gone.
    pub(crate) fn enter(&self, device: DeviceId) -> Result<Option<DeviceId>, Closed> {
        let mut queues = self.lock();
        if queues.closed {
            return Err(Closed);
        }
        queues.drop_news();
        queues.hearing = Hearing::Collecting;
        Ok(queues.device.replace(device))
    }

    /// `Hello` is answered: what was kept follows the answer.
    pub(crate) fn open(&self, ready: Bytes) {
        let mut queues = self.lock();
        queues.answers.push_back(ready);
        // While collecting the queue may have run over; then the client hears `Resync` after `Ready`.
        if queues.hearing == Hearing::Collecting {
            queues.hearing = Hearing::Open;
        }
        drop(queues);
        self.waker.wake();
    }

    /// The connection is gone. Answers whose outlet it was.
    pub(crate) fn close(&self) -> Option<DeviceId> {
        let mut queues = self.lock();
        queues.closed = true;
        queues.device
    }

    /// Takes all that there is to write; waits when there is nothing.
    pub(crate) fn poll_batch(&self, cx: &Context<'_>) -> Poll<Batch> {
        self.waker.register(cx.waker());
        let mut queues = self.lock();
        let mut frames = Vec::from(std::mem::take(&mut queues.answers));
        let answers = frames.len();
        if queues.hearing != Hearing::Collecting {
            frames.extend(queues.news.drain(..));
            queues.news_bytes = 0;
        }
        let end = queues.end.take();
        if frames.is_empty() && end.is_none() {
            Poll::Pending
        } else {
            Poll::Ready(Batch { frames, answers, end })
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queues {
    fn push(&mut self, frame: Bytes) -> Pushed {
        if self.hearing == Hearing::Deaf {
            return Pushed::Deaf;
        }
        if self.news.len() >= NEWS_MAX || self.news_bytes + frame.len() > NEWS_BYTES_MAX.max(frame.len()) {
            self.drop_news();
            self.news.push_back(ServerFrame::news(Answer::Resync(Empty {})).to_bytes());
            self.hearing = Hearing::Deaf;
            return Pushed::Full;
        }
        self.news_bytes += frame.len();
        self.news.push_back(frame);
        Pushed::Queued
    }

    fn drop_news(&mut self) {
        self.news.clear();
        self.news_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use securechat_proto::Code;

    use super::*;

    const DEVICE: DeviceId = DeviceId::from_bytes([1; 16]);

    fn taken(outlet: &Outlet) -> Option<Batch> {
        match outlet.poll_batch(&Context::from_waker(Waker::noop())) {
            Poll::Ready(batch) => Some(batch),
            Poll::Pending => None,
        }
    }

    fn frames(outlet: &Outlet) -> Vec<Bytes> {
        taken(outlet).map(|batch| batch.frames).unwrap_or_default()
    }

    fn resync() -> Bytes {
        ServerFrame::news(Answer::Resync(Empty {})).to_bytes()
    }

    fn open() -> Outlet {
        let outlet = Outlet::default();
        outlet.enter(DEVICE).unwrap();
        outlet.open(Bytes::from_static(b"ready"));
        assert_eq!(frames(&outlet), ["ready"]);
        outlet
    }

    #[test]
    fn all_that_is_queued_is_taken_at_once_and_in_order() {
        let outlet = open();
        assert!(taken(&outlet).is_none());
        for news in ["1", "2", "3"] {
            assert_eq!(outlet.push(news.into()), Pushed::Queued);
        }
        outlet.answer("answer".into());
        let batch = taken(&outlet).unwrap();
        assert_eq!(batch.frames, ["answer", "1", "2", "3"]);
        assert_eq!(batch.answers, 1);
        assert!(taken(&outlet).is_none());
    }

    #[test]
    fn news_during_hello_follow_its_answer() {
        let outlet = Outlet::default();
        assert_eq!(outlet.push("before".into()), Pushed::Deaf);
        outlet.enter(DEVICE).unwrap();
        assert_eq!(outlet.push("during".into()), Pushed::Queued);
        assert!(taken(&outlet).is_none());
        outlet.open("ready".into());
        assert_eq!(frames(&outlet), ["ready", "during"]);
    }

    #[test]
    fn over_the_count_the_queue_becomes_one_resync_until_the_next_hello() {
        let outlet = open();
        outlet.answer("answer".into());
        for _ in 0..NEWS_MAX {
            assert_eq!(outlet.push("news".into()), Pushed::Queued);
        }
        assert_eq!(outlet.push("one more".into()), Pushed::Full);
        assert_eq!(outlet.push("and more".into()), Pushed::Deaf);
        assert_eq!(frames(&outlet), [Bytes::from("answer"), resync()], "an answer is never dropped");
        outlet.enter(DEVICE).unwrap();
        outlet.open("ready".into());
        outlet.push("flows again".into());
        assert_eq!(frames(&outlet), ["ready", "flows again"]);
    }

    #[test]
    fn over_the_bytes_too_but_one_large_event_passes() {
        let outlet = open();
        let large = Bytes::from(vec![0; NEWS_BYTES_MAX + 1]);
        assert_eq!(outlet.push(large.clone()), Pushed::Queued);
        assert_eq!(outlet.push(large), Pushed::Full);
        assert_eq!(frames(&outlet), [resync()]);
    }

    #[test]
    fn running_over_during_hello_is_told_after_it() {
        let outlet = Outlet::default();
        outlet.enter(DEVICE).unwrap();
        for _ in 0..=NEWS_MAX {
            outlet.push("news".into());
        }
        outlet.open("ready".into());
        assert_eq!(frames(&outlet), [Bytes::from("ready"), resync()]);
    }

    #[test]
    fn the_first_reason_to_end_counts_and_comes_after_what_is_queued() {
        let outlet = open();
        outlet.push("news".into());
        outlet.end(Refusal::new(Code::Deactivated, ""));
        outlet.end(Refusal::new(Code::Busy, ""));
        let batch = taken(&outlet).unwrap();
        assert_eq!(batch.frames, ["news"]);
        assert_eq!(batch.end.unwrap().code, Code::Deactivated);
    }
}
