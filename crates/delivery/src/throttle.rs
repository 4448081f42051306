//! Slows down guessing of passwords, by account name and by address; never locks for good. Pure; time is handed in.

use std::collections::BTreeMap;
use std::net::IpAddr;

use securechat_ids::UnixMillis;

use crate::address::network;

/// Failures without a delay.
const FREE_FAILURES: u32 = 5;
/// Delay after the first failure that has one; it doubles with each further.
const FIRST_DELAY_MS: u64 = 1_000;
/// Longest delay.
const DELAY_MS_MAX: u64 = 15 * 60 * 1_000;
/// Quiet after which failures are forgotten.
const QUIET_MS: u64 = 60 * 60 * 1_000;
/// Most names, and most addresses, remembered; the quietest are forgotten first.
const ENTRIES_MAX: usize = 16_384;

/// Remembers failures.
#[derive(Default)]
pub struct Throttle {
    names: Failures<String>,
    addresses: Failures<IpAddr>,
}

#[derive(Clone, Copy)]
struct Failed {
    times: u32,
    last: UnixMillis,
}

struct Failures<K>(BTreeMap<K, Failed>);

impl<K> Default for Failures<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl Throttle {
    /// Whether an attempt may be made now.
    ///
    /// # Errors
    /// Milliseconds to wait.
    pub fn check(&self, name: &str, address: IpAddr, now: UnixMillis) -> Result<(), u64> {
        let name = folded(name);
        match self.names.wait_ms(&name, now).max(self.addresses.wait_ms(&network(address), now)) {
            0 => Ok(()),
            wait => Err(wait),
        }
    }

    /// An attempt failed. Count it before the password is checked, and [`Throttle::succeeded`] after: then attempts at the
    /// same time do not slip through together.
    pub fn failed(&mut self, name: &str, address: IpAddr, now: UnixMillis) {
        self.names.count(folded(name), now);
        self.addresses.count(network(address), now);
    }

    /// An attempt succeeded: the name starts afresh. The address does not, or an own account would wash its guesses clean;
    /// only the one failure counted in advance is taken back.
    pub fn succeeded(&mut self, name: &str, address: IpAddr) {
        self.names.0.remove(&folded(name));
        self.addresses.uncount(&network(address));
    }
}

impl<K: Ord + Clone> Failures<K> {
    fn wait_ms(&self, key: &K, now: UnixMillis) -> u64 {
        let Some(failed) = self.0.get(key).filter(|failed| now.since(failed.last) < QUIET_MS) else {
            return 0;
        };
        delay_ms(failed.times).saturating_sub(now.since(failed.last))
    }

    fn count(&mut self, key: K, now: UnixMillis) {
        if self.0.len() >= ENTRIES_MAX && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        let before =
            self.0.get(&key).filter(|failed| now.since(failed.last) < QUIET_MS).map_or(0, |f| f.times);
        self.0.insert(key, Failed { times: before.saturating_add(1), last: now });
    }

    fn uncount(&mut self, key: &K) {
        if let Some(failed) = self.0.get_mut(key) {
            failed.times -= 1;
            if failed.times == 0 {
                self.0.remove(key);
            }
        }
    }

    /// Forgets the quiet ones, and of the others those with the fewest failures: half a map at least is free then, so that
    /// this is seldom done.
    fn make_room(&mut self, now: UnixMillis) {
        self.0.retain(|_, failed| now.since(failed.last) < QUIET_MS);
        let over = self.0.len().saturating_sub(ENTRIES_MAX / 2);
        let mut by_weight: Vec<(u32, UnixMillis, K)> =
            self.0.iter().map(|(key, failed)| (failed.times, failed.last, key.clone())).collect();
        by_weight.sort_unstable();
        for (_, _, key) in by_weight.into_iter().take(over) {
            self.0.remove(&key);
        }
    }
}

fn delay_ms(times: u32) -> u64 {
    match times.checked_sub(FREE_FAILURES) {
        None | Some(0) => 0,
        Some(over) => {
            FIRST_DELAY_MS.checked_shl((over - 1).min(20)).unwrap_or(DELAY_MS_MAX).min(DELAY_MS_MAX)
        }
    }
}

/// As accounts are told apart, and no longer than a name can be.
fn folded(name: &str) -> String {
    name.chars().take(64).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const START: UnixMillis = UnixMillis(1_000_000_000);

    fn at(n: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(10, 0, 0, n))
    }

    #[test]
    fn five_failures_are_free_and_then_the_delay_doubles_up_to_a_quarter_of_an_hour() {
        let mut throttle = Throttle::default();
        let mut now = START;
        let mut delays = Vec::new();
        for _ in 0..18 {
            throttle.failed("ana", at(1), now);
            let delay = throttle.check("ana", at(1), now).err().unwrap_or(0);
            delays.push(delay / 1_000);
            now = now.plus(delay);
            assert_eq!(throttle.check("ana", at(1), now), Ok(()), "never for good");
        }
        assert_eq!(delays, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
    }

    #[test]
    fn a_name_is_slowed_down_from_wherever_it_is_guessed() {
        let mut throttle = Throttle::default();
        for n in 1..=6 {
            throttle.failed("ana", at(n), START);
        }
        assert_eq!(throttle.check("ANA", at(99), START), Err(1_000));
        assert_eq!(throttle.check("ben", at(99), START), Ok(()));
    }

    #[test]
    fn an_address_is_slowed_down_whatever_it_guesses_even_with_an_own_account() {
        let mut throttle = Throttle::default();
        for n in 0..6 {
            throttle.failed(&format!("user{n}"), at(1), START);
        }
        throttle.failed("mallory", at(1), START);
        throttle.succeeded("mallory", at(1));
        assert_eq!(throttle.check("ana", at(1), START), Err(1_000));
        assert_eq!(throttle.check("ana", at(2), START), Ok(()));
    }

    #[test]
    fn success_forgets_the_name() {
        let mut throttle = Throttle::default();
        for n in 1..=6 {
            throttle.failed("ana", at(n), START);
        }
        throttle.succeeded("ana", at(6));
        assert_eq!(throttle.check("ana", at(6), START), Ok(()));
    }

    #[test]
    fn an_hour_of_quiet_forgets_all() {
        let mut throttle = Throttle::default();
        for _ in 0..50 {
            throttle.failed("ana", at(1), START);
        }
        throttle.failed("ana", at(1), START.plus(QUIET_MS));
        assert_eq!(throttle.check("ana", at(1), START.plus(QUIET_MS)), Ok(()), "counted afresh");
    }

    #[test]
    fn memory_is_bounded_and_the_worst_are_kept() {
        let mut throttle = Throttle::default();
        for _ in 0..12 {
            throttle.failed("ana", at(1), START);
        }
        for n in 0..2 * ENTRIES_MAX {
            throttle.failed(&format!("user{n}"), at(2), START.plus(1));
            assert!(throttle.names.0.len() <= ENTRIES_MAX);
        }
        assert!(throttle.check("ana", at(3), START).is_err(), "flooding with names washes none clean");
    }
}
