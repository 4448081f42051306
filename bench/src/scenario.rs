//! What a scenario is: a name to run it by, and what measures it.

use anyhow::Result;

use crate::figure::Figure;
use crate::ground::Ground;

/// One of `cargo xtask bench NAME`.
pub(crate) type Scenario = (&'static str, fn(&Ground) -> Result<Vec<Figure>>);
