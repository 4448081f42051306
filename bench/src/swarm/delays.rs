//! How long things took, many millions of them: counted in steps of a sixteenth of their size.

use std::time::Duration;

/// Steps between a time and its double.
const STEPS: usize = 16;
/// Doublings from a microsecond: up to more than an hour.
const DOUBLINGS: usize = 32;

/// Counts of durations.
#[derive(Clone)]
pub(crate) struct Delays {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Delays {
    fn default() -> Self {
        Self { counts: vec![0; STEPS * DOUBLINGS], total: 0 }
    }
}

impl Delays {
    pub(crate) fn add(&mut self, delay: Duration) {
        self.counts[step(delay)] += 1;
        self.total += 1;
    }

    pub(crate) fn add_all(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.total += other.total;
    }

    /// The milliseconds that this part of them did not exceed, to within a step.
    pub(crate) fn quantile_ms(&self, part: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a count"
        )]
        let wanted = (part * self.total as f64).ceil() as u64;
        let mut seen = 0;
        for (step, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted.max(1) {
                return upper_us(step) / 1_000.0;
            }
        }
        f64::NAN
    }
}

fn step(delay: Duration) -> usize {
    let us = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX).max(STEPS as u64);
    let doubling = us.ilog2() - STEPS.ilog2();
    // The four bits after the first one.
    let within = usize::try_from(us >> doubling).unwrap_or(0) - STEPS;
    (doubling as usize * STEPS + within).min(STEPS * DOUBLINGS - 1)
}

fn upper_us(step: usize) -> f64 {
    let (doubling, within) = (step / STEPS, step % STEPS);
    #[expect(clippy::cast_precision_loss, reason = "at most 2³⁷")]
    let us = ((STEPS + within + 1) as u64 * (1_u64 << doubling)) as f64;
    us
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_found_again_within_a_sixteenth() {
        for us in [20, 777, 5_000, 123_456, 9_999_999] {
            let mut delays = Delays::default();
            delays.add(Duration::from_micros(us));
            let found = delays.quantile_ms(0.5) * 1_000.0;
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let ratio = found / us as f64;
            assert!((1.0..=1.07).contains(&ratio), "{us}: {found}");
        }
    }

    #[test]
    fn the_slowest_of_a_hundred_is_the_99th_percentile_and_above() {
        let mut delays = Delays::default();
        (1..=100).for_each(|ms| delays.add(Duration::from_millis(ms)));
        assert!((99.0..=106.0).contains(&delays.quantile_ms(0.99)));
        assert!((50.0..=53.5).contains(&delays.quantile_ms(0.5)));
    }
}
