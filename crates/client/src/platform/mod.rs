//! What differs between a native program and a browser tab, with equal names on both sides.

mod native;

pub(crate) use native::{Os, now, sleep_until};
