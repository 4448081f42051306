//! What happens in a run, written down before it begins: people's deeds and the world's faults. A script of which steps were
//! taken out is a script still, so that a failing one can be made smaller.

use crate::dice::Dice;

/// What people do. Numbers name devices, people and rooms modulo how many there are by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Says something.
    Say,
    /// Says several things at once.
    Burst,
    /// Makes a room; the number chooses among the kinds of rooms.
    Create,
    /// Brings somebody into a room.
    Add,
    /// Takes somebody out of a room.
    Remove,
    /// Goes into an open room.
    Join,
    /// Leaves a room.
    Leave,
    /// Writes to one person.
    Direct,
    /// Logs in on a further device.
    LogIn,
    /// Ends another device of the same person.
    Revoke,
    /// Ends somebody's account.
    Deactivate,
    /// Makes somebody an admin of a room.
    Admit,
    /// Takes that back.
    Demote,
    /// Newcomers read back less.
    Tighten,
    /// Everybody tries to change one room at once.
    Race,
    /// Reads a room to its end.
    Read,
    /// Reads back what was said before.
    ReadBack,
    /// Tries again what failed.
    Retry,
    /// Closes the lid.
    GoAway,
    /// Opens it.
    ComeBack,
    /// Nothing: time passes.
    Wait,
}

/// What the world does to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A connection breaks; what was on it is gone.
    Cut,
    /// A connection breaks, and what the device had sent arrives all the same, later, to a server that answers nobody.
    Late,
    /// A request is done twice; the second answer is lost.
    Double,
    /// A request is done and its answer lost with the connection.
    LoseAnswer,
    /// A device's process dies.
    Crash,
    /// The server's process dies between two requests.
    CrashServer,
    /// The server's process dies after a commit and before anybody heard of it.
    CrashUnheard,
    /// A device takes in nothing for a while.
    Slow,
    /// A device's clock jumps.
    Clock,
    /// A device's disk fills up.
    Full,
    /// The server's disk fills up.
    ServerFull,
    /// All disks are freed.
    Free,
    /// The server is over its rate for some seconds.
    Busy,
    /// Nothing arrives anywhere for some seconds.
    Stall,
}

/// One step: a deed, perhaps a fault, and some deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What somebody does.
    pub deed: Deed,
    /// What goes wrong after it.
    pub fault: Option<Fault>,
    /// How many frames and timers move afterwards, at most.
    pub moves: usize,
    /// Decides whatever this step leaves open.
    pub salt: u64,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Chance of all engines and of the server.
    pub seed: u64,
    /// How many people, two to four.
    pub people: usize,
    /// The steps.
    pub steps: Vec<Step>,
}

const DEEDS: [(usize, Deed); 21] = [
    (40, Deed::Say),
    (6, Deed::Burst),
    (4, Deed::Create),
    (5, Deed::Add),
    (3, Deed::Remove),
    (4, Deed::Join),
    (2, Deed::Leave),
    (2, Deed::Direct),
    (3, Deed::LogIn),
    (1, Deed::Revoke),
    (0, Deed::Deactivate),
    (2, Deed::Admit),
    (1, Deed::Demote),
    (1, Deed::Tighten),
    (2, Deed::Race),
    (5, Deed::Read),
    (3, Deed::ReadBack),
    (2, Deed::Retry),
    (4, Deed::GoAway),
    (4, Deed::ComeBack),
    (6, Deed::Wait),
];

const FAULTS: [(usize, Fault); 14] = [
    (10, Fault::Cut),
    (8, Fault::Late),
    (6, Fault::Double),
    (8, Fault::LoseAnswer),
    (10, Fault::Crash),
    (4, Fault::CrashServer),
    (5, Fault::CrashUnheard),
    (6, Fault::Slow),
    (3, Fault::Clock),
    (2, Fault::Full),
    (2, Fault::ServerFull),
    (5, Fault::Free),
    (3, Fault::Busy),
    (4, Fault::Stall),
];

impl Script {
    /// The script of a seed.
    pub fn of(seed: u64, steps: usize) -> Self {
        let mut dice = Dice::new(seed);
        let people = 2 + dice.below(3);
        // Some runs are calm and some are not: faults that come too often hide what needs a while to go wrong.
        let fault_percent = [5, 15, 30, 50][dice.below(4)];
        let moves_max = [4, 12, 40, 120][dice.below(4)];
        let mut steps: Vec<Step> = (0..steps)
            .map(|_| Step {
                deed: dice.weighed(&DEEDS),
                fault: dice.percent(fault_percent).then(|| dice.weighed(&FAULTS)),
                moves: dice.below(moves_max),
                salt: dice.next(),
            })
            .collect();
        // Early enough that something can happen in them.
        let begin = [Deed::Create, Deed::Create, Deed::Create, Deed::LogIn, Deed::LogIn];
        for (step, deed) in steps.iter_mut().zip(begin) {
            step.deed = deed;
        }
        // The end of an account takes whole stories with it: seldom, and late.
        if dice.percent(15) {
            let from = steps.len() * 2 / 3;
            let at = from + dice.below(steps.len() - from);
            if let Some(step) = steps.get_mut(at) {
                step.deed = Deed::Deactivate;
            }
        }
        Self { seed, people, steps }
    }
}
