//! One TLS connection that is never waited for: bytes that came are taken, bytes that do not fit wait.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustls::Connection;

/// Room for what one look at a socket brings: more than four records.
pub(crate) const SCRATCH_BYTES: usize = 64 * 1024;

/// A connection with what came in and was not taken yet.
pub(crate) struct Line {
    pub(crate) socket: TcpStream,
    tls: Connection,
    /// Cleartext that came.
    pub(crate) input: Vec<u8>,
    /// Whether the socket is watched for room.
    full: bool,
}

impl Line {
    /// A socket that does not block, and its side of TLS.
    pub(crate) fn new(socket: TcpStream, tls: impl Into<Connection>) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        // Small frames must not wait for each other's acknowledgements.
        socket.set_nodelay(true)?;
        let mut tls = tls.into();
        tls.set_buffer_limit(None);
        Ok(Self { socket, tls, input: Vec::new(), full: false })
    }

    /// Takes what one read brings; `false` when the other side has closed. A socket with more is readable still.
    pub(crate) fn read(&mut self, scratch: &mut [u8]) -> io::Result<bool> {
        let read = match self.socket.read(scratch) {
            Ok(0) => return Ok(false),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
            Err(error) => return Err(error),
        };
        let mut rest = &scratch[..read];
        while !rest.is_empty() {
            self.tls.read_tls(&mut rest)?;
            let state = self.tls.process_new_packets().map_err(io::Error::other)?;
            let bytes = state.plaintext_bytes_to_read();
            if bytes > 0 {
                let end = self.input.len();
                self.input.resize(end + bytes, 0);
                self.tls.reader().read_exact(&mut self.input[end..])?;
            }
        }
        Ok(true)
    }

    /// Whether both sides know each other.
    pub(crate) fn is_up(&self) -> bool {
        !self.tls.is_handshaking()
    }

    /// Puts bytes on the way: one record, if they fit one.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.tls.writer().write_all(bytes)
    }

    /// Writes what the socket takes, and has it watched for room as long as something is left. `number` is what it is watched by.
    pub(crate) fn flush(&mut self, epoll: &OwnedFd, number: usize) -> io::Result<()> {
        let empty = self.write()?;
        if empty == self.full {
            self.full = !empty;
            let flags = if empty { EventFlags::IN } else { EventFlags::IN | EventFlags::OUT };
            epoll::modify(epoll, &self.socket, EventData::new_u64(number as u64), flags)?;
        }
        Ok(())
    }

    fn write(&mut self) -> io::Result<bool> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut self.socket) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}
