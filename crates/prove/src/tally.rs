//! What batches of a fault add up to.

use std::collections::BTreeMap;

use securechat_checker::{Invariant, Report};
use serde::{Deserialize, Serialize};

/// Broken promises that are kept as sentences; the others are only counted.
const SENTENCES_MAX: usize = 20;

/// Numbers of one fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Faults that were injected.
    pub(crate) done: u64,
    /// Messages that were acknowledged.
    pub(crate) acked: u64,
    /// Of them lost: not in the log, or not shown by somebody who should.
    pub(crate) lost: u64,
    /// Shown or kept twice.
    pub(crate) doubled: u64,
    /// Not to be decrypted by somebody entitled.
    pub(crate) unreadable: u64,
    /// A key used twice.
    pub(crate) key_reuse: u64,
    /// Any other broken promise.
    pub(crate) other: u64,
    /// What was broken, the first of it.
    pub(crate) sentences: Vec<String>,
    /// Measured times by name, in milliseconds.
    pub(crate) times: BTreeMap<String, Vec<u64>>,
}

impl Tally {
    /// Takes in what the judge says.
    pub(crate) fn judge(&mut self, report: &Report, acked: u64) {
        self.acked += acked;
        for violation in &report.violations {
            match violation.invariant() {
                Invariant::I1 => self.lost += 1,
                Invariant::I2 => self.doubled += 1,
                Invariant::I6 => self.unreadable += 1,
                Invariant::I11 => self.key_reuse += 1,
                _ => self.other += 1,
            }
            self.say(violation.to_string());
        }
    }

    /// A promise that is not the judge's is broken.
    pub(crate) fn broken(&mut self, sentence: impl Into<String>) {
        self.other += 1;
        self.say(sentence.into());
    }

    fn say(&mut self, sentence: String) {
        if self.sentences.len() < SENTENCES_MAX {
            self.sentences.push(sentence);
        }
    }

    pub(crate) fn time(&mut self, name: &str, ms: u64) {
        self.times.entry(name.to_owned()).or_default().push(ms);
    }

    /// The smallest value that so many hundredths of the times of a name do not exceed.
    pub(crate) fn percentile(&self, name: &str, percent: usize) -> Option<u64> {
        let mut times = self.times.get(name)?.clone();
        times.sort_unstable();
        let place = (times.len() * percent).div_ceil(100).max(1) - 1;
        times.get(place).copied()
    }

    /// How many promises are broken.
    pub(crate) fn violations(&self) -> u64 {
        self.lost + self.doubled + self.unreadable + self.key_reuse + self.other
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.done += other.done;
        self.acked += other.acked;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.unreadable += other.unreadable;
        self.key_reuse += other.key_reuse;
        self.other += other.other;
        other.sentences.into_iter().for_each(|sentence| self.say(sentence));
        for (name, times) in other.times {
            self.times.entry(name).or_default().extend(times);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let mut tally = Tally::default();
        assert_eq!(tally.percentile("x", 99), None);
        (1..=100).for_each(|ms| tally.time("x", ms));
        assert_eq!(
            [1, 50, 99, 100].map(|percent| tally.percentile("x", percent)),
            [1, 50, 99, 100].map(Some)
        );
    }

    #[test]
    fn batches_add_up() {
        let mut one = Tally { done: 1, lost: 2, ..Tally::default() };
        one.broken("late");
        one.add(Tally { done: 3, doubled: 1, ..Tally::default() });
        assert_eq!((one.done, one.violations(), one.sentences.len()), (4, 4, 1));
    }
}
