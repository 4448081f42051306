//! The sessions themselves: connecting, coming in, and what each has on its way.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use rustls::{ClientConfig, ClientConnection};
use rustls_pki_types::ServerName;

use super::speech::{Entry, Heard, Speech, Stamp};
use crate::clock;
use crate::wire::{BINARY, Line, PING, PONG, SCRATCH_BYTES, client, client_frame, take_frame};

/// Connections that are made at once.
const AT_ONCE: usize = 64;
/// Longest wait for something that must come.
const PATIENCE: Duration = Duration::from_secs(60);
/// Addresses of loopback that connections come from, so that none runs out of ports.
const SOURCES: usize = 8;

/// Many sessions at one server.
pub(crate) struct Swarm {
    pub(super) speech: Speech,
    address: SocketAddrV4,
    tls: Arc<ClientConfig>,
    epoll: OwnedFd,
    members: Vec<Member>,
    scratch: Vec<u8>,
    begun: Instant,
    next_id: u64,
}

struct Member {
    line: Line,
    entry: Entry,
    stage: Stage,
}

/// How far a member has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Handshake,
    Upgrade,
    Greeting,
    In,
}

/// What a member was told.
#[expect(clippy::large_enum_variant, reason = "one at a time, and gone before the next")]
pub(super) enum Told {
    CameIn,
    Heard(usize, Heard),
}

impl Swarm {
    pub(crate) fn new(speech: Speech, address: SocketAddr) -> Result<Self> {
        let SocketAddr::V4(address) = address else { bail!("the bench speaks IPv4") };
        Ok(Self {
            speech,
            address,
            tls: client()?,
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            members: Vec::new(),
            scratch: vec![0; SCRATCH_BYTES],
            begun: clock::now(),
            next_id: 1,
        })
    }

    /// How many sessions there are.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// Ends the sessions after the first `len`.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.members.truncate(len);
    }

    /// Brings members in, a few at once, and waits until all are.
    pub(crate) fn enter(&mut self, entries: &[Entry]) -> Result<()> {
        let (mut waiting, mut rest) = (0, entries.iter());
        let begun = clock::now();
        loop {
            while waiting < AT_ONCE
                && let Some(entry) = rest.next()
            {
                self.open(entry.clone())?;
                waiting += 1;
            }
            if waiting == 0 {
                return Ok(());
            }
            ensure!(begun.elapsed() < 5 * PATIENCE, "{waiting} members do not come in");
            self.look(Duration::from_secs(1), |_, told| {
                waiting -= usize::from(matches!(told, Told::CameIn));
                Ok(())
            })?;
        }
    }

    fn open(&mut self, entry: Entry) -> Result<()> {
        let number = self.members.len();
        let from = Ipv4Addr::new(127, 0, 0, 2 + u8::try_from(number % SOURCES)?);
        let stream = connected(from, self.address)?;
        let name = ServerName::from(std::net::IpAddr::V4(*self.address.ip()));
        let tls = ClientConnection::new(Arc::clone(&self.tls), name)?;
        let mut line = Line::new(stream, tls)?;
        let data = epoll::EventData::new_u64(number as u64);
        epoll::add(&self.epoll, &line.socket, data, epoll::EventFlags::IN)?;
        line.flush(&self.epoll, number)?;
        self.members.push(Member { line, entry, stage: Stage::Handshake });
        Ok(())
    }

    /// Waits for whatever comes, at most so long, and tells of it.
    pub(super) fn look(
        &mut self,
        at_most: Duration,
        mut tell: impl FnMut(&mut Self, Told) -> Result<()>,
    ) -> Result<()> {
        let wait = Timespec::try_from(at_most)?;
        let mut events: Vec<epoll::Event> = Vec::with_capacity(1_024);
        epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&wait))?;
        let mut told = Vec::new();
        for event in &events {
            let number = usize::try_from(event.data.u64())?;
            // Ended since.
            if number >= self.members.len() {
                continue;
            }
            self.hear(number, &mut told).with_context(|| format!("member {number}"))?;
            for told in told.drain(..) {
                tell(self, told)?;
            }
        }
        Ok(())
    }

    fn hear(&mut self, number: usize, told: &mut Vec<Told>) -> Result<()> {
        let member = &mut self.members[number];
        ensure!(member.line.read(&mut self.scratch)?, "the server has closed the connection");
        member.go_on(self.speech, self.address)?;
        if member.stage == Stage::Greeting || member.stage == Stage::In {
            member.take(self.speech, number, told)?;
        }
        Ok(member.line.flush(&self.epoll, number)?)
    }

    /// The token that a member came in with.
    pub(super) fn token(&self, member: usize) -> &str {
        &self.members[member].entry.token
    }

    /// Sends a message; it comes back with the time that is now.
    pub(super) fn say(&mut self, member: usize, room: u16) -> Result<()> {
        let stamp = Stamp { ns: self.ns(), sender: u32::try_from(member)? };
        self.next_id += 1;
        let frame = self.speech.message(room, self.next_id, stamp);
        self.send(member, &frame)
    }

    pub(super) fn send(&mut self, member: usize, frame: &[u8]) -> Result<()> {
        let mut bytes = Vec::with_capacity(frame.len() + 14);
        client_frame(BINARY, frame, &mut bytes);
        let line = &mut self.members[member].line;
        line.send(&bytes)?;
        Ok(line.flush(&self.epoll, member)?)
    }

    /// Nanoseconds since this swarm began, for stamps.
    pub(super) fn ns(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl Member {
    /// Says what comes next on the way in.
    fn go_on(&mut self, speech: Speech, address: SocketAddrV4) -> Result<()> {
        if self.stage == Stage::Handshake && self.line.is_up() {
            self.stage = Stage::Upgrade;
            let upgrade = format!(
                "GET /ws HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            );
            self.line.send(upgrade.as_bytes())?;
        }
        if self.stage == Stage::Upgrade
            && let Some(end) = self.line.input.windows(4).position(|window| window == b"\r\n\r\n")
        {
            let answer = String::from_utf8_lossy(&self.line.input[..end]);
            ensure!(answer.starts_with("HTTP/1.1 101"), "no WebSocket: {answer}");
            self.line.input.drain(..end + 4);
            self.stage = Stage::Greeting;
            let mut bytes = Vec::new();
            client_frame(BINARY, &speech.greeting(&self.entry), &mut bytes);
            self.line.send(&bytes)?;
            if speech == Speech::Floor {
                self.line.input.splice(0..0, FLOOR_IN);
            }
        }
        Ok(())
    }

    fn take(&mut self, speech: Speech, number: usize, told: &mut Vec<Told>) -> Result<()> {
        let mut at = 0;
        while let Some(frame) = take_frame(&mut self.line.input, at) {
            at = frame.payload.end;
            let payload = &self.line.input[frame.payload];
            match frame.opcode {
                PING => {
                    let mut pong = Vec::new();
                    client_frame(PONG, payload, &mut pong);
                    self.line.send(&pong)?;
                }
                PONG if self.stage == Stage::Greeting => {
                    self.stage = Stage::In;
                    told.push(Told::CameIn);
                }
                BINARY => match speech.read(payload)? {
                    Heard::Answer(_) if self.stage == Stage::Greeting => {
                        self.stage = Stage::In;
                        told.push(Told::CameIn);
                    }
                    Heard::Else => {}
                    heard => told.push(Told::Heard(number, heard)),
                },
                _ => {}
            }
        }
        self.line.input.drain(..at);
        Ok(())
    }
}

/// The floor answers no greeting; a frame that it did not send stands for its answer.
const FLOOR_IN: [u8; 2] = [0x80 | PONG, 0];

/// A TCP connection from one of loopback's addresses.
pub(crate) fn connected(from: Ipv4Addr, to: SocketAddrV4) -> Result<TcpStream> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddrV4::new(from, 0))?;
    connect(&socket, &to)?;
    Ok(socket.into())
}
