//! Fair shares of sending: token buckets by device, account, address and room. Pure; time is handed in.

use std::collections::BTreeMap;
use std::net::IpAddr;

use securechat_ids::{DeviceId, RoomId, UnixMillis, UserId};
use serde::{Deserialize, Serialize};

use crate::Asker;

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

    /// Forgets full buckets; if there are none, the fuller half, whose owners gain least by it.
    fn make_room(&mut self, now: UnixMillis) {
        let levels: BTreeMap<K, u64> =
            self.filled.keys().map(|key| (key.clone(), self.level(key, now))).collect();
        let full = self.burst();
        self.filled.retain(|key, _| levels[key] < full);
        if self.filled.len() >= BUCKETS_MAX {
            let mut sorted: Vec<u64> = levels.values().copied().collect();
            sorted.sort_unstable();
            let median = sorted[sorted.len() / 2];
            self.filled.retain(|key, _| levels[key] < median);
            if self.filled.len() >= BUCKETS_MAX {
                self.filled.clear();
            }
        }
    }
}

/// One household or office has many IPv6 addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into())
        }
    }
}
