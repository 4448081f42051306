//! Makes a failing script smaller while it still fails in the same way.

use crate::broken::Kind;
use crate::cast::Cast;
use crate::script::{Deed, Script, Step};
use crate::{Control, run};

/// The smallest script that was found to fail as this one does, and how many runs that took. At most `runs_max` are made.
pub fn shrink(cast: &Cast, script: &Script, control: Option<Control>, runs_max: usize) -> (Script, usize) {
    let Some(kind) = first_kind(cast, script, control) else { return (script.clone(), 1) };
    let mut search = Search { cast, control, kind, runs: 1, runs_max };
    let mut best = script.clone();
    loop {
        let before = best.clone();
        best = search.fewer_steps(best);
        best = search.simpler_steps(best);
        if best == before || search.runs >= runs_max {
            return (best, search.runs);
        }
    }
}

fn first_kind(cast: &Cast, script: &Script, control: Option<Control>) -> Option<Kind> {
    run(cast, script, control).broken.first().map(crate::Broken::kind)
}

struct Search<'a> {
    cast: &'a Cast,
    control: Option<Control>,
    kind: Kind,
    runs: usize,
    runs_max: usize,
}

impl Search<'_> {
    fn fails(&mut self, script: &Script) -> bool {
        if self.runs >= self.runs_max {
            return false;
        }
        self.runs += 1;
        run(self.cast, script, self.control).broken.iter().any(|broken| broken.kind() == self.kind)
    }

    /// Takes out stretches of steps, long ones first.
    fn fewer_steps(&mut self, mut best: Script) -> Script {
        let mut length = best.steps.len().div_ceil(2);
        while length > 0 {
            let mut from = 0;
            while from < best.steps.len() {
                let to = (from + length).min(best.steps.len());
                let mut less = best.clone();
                less.steps.drain(from..to);
                if self.fails(&less) { best = less } else { from = to }
            }
            length /= 2;
        }
        best
    }

    /// Takes faults out of steps, and deeds.
    fn simpler_steps(&mut self, mut best: Script) -> Script {
        for number in 0..best.steps.len() {
            let step = best.steps[number];
            let simpler = [
                Step { fault: None, ..step },
                Step { deed: Deed::Wait, ..step },
                Step { moves: step.moves / 2, ..step },
            ];
            for simpler in simpler.into_iter().filter(|simpler| *simpler != step) {
                let mut less = best.clone();
                less.steps[number] = simpler;
                if self.fails(&less) {
                    best = less;
                    break;
                }
            }
        }
        best
    }
}
