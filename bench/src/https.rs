//! One HTTP request over a TLS connection of its own, for those who can wait.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};

use anyhow::{Context as _, Result, ensure};
use rustls::{ClientConnection, StreamOwned};
use rustls_pki_types::ServerName;
use serde::Serialize;

use crate::swarm::connected;
use crate::wire::client;

/// Posts JSON and gives the answer's body.
///
/// # Errors
/// Any other status than 200.
pub(crate) fn post(from: Ipv4Addr, to: SocketAddrV4, path: &str, body: &impl Serialize) -> Result<Vec<u8>> {
    let name = ServerName::from(IpAddr::V4(*to.ip()));
    let mut stream = StreamOwned::new(ClientConnection::new(client()?, name)?, connected(from, to)?);
    let body = serde_json::to_vec(body)?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").context("no answer")?;
    let status = String::from_utf8_lossy(&answer[..end]).lines().next().unwrap_or_default().to_owned();
    ensure!(status.contains(" 200 "), "{path}: {status} {}", String::from_utf8_lossy(&answer[end..]));
    Ok(answer.split_off(end + 4))
}
