//! Stores in temporary folders, and chance from a seed.

use std::path::Path;
use std::sync::mpsc;

use securechat_delivery::identity::Identity;
use securechat_delivery::{Fault, Rng, Store as _, Tx, write_with};
use securechat_store_sqlite::{OpenError, Options, SqliteStore};

/// SplitMix64: the same numbers for the same seed.
pub(crate) struct Seed(pub(crate) u64);

impl Rng for Seed {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_be_bytes()[..chunk.len()]);
        }
    }
}

pub(crate) fn open(path: &Path, seed: u64) -> Result<(SqliteStore, Identity), OpenError> {
    open_with(path, seed, Options::default())
}

pub(crate) fn open_with(
    path: &Path,
    seed: u64,
    options: Options,
) -> Result<(SqliteStore, Identity), OpenError> {
    SqliteStore::open(path, options, &mut Seed(seed), |reason| panic!("the store is broken: {reason}"))
}

/// Writes and waits.
pub(crate) fn write<T: Send + 'static>(
    store: &SqliteStore,
    run: impl FnOnce(&mut dyn Tx) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let (tell, told) = mpsc::channel();
    write_with(store, run, move |result| tell.send(result).unwrap()).unwrap();
    told.recv().unwrap()
}

/// Reads.
pub(crate) fn read<T>(
    store: &SqliteStore,
    query: impl FnMut(&mut dyn Tx) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let _ = store.read(&mut |_| Ok(()));
    securechat_delivery::read_with(store, query)
}
