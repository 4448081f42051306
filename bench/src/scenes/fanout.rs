//! Messages to rooms: large ones as fast as they go, one in which little is said, many small ones, and one at half its load.

use std::time::Duration;

use anyhow::Result;

use super::disk;
use crate::figure::{Figure, Goal};
use crate::fleet::{BIG_ROOMS, SMALL_MEMBERS, SMALL_ROOMS, SPEAKERS, Side, both, small_room};
use crate::ground::Ground;
use crate::swarm::{Delays, Pace};

const NAME: &str = "fanout";
/// Turns of each server.
const TURNS: usize = 3;
const TURN: Duration = Duration::from_secs(3);
const WARM_UP: Duration = Duration::from_secs(1);
/// Messages that a speaker has on the way.
const EACH: usize = 4;
/// Messages a second in a room where little is said.
const SPARSE_PER_SECOND: f64 = 20.0;

/// What is said, and what it is to cost.
struct Scene {
    what: String,
    speakers: Vec<(usize, u16)>,
    /// Messages a second; without it as fast as they go.
    per_second: Option<f64>,
    audience: u64,
    /// How many times as much as the floor it may cost.
    ratio_max: Option<f64>,
}

/// What came of one scene at one server.
#[derive(Default)]
struct Taken {
    cpu_s_per_million: Vec<f64>,
    acknowledged_per_s: Vec<f64>,
    delays: Delays,
}

/// All scenes, servers in turns.
pub(super) fn measure(ground: &Ground) -> Result<Vec<Figure>> {
    let mut sides = both(ground, NAME)?;
    for side in &mut sides {
        side.fill_to(usize::from(SMALL_ROOMS * SMALL_MEMBERS))?;
    }
    let mut figures = Vec::new();
    for scene in scenes() {
        let [ours, floor] = play(&mut sides, &scene)?;
        figures.extend(scene.figures(&ours, &floor));
        if scene.what == "room of 100" {
            figures.extend(half_load(ground, &mut sides, [&ours, &floor])?);
        }
    }
    Ok(figures)
}

fn scenes() -> Vec<Scene> {
    let mut scenes: Vec<Scene> = BIG_ROOMS
        .into_iter()
        .map(|room| Scene {
            what: format!("room of {room}"),
            speakers: (0..SPEAKERS).map(|person| (person, room)).collect(),
            per_second: None,
            audience: room.into(),
            ratio_max: (room >= 100).then_some(2.0),
        })
        .collect();
    scenes.push(Scene {
        what: "room of 100 at 20/s".into(),
        speakers: (0..SPEAKERS).map(|person| (person, 100)).collect(),
        per_second: Some(SPARSE_PER_SECOND),
        audience: 100,
        ratio_max: Some(1.5),
    });
    let first_of_each = (0..usize::from(SMALL_ROOMS)).map(|room| room * usize::from(SMALL_MEMBERS));
    scenes.push(Scene {
        what: "200 rooms of 5".into(),
        speakers: first_of_each.map(|person| (person, small_room(person))).collect(),
        per_second: None,
        audience: SMALL_MEMBERS.into(),
        ratio_max: Some(1.5),
    });
    scenes
}

fn play(sides: &mut [Side; 2], scene: &Scene) -> Result<[Taken; 2]> {
    let mut taken = [Taken::default(), Taken::default()];
    for side in sides.iter_mut() {
        side.drive(&scene.pace(), scene.audience, WARM_UP)?;
    }
    for _ in 0..TURNS {
        for (side, taken) in sides.iter_mut().zip(&mut taken) {
            let (window, cpu) = side.drive(&scene.pace(), scene.audience, scene.turn())?;
            taken.cpu_s_per_million.push(cpu.as_secs_f64() / float(window.deliveries) * 1e6);
            taken.acknowledged_per_s.push(float(window.acknowledged) / window.took.as_secs_f64());
            taken.delays.add_all(&window.delays);
        }
    }
    Ok(taken)
}

impl Scene {
    fn pace(&self) -> Pace<'_> {
        match self.per_second {
            Some(per_second) => Pace::Open { speakers: &self.speakers, per_second },
            // Many rooms: one message each is on the way, as in life.
            None if self.speakers.len() > SPEAKERS => Pace::Closed { speakers: &self.speakers, each: 1 },
            None => Pace::Closed { speakers: &self.speakers, each: EACH },
        }
    }

    /// Where little is said, a turn is longer: the kernel tells processor time in steps of 10 ms.
    fn turn(&self) -> Duration {
        if self.per_second.is_some() { 3 * TURN } else { TURN }
    }

    fn figures(&self, ours: &Taken, floor: &Taken) -> Vec<Figure> {
        let what = &self.what;
        let cost = |name: &str, taken: &Taken| {
            let values = taken.cpu_s_per_million.clone();
            Figure::of_repeats(NAME, format!("{what}: {name}, CPU"), values, "s/million")
        };
        let rate = |name: &str, taken: &Taken| {
            let values = taken.acknowledged_per_s.clone();
            Figure::of_repeats(NAME, format!("{what}: {name}, acknowledged"), values, "per second")
        };
        let (our_cost, floor_cost) = (cost("ours", ours), cost("floor", floor));
        let (our_rate, floor_rate) = (rate("ours", ours), rate("floor", floor));
        let ratio =
            Figure::new(NAME, format!("{what}: CPU, ours/floor"), our_cost.value / floor_cost.value, "times");
        let ratio = match self.ratio_max {
            Some(bound) => ratio.with_goal(Goal::AtMost(bound)),
            None => ratio,
        };
        let mut figures = vec![our_cost, floor_cost, ratio];
        if self.per_second.is_none() {
            let share = our_rate.value / floor_rate.value * 100.0;
            let share = Figure::new(NAME, format!("{what}: acknowledged, ours/floor"), share, "%");
            let share = if self.audience == 100 { share.with_goal(Goal::AtLeast(60.0)) } else { share };
            figures.extend([our_rate, floor_rate, share]);
        }
        for (name, taken) in [("ours", ours), ("floor", floor)] {
            for (part, shown) in [(0.5, "p50"), (0.99, "p99")] {
                let ms = taken.delays.quantile_ms(part);
                figures.push(Figure::new(NAME, format!("{what}: {name}, delay {shown}"), ms, "ms"));
            }
        }
        figures
    }
}

/// Each server at half of what it has just shown to take, in times of the disk.
fn half_load(ground: &Ground, sides: &mut [Side; 2], taken: [&Taken; 2]) -> Result<Vec<Figure>> {
    let sync = disk::sync_ms(ground)?;
    let mut figures = vec![Figure::new(NAME, "the disk: fdatasync, p50", sync, "ms")];
    for (side, taken) in sides.iter_mut().zip(taken) {
        let full = Figure::of_repeats(NAME, "", taken.acknowledged_per_s.clone(), "");
        let scene = Scene {
            what: String::new(),
            speakers: (0..SPEAKERS).map(|person| (person, 100)).collect(),
            per_second: Some(full.value / 2.0),
            audience: 100,
            ratio_max: None,
        };
        side.drive(&scene.pace(), scene.audience, WARM_UP)?;
        let (window, _) = side.drive(&scene.pace(), scene.audience, 2 * TURN)?;
        for (part, shown, bound) in [(0.5, "p50", 2.0), (0.99, "p99", 5.0)] {
            let what = format!("room of 100 at half load: {}, delay {shown}", side.name());
            let ms = window.delays.quantile_ms(part);
            figures.push(Figure::new(NAME, what.clone(), ms, "ms"));
            if side.server().is_some() {
                let syncs = Figure::new(NAME, what, ms / sync, "fdatasyncs");
                figures.push(syncs.with_goal(Goal::AtMost(bound)));
            }
        }
    }
    Ok(figures)
}

fn float(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let float = count as f64;
    float
}
