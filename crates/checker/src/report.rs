//! What a check comes to.

use std::collections::BTreeMap;

use crate::{Invariant, Violation};

/// What a check comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Every broken promise that was found.
    pub violations: Vec<Violation>,
    weighed: BTreeMap<Invariant, u64>,
}

impl Report {
    /// How many facts were held against a promise. Zero means that the history says nothing about it.
    pub fn weighed(&self, invariant: Invariant) -> u64 {
        self.weighed.get(&invariant).copied().unwrap_or(0)
    }

    pub(crate) fn weigh(&mut self, invariant: Invariant) {
        *self.weighed.entry(invariant).or_default() += 1;
    }

    /// Weighs a fact, and notes what it breaks.
    pub(crate) fn hold(&mut self, invariant: Invariant, holds: bool, broken: impl FnOnce() -> Violation) {
        self.weigh(invariant);
        if !holds {
            self.violations.push(broken());
        }
    }
}
