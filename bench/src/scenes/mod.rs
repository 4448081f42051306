//! What our server costs beside the floor: both get the same load, in turns, in one run.

mod disk;
mod fanout;
mod passwords;
mod sessions;

use crate::scenario::Scenario;

/// Scenarios of the server by name.
pub(crate) const SCENARIOS: [Scenario; 3] =
    [("fanout", fanout::measure), ("sessions", sessions::measure), ("passwords", passwords::measure)];
