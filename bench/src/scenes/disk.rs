//! How long the disk takes to keep a few bytes for good: what no durable answer can be faster than.

use std::fs::File;
use std::io::Write as _;

use anyhow::Result;

use crate::clock::{self, ms_since};
use crate::figure::quantile;
use crate::ground::Ground;

const WRITES: usize = 100;

/// The median of an append of 300 bytes with its fdatasync, in milliseconds.
pub(super) fn sync_ms(ground: &Ground) -> Result<f64> {
    let mut file = File::create(ground.disk("sync"))?;
    let mut times = Vec::new();
    for _ in 0..WRITES {
        let begun = clock::now();
        file.write_all(&[7; 300])?;
        file.sync_data()?;
        times.push(ms_since(begun));
    }
    times.sort_by(f64::total_cmp);
    Ok(quantile(&times, 0.5))
}
