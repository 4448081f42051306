//! What our server costs beside the floor: both get the same load, in turns, in one run.

mod disk;
mod fanout;
mod passwords;
mod sessions;

use anyhow::Result;

use crate::figure::Figure;
use crate::ground::Ground;

/// Scenarios of the server by name.
pub(crate) const SCENARIOS: [(&str, fn(&Ground) -> Result<Vec<Figure>>); 3] =
    [("fanout", fanout::measure), ("sessions", sessions::measure), ("passwords", passwords::measure)];
