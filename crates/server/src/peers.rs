//! Who is connected from where: caps on connections, and knowing when all have gone.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::config::Connections;

/// Counts connections.
pub(crate) struct Peers {
    max: usize,
    per_address_max: usize,
    counts: Mutex<Counts>,
    left: Notify,
}

#[derive(Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One connection's place; given back when it is dropped.
pub(crate) struct Admission {
    peers: Arc<Peers>,
    address: IpAddr,
}

/// Who is at the other end; its place is held while this lives.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    _admission: Arc<Admission>,
}

impl Peer {
    pub(crate) fn new(address: SocketAddr, admission: Admission) -> Self {
        Self { address, _admission: Arc::new(admission) }
    }
}

impl Peers {
    pub(crate) fn new(options: &Connections) -> Arc<Self> {
        Arc::new(Self {
            max: options.max,
            per_address_max: options.per_address_max,
            counts: Mutex::default(),
            left: Notify::new(),
        })
    }

    /// A place for a connection; `None` when there is none left, over all or for this address.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Admission> {
        let address = network(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = counts.by_address.get(&address).copied().unwrap_or(0);
        if counts.all >= self.max || (!address.is_loopback() && of_address >= self.per_address_max) {
            return None;
        }
        counts.all += 1;
        counts.by_address.insert(address, of_address + 1);
        Some(Admission { peers: Arc::clone(self), address })
    }

    /// How many are connected.
    pub(crate) fn count(&self) -> usize {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).all
    }

    /// Waits until nobody is connected.
    pub(crate) async fn gone(&self) {
        loop {
            let left = self.left.notified();
            if self.count() == 0 {
                return;
            }
            left.await;
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut counts = self.peers.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        if let Some(of_address) = counts.by_address.get_mut(&self.address) {
            *of_address -= 1;
            if *of_address == 0 {
                counts.by_address.remove(&self.address);
            }
        }
        if counts.all == 0 {
            self.peers.left.notify_waiters();
        }
    }
}

/// One household or office has many IPv6 addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        canonical => canonical,
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_has_its_cap_and_gives_places_back() {
        let peers = Peers::new(&Connections { max: 10, per_address_max: 1 });
        let first = peers.admit(ip("2001:db8::1"));
        assert!(first.is_some());
        assert!(peers.admit(ip("2001:db8::2")).is_none(), "same /64");
        assert!(peers.admit(ip("2001:db8:0:1::1")).is_some());
        assert_eq!(peers.count(), 1);
        drop(first);
        assert!(peers.admit(ip("2001:db8::2")).is_some());
    }

    #[test]
    fn loopback_has_only_the_cap_over_all() {
        let peers = Peers::new(&Connections { max: 3, per_address_max: 1 });
        let admitted: Vec<_> = ["127.0.0.1", "::1", "::ffff:127.0.0.1"].map(|a| peers.admit(ip(a))).into();
        assert!(admitted.iter().all(Option::is_some));
        assert!(peers.admit(ip("127.0.0.1")).is_none());
    }

    #[tokio::test]
    async fn gone_is_when_the_last_has_left() {
        let peers = Peers::new(&Connections::default());
        peers.gone().await;
        let (one, two) = (peers.admit(ip("10.0.0.1")).unwrap(), peers.admit(ip("10.0.0.2")).unwrap());
        let mut gone = std::pin::pin!(peers.gone());
        let mut waits = || gone.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
        assert!(waits());
        drop(one);
        assert!(waits());
        drop(two);
        gone.await;
    }
}
