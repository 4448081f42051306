//! What is said at the edge of the screen: a sentence for a while, a wait, alarms until somebody has looked.

use securechat_client::Hold;
use securechat_client::ids::UnixMillis;

use crate::clock::seconds_until;

/// How long a sentence stays, in milliseconds.
const SHOWN_MS: u64 = 8_000;
/// Alarms kept; the first ones count most.
const ALARMS_MAX: usize = 20;

/// Whether a sentence is good news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// For information.
    Plain,
    /// Something did not work.
    Wrong,
}

/// A sentence for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// The sentence.
    pub words: String,
    /// Good or bad.
    pub tone: Tone,
    until: UnixMillis,
}

impl Notice {
    /// A sentence from now on.
    pub(crate) fn new(words: impl Into<String>, tone: Tone, now: UnixMillis) -> Self {
        Self { words: words.into(), tone, until: now.plus(SHOWN_MS) }
    }

    /// Whether its time is over.
    pub(crate) fn is_over(&self, now: UnixMillis) -> bool {
        now >= self.until
    }
}

/// Sending waits, and goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holding {
    /// Until when.
    pub until: UnixMillis,
    /// Why.
    pub why: Hold,
}

impl Holding {
    /// As a sentence, counting down.
    pub(crate) fn words(&self, now: UnixMillis) -> String {
        let why = match self.why {
            Hold::RateLimit => "Rate limit",
            Hold::Busy => "The server is busy",
            Hold::StorageFull => "The server's disk is full",
        };
        format!("{why}: waits {} s, goes out by itself", seconds_until(self.until, now))
    }
}

/// One more alarm; the same one twice is one.
pub(crate) fn raise(alarms: &mut Vec<String>, what: String) {
    if !alarms.contains(&what) && alarms.len() < ALARMS_MAX {
        alarms.push(what);
    }
}
