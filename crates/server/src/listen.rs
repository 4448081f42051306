//! Binds the listening sockets, and says in one sentence why one cannot be had.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use securechat_proto::PORT;
use tokio::net::{TcpListener, TcpSocket};

/// Connections that the system holds until they are accepted: a team that reconnects at once fits.
const BACKLOG: u32 = 4_096;

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program has the port.
    #[error("port {} on {} is already in use: stop the other program, or choose another with --listen ADDR:PORT", .0.port(), .0.ip())]
    PortTaken(SocketAddr),
    /// Ports under 1024 are the system's.
    #[error("this user may not listen on port {}: choose one above 1023 with --listen ADDR:PORT", .0.port())]
    NotAllowed(SocketAddr),
    /// The address is not this machine's.
    #[error("{} is not an address of this machine", .0.ip())]
    NotHere(SocketAddr),
    /// Anything else.
    #[error("cannot listen on {address}: {error}")]
    Io {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
}

/// Listens on these addresses; on none given, on the usual port of all IPv4 addresses, and of IPv6 where there is any.
pub(crate) fn listen(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, ListenError> {
    if !addresses.is_empty() {
        return addresses.iter().map(|address| bind(*address)).collect();
    }
    let mut listeners = vec![bind((Ipv4Addr::UNSPECIFIED, PORT).into())?];
    match bind((Ipv6Addr::UNSPECIFIED, PORT).into()) {
        Ok(listener) => listeners.push(listener),
        Err(taken @ ListenError::PortTaken(_)) => return Err(taken),
        Err(error) => tracing::info!(%error, "not listening on IPv6"),
    }
    Ok(listeners)
}

fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    let bound = || -> io::Result<TcpListener> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if address.is_ipv6() {
            // IPv4 has a socket of its own.
            rustix::net::sockopt::set_ipv6_v6only(&socket, true)?;
        }
        // A restarted server need not wait for the last one's connections to be forgotten.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bound().map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => ListenError::PortTaken(address),
        io::ErrorKind::PermissionDenied => ListenError::NotAllowed(address),
        io::ErrorKind::AddrNotAvailable => ListenError::NotHere(address),
        _ => ListenError::Io { address, error },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_said_in_one_sentence() {
        let first = listen(&["127.0.0.1:0".parse().unwrap()]).unwrap();
        let taken = first[0].local_addr().unwrap();
        let refused = listen(&[taken]).unwrap_err();
        assert!(matches!(refused, ListenError::PortTaken(_)));
        let said = refused.to_string();
        assert!(said.contains(&taken.port().to_string()) && said.contains("--listen"), "{said}");
    }
}
