//! The sockets on loopback, and the loop that accepts: few connections, none of which may dawdle.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::sleep;
use tower::ServiceExt as _;

/// Connections at once; a browser makes a handful.
pub(crate) const CONNECTIONS_MAX: usize = 64;
/// Time for a request's header, and for the next request on a connection that is kept.
const HEADER: Duration = Duration::from_secs(10);
/// Largest header of a request, in bytes.
const HEADER_BYTES_MAX: usize = 16 * 1024;
/// After the system refused a connection.
const AFTER_REFUSAL: Duration = Duration::from_millis(100);

/// One connection's place; given back when the last copy is dropped.
pub(crate) type Seat = Arc<OwnedSemaphorePermit>;

/// Why the tunnel cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program has the port, perhaps another tunnel.
    #[error(
        "port {0} of this machine is already in use (by another `securechat web`?); end that, or choose another port with --port N"
    )]
    PortTaken(u16),
    /// Ports under 1024 are the system's.
    #[error("this user may not listen on port {0}; choose one above 1023 with --port N")]
    NotAllowed(u16),
    /// Anything else.
    #[error("cannot listen on {address}: {error}; choose another port with --port N")]
    Io {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
}

/// Listens on both loopback addresses. One that another program has is an error: a browser that is told `localhost` may go to
/// either, and would hand the token to that program. One that this machine does not have is none.
pub(crate) async fn listen(port: u16) -> Result<(u16, Vec<TcpListener>), ListenError> {
    let four = bind((Ipv4Addr::LOCALHOST, port).into()).await?;
    let port = four.local_addr().map_or(port, |address| address.port());
    match bind((Ipv6Addr::LOCALHOST, port).into()).await {
        Ok(six) => Ok((port, vec![four, six])),
        Err(taken @ ListenError::PortTaken(_)) => Err(taken),
        Err(error) => {
            tracing::info!(%error, "not listening on IPv6");
            Ok((port, vec![four]))
        }
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => ListenError::PortTaken(address.port()),
        io::ErrorKind::PermissionDenied => ListenError::NotAllowed(address.port()),
        _ => ListenError::Io { address, error },
    })
}

/// Accepts until the loop is dropped.
pub(crate) async fn accept(
    listener: TcpListener,
    router: Router,
    seats: Arc<Semaphore>,
    stopped: watch::Receiver<()>,
) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(AFTER_REFUSAL).await;
                continue;
            }
        };
        let Ok(seat) = Arc::clone(&seats).try_acquire_owned() else {
            tracing::debug!("too many connections");
            continue;
        };
        tokio::spawn(serve(stream, Arc::new(seat), router.clone(), stopped.clone()));
    }
}

async fn serve(stream: TcpStream, seat: Seat, router: Router, mut stopped: watch::Receiver<()>) {
    // Small frames must not wait for each other's acknowledgements.
    let _best_effort = stream.set_nodelay(true);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Arc::clone(&seat));
        router.clone().oneshot(request.map(axum::body::Body::new) as Request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER)
        .max_buf_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::select! {
        ended = pin!(connection) => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
        }
        _ = stopped.changed() => {}
    }
}
