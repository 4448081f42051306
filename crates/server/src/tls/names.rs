//! What this machine is called: the names and addresses that clients may know it by.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Names and addresses of this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) dns: BTreeSet<String>,
    pub(crate) ips: BTreeSet<IpAddr>,
}

impl Names {
    /// What can be found out, and what the configuration adds.
    pub(crate) fn detect(listen: &[SocketAddr], extra: &[String]) -> Self {
        let uname = rustix::system::uname();
        let mut names = Self::of_host(&uname.nodename().to_string_lossy());
        names.ips.extend(primary_addresses());
        names.ips.extend(
            listen.iter().map(|address| address.ip().to_canonical()).filter(|ip| !ip.is_unspecified()),
        );
        for name in extra {
            match name.trim_matches(['[', ']']).parse::<IpAddr>() {
                Ok(ip) => {
                    names.ips.insert(ip);
                }
                Err(_) => names.dns.extend(dns_name(name)),
            }
        }
        names
    }

    fn of_host(host: &str) -> Self {
        let mut dns = BTreeSet::from(["localhost".to_owned()]);
        if let Some(host) = dns_name(host) {
            let short = host.split('.').next().unwrap_or(&host).to_owned();
            if short != "localhost" {
                dns.insert(format!("{short}.local"));
                dns.insert(short);
                dns.insert(host);
            }
        }
        Self { dns, ips: BTreeSet::from([Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]) }
    }
}

/// A name as certificates have it, if it can be one.
fn dns_name(name: &str) -> Option<String> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    (name.len() <= 253 && name.split('.').all(label)).then_some(name)
}

/// The addresses that this machine would use to reach others. Nothing is sent to find out: connecting a datagram socket
/// only asks the routing table.
pub(crate) fn primary_addresses() -> Vec<IpAddr> {
    // TEST-NET-1 and the IPv6 documentation prefix: routed like any foreign address, owned by nobody.
    let ways: [(SocketAddr, SocketAddr); 2] = [
        ((Ipv4Addr::UNSPECIFIED, 0).into(), (Ipv4Addr::new(192, 0, 2, 1), 9).into()),
        ((Ipv6Addr::UNSPECIFIED, 0).into(), (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9).into()),
    ];
    let found = ways.into_iter().filter_map(|(from, to)| {
        let socket = UdpSocket::bind(from).ok()?;
        socket.connect(to).ok()?;
        Some(socket.local_addr().ok()?.ip())
    });
    found.filter(|ip| !ip.is_loopback() && !ip.is_unspecified()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_by_its_short_long_and_local_name() {
        let names = Names::of_host("Office-PC.example.org");
        let all: Vec<&str> = names.dns.iter().map(String::as_str).collect();
        assert_eq!(all, ["localhost", "office-pc", "office-pc.example.org", "office-pc.local"]);
    }

    #[test]
    fn a_host_with_an_impossible_name_is_localhost_only() {
        for host in ["", "-x", "a_b", "ä", "a..b"] {
            assert_eq!(Names::of_host(host).dns.len(), 1, "{host}");
        }
    }

    #[test]
    fn configured_names_and_listened_addresses_are_added() {
        let listen = ["192.168.7.7:1".parse().unwrap(), "0.0.0.0:1".parse().unwrap()];
        let names = Names::detect(&listen, &["Chat.Example".into(), "[fd00::1]".into()]);
        assert!(names.dns.contains("chat.example"));
        assert!(names.ips.contains(&"fd00::1".parse().unwrap()));
        assert!(names.ips.contains(&listen[0].ip()));
        assert!(!names.ips.contains(&listen[1].ip()));
    }
}
