//! A measured number: what, how much, how far the repeats lay apart, and what it is to be.

use crate::clock;

/// What a number is to be, from issue 6 and issue 4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    pub(crate) fn bound(self) -> f64 {
        match self {
            Goal::AtMost(bound) | Goal::AtLeast(bound) => bound,
        }
    }

    pub(crate) fn is_met(self, value: f64) -> bool {
        match self {
            Goal::AtMost(bound) => value <= bound,
            Goal::AtLeast(bound) => value >= bound,
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// The scenario, as it is named on the command line.
    pub(crate) scenario: String,
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// Least and greatest of the repeats, where there were some.
    pub(crate) spread: Option<(f64, f64)>,
    pub(crate) goal: Option<Goal>,
    /// Load average when it was taken.
    pub(crate) load: f64,
}

impl Figure {
    /// A number that was taken once.
    pub(crate) fn new(scenario: &str, what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        let (scenario, what) = (scenario.to_owned(), what.into());
        Self { scenario, what, value, unit, spread: None, goal: None, load: clock::load() }
    }

    /// The middle one of several.
    pub(crate) fn of_repeats(
        scenario: &str,
        what: impl Into<String>,
        mut values: Vec<f64>,
        unit: &'static str,
    ) -> Self {
        values.sort_by(f64::total_cmp);
        let spread = values.first().copied().zip(values.last().copied());
        Self { spread, ..Self::new(scenario, what, quantile(&values, 0.5), unit) }
    }

    pub(crate) fn with_goal(self, goal: Goal) -> Self {
        Self { goal: Some(goal), ..self }
    }
}

/// The value that this part of them do not exceed; `sorted` goes up.
pub(crate) fn quantile(sorted: &[f64], part: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into a slice that fits memory"
    )]
    let place = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_values_and_counts_from_below() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!([0.5, 0.99, 1.0].map(|part| quantile(&values, part)), [50.0, 99.0, 100.0]);
        assert_eq!(quantile(&[7.0], 0.99), 7.0);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn repeats_are_told_by_their_middle_and_their_ends() {
        let figure = Figure::of_repeats("x", "y", vec![3.0, 1.0, 9.0], "ms");
        assert_eq!((figure.value, figure.spread), (3.0, Some((1.0, 9.0))));
    }

    #[test]
    fn a_goal_is_met_up_to_its_bound() {
        assert!(Goal::AtMost(2.0).is_met(2.0) && !Goal::AtMost(2.0).is_met(2.1));
        assert!(Goal::AtLeast(2.0).is_met(2.0) && !Goal::AtLeast(2.0).is_met(1.9));
    }
}
