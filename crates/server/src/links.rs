//! Addresses and links as people get them.

use std::net::{IpAddr, SocketAddr};

use securechat_proto::http::Secret;

use crate::folder::{self, Folder, FolderError};

/// Where the server can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Addresses {
    /// All, the nearest first.
    pub(crate) listening: Vec<String>,
    /// For those elsewhere.
    pub(crate) public: String,
}

impl Addresses {
    /// Of sockets bound to these addresses. `primary` are the machine's own on its networks.
    pub(crate) fn of(bound: &[SocketAddr], primary: &[IpAddr], public_host: Option<&str>) -> Self {
        let mut hosts: Vec<(String, u16, bool)> = Vec::new();
        let mut add = |host: String, port: u16, far: bool| {
            if !hosts.iter().any(|(known, at, _)| *known == host && *at == port) {
                hosts.push((host, port, far));
            }
        };
        for address in bound.iter().filter(|address| address.ip().is_unspecified()) {
            add("localhost".into(), address.port(), false);
        }
        for address in bound {
            if address.ip().is_unspecified() {
                for ip in primary.iter().filter(|ip| ip.is_ipv4() == address.is_ipv4()) {
                    add(host_of(*ip), address.port(), true);
                }
            } else {
                add(host_of(address.ip()), address.port(), !address.ip().is_loopback());
            }
        }
        let url = |(host, port, _): &(String, u16, bool)| format!("https://{host}:{port}");
        let port = bound.first().map_or(securechat_proto::PORT, SocketAddr::port);
        let public = match public_host {
            Some(host) => format!("https://{}", with_port(host, port)),
            None => hosts.iter().find(|(_, _, far)| *far).or(hosts.first()).map(url).unwrap_or_default(),
        };
        Self { listening: hosts.iter().map(url).collect(), public }
    }
}

/// A configured host, with the port listened on unless it names its own.
fn with_port(host: &str, port: u16) -> String {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return format!("{}:{port}", host_of(ip));
    }
    if bare_host(host) == host { format!("{host}:{port}") } else { host.to_owned() }
}

/// A configured host without a port.
pub(crate) fn bare_host(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((before, port))
            if port.parse::<u16>().is_ok() && (!before.contains(':') || before.ends_with(']')) =>
        {
            before
        }
        _ => host,
    }
}

fn host_of(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

/// A link that lets somebody in. Code and pin stay in the fragment: no browser sends them.
pub(crate) fn invite_link(address: &str, code: &Secret, pin: &str) -> String {
    format!("{address}/i#{}.{pin}", code.0)
}

/// Keeps what links need for the tools on this machine: the public address and the pin, a line each.
pub(crate) fn keep_public(folder: &Folder, address: &str, pin: &str) -> Result<(), FolderError> {
    folder::write_private(&folder.public_address(), format!("{address}\n{pin}\n").as_bytes())
}

/// The public address and the pin that a server kept last.
pub(crate) fn kept_public(folder: &Folder) -> Result<Option<(String, String)>, FolderError> {
    let kept = folder::read(&folder.public_address())?.and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(kept.and_then(|text| {
        text.trim().split_once('\n').map(|(address, pin)| (address.to_owned(), pin.to_owned()))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bound: &[&str], primary: &[&str], public: Option<&str>) -> (Vec<String>, String) {
        let bound: Vec<SocketAddr> = bound.iter().map(|text| text.parse().unwrap()).collect();
        let primary: Vec<IpAddr> = primary.iter().map(|text| text.parse().unwrap()).collect();
        let addresses = Addresses::of(&bound, &primary, public);
        (addresses.listening, addresses.public)
    }

    #[test]
    fn everywhere_means_this_computer_first_and_the_network_for_invites() {
        let (listening, public) = of(&["0.0.0.0:8765", "[::]:8765"], &["192.168.1.20", "2001:db8::5"], None);
        assert_eq!(
            listening,
            ["https://localhost:8765", "https://192.168.1.20:8765", "https://[2001:db8::5]:8765"]
        );
        assert_eq!(public, "https://192.168.1.20:8765");
    }

    #[test]
    fn on_loopback_only_links_use_loopback() {
        let (listening, public) = of(&["127.0.0.1:9000"], &["192.168.1.20"], None);
        assert_eq!(listening, ["https://127.0.0.1:9000"]);
        assert_eq!(public, listening[0]);
        assert_eq!(of(&["0.0.0.0:9000"], &[], None).1, "https://localhost:9000");
    }

    #[test]
    fn a_configured_host_goes_into_invites_with_the_port_unless_it_has_one() {
        for (host, public) in [
            ("chat.example", "https://chat.example:9000"),
            ("chat.example:443", "https://chat.example:443"),
            ("fd00::1", "https://[fd00::1]:9000"),
            ("[fd00::1]:443", "https://[fd00::1]:443"),
        ] {
            assert_eq!(of(&["0.0.0.0:9000"], &[], Some(host)).1, public);
        }
    }

    #[test]
    fn a_link_is_short_enough_for_a_small_qr_code() {
        let link = invite_link("https://192.168.100.200:8765", &Secret("x".repeat(22)), &"y".repeat(22));
        assert_eq!(link, format!("https://192.168.100.200:8765/i#{}.{}", "x".repeat(22), "y".repeat(22)));
        assert!(link.len() <= 90, "{}", link.len());
    }
}
