//! The one judge of simulated and real runs: a history goes in, every broken promise comes out, with what and where.
//!
//! Pure: no clock, no files, no knowledge of engines or servers. A harness writes down what it saw ([`Event`]), as JSON
//! lines if it likes ([`to_json_lines`]), and asks [`check`]. What a harness never writes down is not judged, so a test
//! also asks [`Report::weighed`] whether there was anything to judge.

mod history;
mod index;
mod keys;
mod log;
mod report;
mod rest;
mod sends;
mod views;
mod violation;

pub use history::{Entry, Event, Line, RowKind, Unread, from_json_lines, to_json_lines};
pub use report::Report;
pub use violation::{Invariant, Violation};

use index::Index;

/// Judges a history as a whole. The order of its lines is the order in which things were seen.
pub fn check(history: &[Line]) -> Report {
    let index = Index::of(history);
    let mut report = Report::default();
    sends::check(&index, &mut report);
    log::check(&index, &mut report);
    views::check(&index, &mut report);
    keys::check(history, &mut report);
    rest::check(history, &mut report);
    report
}
