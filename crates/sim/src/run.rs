//! A run from its script to its verdict.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use securechat_checker::{Line, Report, check};

use crate::cast::{Cast, NAMES};
use crate::dice::Dice;
use crate::rights::{Era, Rights};
use crate::script::Script;
use crate::trace::Trace;
use crate::world::World;
use crate::{Broken, Control, errors};

/// Between two looks at what everybody sees, in steps.
const LOOK_EVERY: usize = 25;

/// What came of a run.
pub struct Verdict {
    /// What makes it fail; empty if nothing does.
    pub broken: Vec<Broken>,
    /// What it did.
    pub trace: Trace,
    /// What was seen, for the checker.
    pub history: Vec<Line>,
    /// What the checker found, and how much it had to judge.
    pub report: Report,
    /// Virtual milliseconds from the last fault to rest.
    pub rest_ms: u64,
}

/// Runs a script.
pub fn run(cast: &Cast, script: &Script, control: Option<Control>) -> Verdict {
    errors::forget();
    let mut world = begin(cast, script, control);
    let done = catch_unwind(AssertUnwindSafe(|| play(cast, &mut world, script)));
    let rest_ms = done.unwrap_or_else(|panic| {
        let why = panic.downcast_ref::<String>().cloned();
        let why = why.or_else(|| panic.downcast_ref::<&str>().map(|why| (*why).to_owned()));
        world.broken.push(Broken::Panicked(why.unwrap_or_else(|| "without a word".into())));
        0
    });
    world.broken.extend(errors::said().into_iter().map(Broken::Logged));
    let report = check(&world.history);
    world.broken.extend(report.violations.iter().cloned().map(Broken::Promise));
    Verdict { broken: world.broken, trace: world.trace, history: world.history, report, rest_ms }
}

fn begin(cast: &Cast, script: &Script, control: Option<Control>) -> World {
    let mut team = cast.of(script.people).team();
    team.reseed(script.seed);
    let began = team.now;
    let mut world = World {
        team,
        control,
        dice: Dice::new(script.seed),
        people: NAMES[..script.people].iter().map(|name| (*name).to_owned()).collect(),
        seats: Vec::new(),
        rooms: Vec::new(),
        rights: Rights::default(),
        late: Vec::new(),
        server_full: false,
        busy_until: None,
        said: BTreeMap::new(),
        told: BTreeMap::new(),
        history: Vec::new(),
        broken: Vec::new(),
        trace: Trace::default(),
        began,
        kept_disks: BTreeMap::new(),
        kept_server: None,
        words: 0,
        seed: script.seed,
        calm: false,
    };
    for person in 0..script.people {
        world.sit(person, person);
    }
    for row in world.team.engine(0).rooms().expect("reads") {
        world.title(&row.room);
        world.past(row.room);
    }
    world
}

impl World {
    /// What was before the run: who came when, from the commits of the log, which are all by Welcome or by the newcomer.
    fn past(&mut self, room: securechat_ids::RoomId) {
        // Of the past only the last word is known; nothing was said before, so nobody can tell the difference.
        if let Some(roster) = self.team.server.roster(&room) {
            let (seq, by) = (roster.head.0, self.team.device_id(0));
            self.rights.note(room, Era { seq: 0, by, roster: roster.clone() });
            self.rights.note(room, Era { seq, by, roster });
        }
    }
}

/// Plays a script to its end; how long it took to come to rest.
fn play(cast: &Cast, world: &mut World, script: &Script) -> u64 {
    for (number, step) in script.steps.iter().enumerate() {
        world.dice = Dice::new(step.salt);
        world.act(cast, step.deed);
        // A fault strikes somewhere in the middle of what the deed set off.
        let before = world.dice.below(step.moves + 1);
        world.advance(before, 1_000);
        if let Some(fault) = step.fault {
            world.strike(fault);
        }
        world.advance(step.moves - before, 1_000);
        if number % LOOK_EVERY == LOOK_EVERY - 1 {
            world.look(false);
            world.compare_epochs();
        }
        if !world.broken.is_empty() {
            break;
        }
    }
    world.dice = Dice::new(!script.seed);
    world.calm_down();
    let first_ms = world.settle();
    world.come_again();
    let rest_ms = first_ms.max(world.settle());
    world.judge_rest(rest_ms);
    world.read_everything_back();
    world.settle();
    world.look(true);
    world.compare_epochs();
    world.read_logs();
    world.search_server();
    rest_ms
}
