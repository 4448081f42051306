//! How often each refusal was answered since the start, over HTTP and WebSocket together.

use std::sync::atomic::{AtomicU64, Ordering};

use securechat_proto::Code;
use securechat_proto::http::RefusalCount;

/// One counter for each code.
#[derive(Default)]
pub(crate) struct Tally([AtomicU64; Code::ALL.len()]);

impl Tally {
    /// Somebody was refused.
    pub(crate) fn add(&self, code: Code) {
        self.0[place(code)].fetch_add(1, Ordering::Relaxed);
    }

    /// The codes that occurred, in order of their numbers.
    pub(crate) fn counts(&self) -> Vec<RefusalCount> {
        let counted = Code::ALL.iter().map(|&code| {
            let count = self.0[place(code)].load(Ordering::Relaxed);
            RefusalCount { code, count }
        });
        counted.filter(|counted| counted.count > 0).collect()
    }
}

/// `Code::ALL` lists the codes as they are declared.
fn place(code: Code) -> usize {
    code as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_counter_of_its_own() {
        let tally = Tally::default();
        for (times, &code) in Code::ALL.iter().enumerate() {
            assert_eq!(place(code), times);
            (0..times).for_each(|_| tally.add(code));
        }
        let counts = tally.counts();
        assert_eq!(counts.len(), Code::ALL.len() - 1, "what did not occur is left out");
        assert!(counts.iter().all(|counted| counted.count == place(counted.code) as u64));
    }
}
