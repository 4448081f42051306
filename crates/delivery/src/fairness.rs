//! Fair shares of sending: token buckets by device, account, address and room. Pure; time is handed in.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use securechat_ids::{DeviceId, RoomId, UnixMillis, UserId};
use serde::{Deserialize, Serialize};

use crate::Asker;
use crate::address::network;

/// One kind of bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// What a full bucket holds.
    pub burst: u32,
    /// What flows in each second.
    pub per_second: u32,
}

/// The four kinds of bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    /// Each device.
    pub device: Rate,
    /// Each account, over all its devices.
    pub account: Rate,
    /// Each address (IPv6: each /64), over all its accounts.
    pub address: Rate,
    /// Each room, over all who send there.
    pub room: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            device: Rate { burst: 60, per_second: 10 },
            account: Rate { burst: 100, per_second: 20 },
            address: Rate { burst: 400, per_second: 100 },
            room: Rate { burst: 200, per_second: 50 },
        }
    }
}

/// All buckets. Lives beside the sessions, so that reconnecting fills none.
pub struct Limiter {
    rates: Rates,
    devices: Buckets<DeviceId>,
    accounts: Buckets<UserId>,
    addresses: Buckets<IpAddr>,
    rooms: Buckets<RoomId>,
}

/// Most buckets of one kind; full ones are forgotten first, for a full bucket is a new one.
const BUCKETS_MAX: usize = 65_536;

/// A bucket holds thousandths of a token, so that a millisecond at one a second is one.
const TOKEN: u64 = 1_000;

#[derive(Clone, Copy)]
struct Bucket {
    level: u64,
    at: UnixMillis,
}

struct Buckets<K> {
    rate: Rate,
    filled: BTreeMap<K, Bucket>,
}

impl Limiter {
    /// Full buckets.
    pub fn new(rates: Rates) -> Self {
        Self {
            rates,
            devices: Buckets::new(rates.device),
            accounts: Buckets::new(rates.account),
            addresses: Buckets::new(rates.address),
            rooms: Buckets::new(rates.room),
        }
    }

    /// The rates.
    pub fn rates(&self) -> &Rates {
        &self.rates
    }

    /// Takes one token from each of the four buckets, or none from any.
    ///
    /// # Errors
    /// Milliseconds until all four have one.
    pub fn take(&mut self, asker: &Asker, address: IpAddr, room: RoomId, now: UnixMillis) -> Result<(), u64> {
        let address = network(address);
        let waits = [
            self.devices.wait_ms(&asker.device, now),
            self.accounts.wait_ms(&asker.user, now),
            self.addresses.wait_ms(&address, now),
            self.rooms.wait_ms(&room, now),
        ];
        match waits.into_iter().max() {
            Some(wait) if wait > 0 => Err(wait),
            Some(_) | None => {
                self.devices.take(asker.device, now);
                self.accounts.take(asker.user, now);
                self.addresses.take(address, now);
                self.rooms.take(room, now);
                Ok(())
            }
        }
    }
}

impl<K: Ord + Clone> Buckets<K> {
    fn new(rate: Rate) -> Self {
        Self { rate, filled: BTreeMap::new() }
    }

    fn burst(&self) -> u64 {
        u64::from(self.rate.burst.max(1)) * TOKEN
    }

    /// What flows in per millisecond, in thousandths: the same number as tokens per second.
    fn flow(&self) -> u64 {
        u64::from(self.rate.per_second.max(1))
    }

    fn level(&self, key: &K, now: UnixMillis) -> u64 {
        self.filled.get(key).map_or(self.burst(), |bucket| {
            bucket.level.saturating_add(now.since(bucket.at).saturating_mul(self.flow())).min(self.burst())
        })
    }

    fn wait_ms(&self, key: &K, now: UnixMillis) -> u64 {
        TOKEN.saturating_sub(self.level(key, now)).div_ceil(self.flow())
    }

    fn take(&mut self, key: K, now: UnixMillis) {
        let level = self.level(&key, now).saturating_sub(TOKEN);
        if self.filled.len() >= BUCKETS_MAX && !self.filled.contains_key(&key) {
            self.make_room(now);
        }
        self.filled.insert(key, Bucket { level, at: now });
    }

    /// Forgets full buckets, and of the others the fuller ones, whose owners gain least by it: half a map at least is free
    /// then, so that this is seldom done.
    fn make_room(&mut self, now: UnixMillis) {
        let full = self.burst();
        let mut kept: Vec<(u64, K)> = Vec::new();
        for key in self.filled.keys() {
            let level = self.level(key, now);
            if level < full {
                kept.push((level, key.clone()));
            }
        }
        kept.sort_unstable();
        kept.truncate(BUCKETS_MAX / 2);
        let kept: BTreeSet<K> = kept.into_iter().map(|(_, key)| key).collect();
        self.filled.retain(|key, _| kept.contains(key));
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use securechat_proto::http::Role;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const START: UnixMillis = UnixMillis(1_000_000);

    fn asker(user: u8, device: u8) -> Asker {
        let (user, device) = (UserId::from_bytes([user; 16]), DeviceId::from_bytes([device; 16]));
        Asker { user, device, role: Role::Member }
    }

    fn room(n: u8) -> RoomId {
        RoomId::from_bytes([n; 16])
    }

    fn taken(limiter: &mut Limiter, asker: &Asker, address: IpAddr, room: RoomId, now: UnixMillis) -> u32 {
        (0..).take_while(|_| limiter.take(asker, address, room, now).is_ok()).count().try_into().expect("few")
    }

    #[test]
    fn a_device_has_its_burst_and_then_its_rate() {
        let mut limiter = Limiter::new(Rates::default());
        let ana = asker(1, 1);
        assert_eq!(taken(&mut limiter, &ana, HERE, room(1), START), 60);
        assert_eq!(limiter.take(&ana, HERE, room(1), START), Err(100));
        assert_eq!(limiter.take(&ana, HERE, room(1), START.plus(99)), Err(1));
        assert_eq!(limiter.take(&ana, HERE, room(1), START.plus(100)), Ok(()));
        assert_eq!(taken(&mut limiter, &ana, HERE, room(1), START.plus(1_100)), 10);
        assert_eq!(
            taken(&mut limiter, &ana, HERE, room(1), START.plus(3_600_000)),
            60,
            "never above the burst"
        );
    }

    #[test]
    fn an_account_has_no_more_for_having_many_devices() {
        let mut limiter = Limiter::new(Rates::default());
        let sum: u32 = (1..=8).map(|n| taken(&mut limiter, &asker(1, n), HERE, room(n), START)).sum();
        assert_eq!(sum, 100);
    }

    #[test]
    fn an_address_and_a_room_have_bounds_of_their_own() {
        let mut limiter = Limiter::new(Rates::default());
        let by_address: u32 = (1..=20).map(|n| taken(&mut limiter, &asker(n, n), HERE, room(n), START)).sum();
        assert_eq!(by_address, 400);
        let mut limiter = Limiter::new(Rates::default());
        let there = |n: u8| IpAddr::V4(Ipv4Addr::new(10, 0, 0, n));
        let in_room: u32 =
            (1..=20).map(|n| taken(&mut limiter, &asker(n, n), there(n), room(1), START)).sum();
        assert_eq!(in_room, 200);
    }

    #[test]
    fn who_is_refused_by_one_bucket_takes_from_none() {
        let mut limiter = Limiter::new(Rates::default());
        let ana = asker(1, 1);
        assert_eq!(taken(&mut limiter, &ana, HERE, room(1), START), 60);
        for _ in 0..1_000 {
            assert!(limiter.take(&ana, HERE, room(1), START).is_err());
        }
        assert_eq!(taken(&mut limiter, &asker(1, 2), HERE, room(1), START), 40, "the account's rest");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let mut limiter = Limiter::new(Rates::default());
        let there = |n: u16| IpAddr::V6([0x2001, 0xdb8, 1, 2, 3, 4, 5, n].into());
        let sum: u32 =
            (1..=20).map(|n| taken(&mut limiter, &asker(n, n), there(n.into()), room(n), START)).sum();
        assert_eq!(sum, 400);
        let mapped = IpAddr::V6(Ipv4Addr::LOCALHOST.to_ipv6_mapped());
        assert_eq!(network(mapped), HERE);
    }

    #[test]
    fn a_clock_that_goes_back_fills_nothing_and_breaks_nothing() {
        let mut limiter = Limiter::new(Rates::default());
        let ana = asker(1, 1);
        taken(&mut limiter, &ana, HERE, room(1), START);
        assert_eq!(limiter.take(&ana, HERE, room(1), UnixMillis(0)), Err(100));
    }

    #[test]
    fn buckets_are_bounded_and_the_emptiest_are_kept() {
        let mut buckets = Buckets::new(Rate { burst: 5, per_second: 1 });
        for _ in 0..5 {
            buckets.take(u64::MAX, START);
        }
        for n in 0..3 * BUCKETS_MAX as u64 {
            buckets.take(n, START);
            assert!(buckets.filled.len() <= BUCKETS_MAX);
        }
        assert_eq!(buckets.wait_ms(&u64::MAX, START), 1_000, "flooding with others fills no empty bucket");
        buckets.make_room(START.plus(10_000));
        assert!(buckets.filled.is_empty(), "full buckets are forgotten");
    }
}
