//! A TCP proxy that does to a connection what networks do: cuts it at a byte, stalls it, leaves it half open.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock;

const PIECE: usize = 16 * 1024;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toward {
    Server,
    Client,
}

/// What happens at a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Both sides are reset.
    Reset,
    /// Both sides see an orderly end.
    End,
    /// Nothing passes this way for so long, then everything goes on.
    Stall(Duration),
    /// What comes this way is swallowed, while the other way is open; after so long both sides are reset.
    HalfOpen(Duration),
}

/// One fault: strikes the first connection that has passed so many bytes this way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strike {
    pub(crate) toward: Toward,
    pub(crate) at: u64,
    pub(crate) act: Act,
}

/// A proxy before one server.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    armed: Mutex<Option<Strike>>,
    /// When the fault was over.
    healed: watch::Sender<Option<Instant>>,
}

impl Proxy {
    /// Listens on a port of its own and passes everything on.
    pub(crate) async fn start(server: u16) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared { armed: Mutex::default(), healed: watch::Sender::new(None) });
        let state = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, Arc::clone(&state)));
            }
        });
        Ok(Self { port, shared, accepting })
    }

    /// The next connection that comes so far is struck.
    pub(crate) fn arm(&self, strike: Strike) {
        self.shared.healed.send_replace(None);
        *self.armed() = Some(strike);
    }

    /// Takes back what has not struck; whether there was something to take back.
    pub(crate) fn disarm(&self) -> bool {
        self.armed().take().is_some()
    }

    /// Waits until the fault has struck and is over; `None` if that takes too long.
    pub(crate) async fn healed(&self, patience: Duration) -> Option<Instant> {
        let mut healed = self.shared.healed.subscribe();
        let over = tokio::time::timeout(patience, healed.wait_for(Option::is_some)).await;
        over.ok()?.ok()?.as_ref().copied()
    }

    fn armed(&self) -> std::sync::MutexGuard<'_, Option<Strike>> {
        self.shared.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    /// Takes the fault if it is for this way and strikes within the next `length` bytes after `passed`.
    fn take(&self, toward: Toward, passed: u64, length: usize) -> Option<Strike> {
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        armed.take_if(|strike| strike.toward == toward && strike.at <= passed + length as u64)
    }

    fn over(&self) {
        self.healed.send_replace(Some(clock::now()));
    }
}

/// How one way of a connection ended.
enum Ended {
    /// By itself.
    Here,
    /// By an order to end the whole connection.
    Struck(Act),
    /// Because the other way was struck.
    CalledOff,
}

async fn pass(client: TcpStream, server: u16, shared: Arc<Shared>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { return };
    // A proxy adds no waiting of its own.
    let _best_effort = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // A way that is struck calls the other off; both hand their halves back, for a reset needs whole sockets: a half that is
    // dropped says farewell first.
    let (calls_off, off) = watch::channel(false);
    let up = one_way((from_client, to_server), Toward::Server, &shared, &calls_off, off.clone());
    let down = one_way((from_server, to_client), Toward::Client, &shared, &calls_off, off);
    let (up, down) = tokio::join!(up, down);
    let struck = [&up, &down].into_iter().find_map(|(ended, ..)| match ended {
        Ended::Struck(act) => Some(*act),
        Ended::Here | Ended::CalledOff => None,
    });
    if let (Ok(client), Ok(server)) = (up.1.reunite(down.2), down.1.reunite(up.2)) {
        match struck {
            Some(Act::Reset | Act::HalfOpen(_)) => {
                let _best_effort = (client.set_zero_linger(), server.set_zero_linger());
            }
            Some(Act::End | Act::Stall(_)) | None => {}
        }
    }
    if struck.is_some() {
        shared.over();
    }
}

type Way = (Ended, OwnedReadHalf, OwnedWriteHalf);

async fn one_way(
    (mut from, mut to): (OwnedReadHalf, OwnedWriteHalf),
    toward: Toward,
    shared: &Shared,
    calls_off: &watch::Sender<bool>,
    mut off: watch::Receiver<bool>,
) -> Way {
    let ended = tokio::select! {
        ended = carry(&mut from, &mut to, toward, shared) => ended,
        _ = off.wait_for(|off| *off) => Ended::CalledOff,
    };
    if matches!(ended, Ended::Struck(_)) {
        calls_off.send_replace(true);
    }
    (ended, from, to)
}

async fn carry(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, toward: Toward, shared: &Shared) -> Ended {
    let mut piece = vec![0; PIECE];
    let mut passed = 0_u64;
    loop {
        let read = match from.read(&mut piece).await {
            Ok(read) if read > 0 => read,
            Ok(_) | Err(_) => {
                let _closed = to.shutdown().await;
                return Ended::Here;
            }
        };
        let mut rest = &piece[..read];
        if let Some(strike) = shared.take(toward, passed, read) {
            let before = usize::try_from(strike.at.saturating_sub(passed)).unwrap_or(usize::MAX).min(read);
            let _gone = to.write_all(&rest[..before]).await;
            match strike.act {
                Act::Reset | Act::End => return Ended::Struck(strike.act),
                Act::HalfOpen(time) => {
                    swallow(from, time).await;
                    return Ended::Struck(strike.act);
                }
                Act::Stall(time) => {
                    tokio::time::sleep(time).await;
                    shared.over();
                }
            }
            rest = &rest[before..];
            passed += before as u64;
        }
        if to.write_all(rest).await.is_err() {
            return Ended::Here;
        }
        passed += rest.len() as u64;
    }
}

/// Reads what comes and passes nothing on.
async fn swallow(from: &mut OwnedReadHalf, time: Duration) {
    let mut lost = vec![0; PIECE];
    let reading = async { while matches!(from.read(&mut lost).await, Ok(read) if read > 0) {} };
    let _over = tokio::time::timeout(time, reading).await;
    // Whoever hangs up early does not make the fault shorter for the other side.
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that says everything back.
    async fn echo() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = socket.split();
                    let _ended = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        port
    }

    async fn heard(proxy: &Proxy, said: &[u8]) -> io::Result<Vec<u8>> {
        let mut socket = TcpStream::connect(("127.0.0.1", proxy.port)).await?;
        socket.write_all(said).await?;
        socket.shutdown().await?;
        let mut back = Vec::new();
        socket.read_to_end(&mut back).await?;
        Ok(back)
    }

    #[tokio::test]
    async fn without_a_fault_everything_passes() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        let said = vec![7; 100_000];
        assert_eq!(heard(&proxy, &said).await.unwrap(), said);
    }

    #[tokio::test]
    async fn an_end_comes_at_exactly_its_byte_and_once() {
        for toward in [Toward::Server, Toward::Client] {
            let proxy = Proxy::start(echo().await).await.unwrap();
            proxy.arm(Strike { toward, at: 1_234, act: Act::End });
            let cut = heard(&proxy, &[7; 100_000]).await;
            // Bytes that the proxy had not read yet make the system reset a socket that is closed.
            assert!(cut.is_err() || cut.is_ok_and(|heard| heard.len() <= 1_234), "{toward:?}");
            assert!(proxy.healed(Duration::from_secs(5)).await.is_some());
            assert_eq!(heard(&proxy, &[7; 5_000]).await.unwrap().len(), 5_000);
            assert!(!proxy.disarm());
        }
    }

    #[tokio::test]
    async fn a_reset_is_an_error_and_a_stall_is_only_late() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        proxy.arm(Strike { toward: Toward::Client, at: 10, act: Act::Reset });
        assert!(heard(&proxy, &[7; 5_000]).await.is_err());
        proxy.arm(Strike { toward: Toward::Client, at: 10, act: Act::Stall(Duration::from_millis(50)) });
        let began = clock::now();
        assert_eq!(heard(&proxy, &[7; 5_000]).await.unwrap().len(), 5_000);
        assert!(began.elapsed() >= Duration::from_millis(50));
    }

    #[tokio::test]
    async fn a_half_open_connection_swallows_and_then_ends() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        proxy.arm(Strike { toward: Toward::Server, at: 0, act: Act::HalfOpen(Duration::from_millis(50)) });
        let mut socket = TcpStream::connect(("127.0.0.1", proxy.port)).await.unwrap();
        socket.write_all(&[7; 10]).await.unwrap();
        let mut back = Vec::new();
        assert!(socket.read_to_end(&mut back).await.is_err() && back.is_empty());
    }
}
