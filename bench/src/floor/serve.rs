//! The floor's loop: accept, read, hand on to the log, and write to members what the log has kept.

use std::io::{self, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use rustls::{ServerConfig, ServerConnection};

use super::log::{Log, Said};
use super::rooms::{Rooms, by_room};
use super::{JOIN, MESSAGE};
use crate::wire::{Line, SCRATCH_BYTES, server, take_frame};

const LISTENER: u64 = u64::MAX;
const LOG: u64 = u64::MAX - 1;

/// Serves until it is killed.
pub(crate) fn serve(file: &Path) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    // Over the standard library's 128, connections of a storm would wait for a second attempt.
    rustix::net::listen(&listener, 4_096)?;
    say(&format!("{}\n", listener.local_addr()?))?;
    let log = Log::open(file)?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let add = |fd: &dyn rustix::fd::AsFd, data| {
        epoll::add(&epoll, fd.as_fd(), epoll::EventData::new_u64(data), epoll::EventFlags::IN)
    };
    add(&listener, LISTENER)?;
    add(&log.rung, LOG)?;
    let mut floor = Floor {
        epoll: &epoll,
        tls: server()?,
        lines: Vec::new(),
        free: Vec::new(),
        rooms: Rooms::default(),
        scratch: vec![0; SCRATCH_BYTES],
    };
    let mut events = Vec::with_capacity(1_024);
    loop {
        events.clear();
        epoll::wait(&epoll, spare_capacity(&mut events), None)?;
        let mut said = Vec::new();
        for event in &events {
            match event.data.u64() {
                LISTENER => floor.accept(&listener)?,
                LOG => floor.tell(&log.take()),
                number => floor.hear(usize::try_from(number)?, &mut said),
            }
        }
        if !said.is_empty() {
            log.write(said);
        }
    }
}

#[expect(clippy::print_stdout, reason = "whoever started the floor waits for its address")]
fn say(text: &str) -> Result<()> {
    print!("{text}");
    io::stdout().flush().context("nobody listens")
}

struct Floor<'a> {
    epoll: &'a OwnedFd,
    tls: Arc<ServerConfig>,
    lines: Vec<Option<Member>>,
    free: Vec<usize>,
    rooms: Rooms,
    scratch: Vec<u8>,
}

struct Member {
    line: Line,
    /// Whether it speaks WebSocket by now.
    upgraded: bool,
}

impl Floor<'_> {
    fn accept(&mut self, listener: &TcpListener) -> Result<()> {
        while let Ok((socket, _)) = listener.accept() {
            let number = self.free.pop().unwrap_or_else(|| {
                self.lines.push(None);
                self.lines.len() - 1
            });
            let data = epoll::EventData::new_u64(number as u64);
            epoll::add(self.epoll, &socket, data, epoll::EventFlags::IN)?;
            let line = Line::new(socket, ServerConnection::new(Arc::clone(&self.tls))?)?;
            self.lines[number] = Some(Member { line, upgraded: false });
        }
        Ok(())
    }

    fn hear(&mut self, number: usize, said: &mut Vec<Said>) {
        let Some(member) = self.lines[number].as_mut() else { return };
        let alive = member.line.read(&mut self.scratch).unwrap_or(false)
            && member.take(number, &mut self.rooms, said).is_ok()
            && member.line.flush(self.epoll, number).is_ok();
        if !alive {
            self.lines[number] = None;
            self.free.push(number);
            self.rooms.leave_all(number);
        }
    }

    /// One record and one write for each member of each room.
    fn tell(&mut self, said: &[Said]) {
        for (room, bytes) in by_room(said) {
            for number in self.rooms.members(room) {
                let Some(member) = self.lines[*number].as_mut() else { continue };
                // Who is gone is found out when their socket is read.
                let _gone = member.line.send(&bytes);
                let _gone = member.line.flush(self.epoll, *number);
            }
        }
    }
}

impl Member {
    /// Takes the frames that came; an error ends the connection.
    fn take(&mut self, number: usize, rooms: &mut Rooms, said: &mut Vec<Said>) -> Result<()> {
        if !self.upgraded {
            if !self.line.input.ends_with(b"\r\n\r\n") {
                return Ok(());
            }
            self.upgraded = true;
            self.line.input = Vec::new();
            // The generator does not check the key's answer.
            return Ok(self.line.send(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            )?);
        }
        let mut at = 0;
        while let Some(frame) = take_frame(&mut self.line.input, at) {
            at = frame.payload.end;
            match self.line.input[frame.payload].split_first() {
                Some((&JOIN, numbers)) => numbers
                    .chunks_exact(2)
                    .for_each(|room| rooms.join(u16::from_be_bytes([room[0], room[1]]), number)),
                Some((&MESSAGE, [high, low, message @ ..])) => {
                    said.push((u16::from_be_bytes([*high, *low]), message.to_vec()));
                }
                _ => anyhow::bail!("nothing that a floor knows"),
            }
        }
        self.line.input.drain(..at);
        if self.line.input.is_empty() {
            self.line.input = Vec::new();
        }
        Ok(())
    }
}
