//! Which addresses count as one when somebody is slowed down.

use std::net::IpAddr;

/// An IPv4 address as it is, however it is written; of an IPv6 address its /64, for one household has that many.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into())
        }
    }
}
