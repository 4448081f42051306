//! A whole team in one process: many engines, one delivery, real SQLite, on virtual time, from one seed, with faults.
//!
//! A seed makes a [`Script`]: what people do and what the world does to them. A run plays it, writes down what was seen, and
//! lets the checker judge ([`run`]). The same seed gives the same [`Trace`]; a failing one is made smaller ([`shrink`]).

mod broken;
mod cast;
mod control;
mod deeds;
mod dice;
mod errors;
mod faults;
mod look;
mod meddle;
mod rest;
mod rights;
mod run;
mod script;
mod shrink;
mod trace;
mod wire;
mod world;

pub use broken::{Broken, Kind};
pub use cast::Cast;
pub use control::Control;
pub use run::{Verdict, run};
pub use script::{Deed, Fault, Script, Step};
pub use shrink::shrink;
pub use trace::Trace;
