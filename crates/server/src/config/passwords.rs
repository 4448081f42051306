//! `[passwords]`: how hard a stolen database is to guess from.

use serde::{Deserialize, Serialize};

/// Least cost a file may ask for.
const COST_MIN: u32 = 12;
/// At this cost a check takes about 14 seconds.
const COST_MAX: u32 = 16;

/// How passwords are hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Passwords {
    /// bcrypt cost of new hashes, 12 to 16; each step doubles the time.
    pub bcrypt_cost: u32,
    /// Threads that hash, 1 to 8; 0 means one, or two on a machine with four cores and more.
    pub threads: usize,
    /// Checks that may wait; over it a client is told to come again.
    pub queue: usize,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { bcrypt_cost: COST_MIN, threads: 0, queue: 32 }
    }
}

impl Passwords {
    pub(super) fn check(&self) -> Result<(), String> {
        if !(COST_MIN..=COST_MAX).contains(&self.bcrypt_cost) {
            return Err(format!("passwords.bcrypt_cost is from {COST_MIN} to {COST_MAX}"));
        }
        if self.threads > 8 {
            return Err("passwords.threads is from 0 to 8".into());
        }
        Ok(())
    }
}
