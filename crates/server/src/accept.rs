//! The accept loop: TCP, caps, TLS, then HTTP/1 on one task per connection, each step with its time limit.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use securechat_proto::{Code, Refusal};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::app::App;
use crate::http;
use crate::peers::{Peer, Peers};
use crate::stall::Stall;
use crate::tls::IdentityError;

/// Time for a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Time for a request's header, and for the next request on a connection that is kept.
const HEADER: Duration = Duration::from_secs(10);
/// Time in which whoever asked has to take some of the answer.
const TAKE: Duration = Duration::from_secs(60);
/// Largest header of a request, in bytes.
const HEADER_BYTES_MAX: usize = 16 * 1024;
/// Time for sessions to end when the server stops.
const DRAIN: Duration = Duration::from_secs(5);
/// After the system refused a connection, mostly for want of file descriptors.
const AFTER_REFUSAL: Duration = Duration::from_millis(100);

/// Serves these listeners until `shutdown` is ready; then says goodbye and waits a little for all to leave.
///
/// # Errors
/// [`IdentityError`] when TLS cannot be set up.
pub(crate) async fn run(
    listeners: Vec<TcpListener>,
    app: Arc<App>,
    shutdown: impl Future<Output = ()>,
) -> Result<(), IdentityError> {
    let tls = TlsAcceptor::from(Arc::new(app.identity.tls()?));
    let router = http::router(Arc::clone(&app));
    let (stop, stopped) = watch::channel(());
    let mut loops = JoinSet::new();
    for listener in listeners {
        let (tls, router, peers, stopped) =
            (tls.clone(), router.clone(), Arc::clone(&app.peers), stopped.clone());
        loops.spawn(accept(listener, tls, router, peers, stopped));
    }
    drop(stopped);
    shutdown.await;
    loops.shutdown().await;
    let _ = stop.send(());
    app.hub.end_all(&Refusal::later(Code::Busy, "the server is stopping", 1_000));
    if timeout(DRAIN, app.peers.gone()).await.is_err() {
        tracing::info!("stopped while some were still connected");
    }
    Ok(())
}

async fn accept(
    listener: TcpListener,
    tls: TlsAcceptor,
    router: Router,
    peers: Arc<Peers>,
    stopped: watch::Receiver<()>,
) {
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(AFTER_REFUSAL).await;
                continue;
            }
        };
        let Some(admission) = peers.admit(address.ip()) else {
            tracing::debug!(%address, "too many connections");
            continue;
        };
        let peer = Peer::new(address, admission);
        tokio::spawn(serve(stream, peer, tls.clone(), router.clone(), stopped.clone()));
    }
}

async fn serve(
    stream: TcpStream,
    peer: Peer,
    tls: TlsAcceptor,
    router: Router,
    mut stopped: watch::Receiver<()>,
) {
    // Small frames must not wait for each other's acknowledgements.
    let _ = stream.set_nodelay(true);
    let stream = Stall::new(stream, limit(TAKE));
    let Ok(Ok(stream)) = timeout(limit(HANDSHAKE), tls.accept(stream)).await else {
        tracing::debug!(address = %peer.address, "no TLS handshake");
        return;
    };
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(peer.clone());
        router.clone().oneshot(request.map(axum::body::Body::new) as Request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limit(HEADER))
        .max_buf_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

fn limit(time: Duration) -> Duration {
    #[cfg(debug_assertions)]
    let time = crate::broken::limit(time);
    time
}

#[cfg(test)]
mod tests {
    use hyper::{Method, StatusCode};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::{Instant, pause};

    use super::*;
    use crate::trial::Trial;

    fn about_ten_seconds(took: Duration) -> bool {
        (Duration::from_secs(9)..Duration::from_secs(11)).contains(&took)
    }

    #[tokio::test]
    async fn a_connection_without_a_handshake_is_closed_after_ten_seconds() {
        let trial = Trial::start().await;
        let mut stream = TcpStream::connect(trial.address).await.unwrap();
        pause();
        let began = Instant::now();
        assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
        assert!(about_ten_seconds(began.elapsed()), "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_header_that_does_not_end_is_closed_after_ten_seconds() {
        let trial = Trial::start().await;
        let mut stream = trial.connect().await;
        stream.write_all(b"GET /api/v1/server HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.unwrap();
        stream.flush().await.unwrap();
        pause();
        let began = Instant::now();
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said).await;
        assert!(about_ten_seconds(began.elapsed()), "{:?}", began.elapsed());
        assert!(!said.starts_with(b"HTTP/1.1 200"));
    }

    #[tokio::test]
    async fn an_idle_connection_is_not_kept_for_ever() {
        let trial = Trial::start().await;
        let mut stream = trial.connect().await;
        let request = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", trial.address);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        pause();
        let began = Instant::now();
        let _ = stream.read_to_end(&mut Vec::new()).await;
        assert!(about_ten_seconds(began.elapsed()), "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn who_asks_and_does_not_read_is_closed_after_a_minute() {
        let trial = Trial::start().await;
        let mut stream = trial.connect().await;
        let ask =
            format!("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", securechat_proto::http::path::OPENAPI).repeat(100);
        // As long as the server reads, it still answers; when it does not take more, its answers do not go out.
        while timeout(Duration::from_secs(2), stream.write_all(ask.as_bytes())).await.is_ok() {}
        pause();
        let began = Instant::now();
        trial.app.peers.gone().await;
        let took = began.elapsed();
        assert!((Duration::from_secs(50)..Duration::from_secs(61)).contains(&took), "{took:?}");
    }

    #[tokio::test]
    async fn a_header_that_is_too_large_is_refused() {
        let trial = Trial::start().await;
        let large = "a".repeat(2 * HEADER_BYTES_MAX);
        let answer = trial.request(Method::GET, "/healthz", &[("x-large", &large)], "").await;
        assert_eq!(answer.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }

    #[tokio::test]
    async fn over_the_cap_a_connection_is_closed_and_a_place_that_is_left_is_given_again() {
        let trial = Trial::start_with(|config| config.connections.max = 1).await;
        let first = trial.connect().await;
        let mut second = TcpStream::connect(trial.address).await.unwrap();
        assert_eq!(second.read(&mut [0; 1]).await.unwrap_or(0), 0);
        drop(first);
        trial.app.peers.gone().await;
        let _ = trial.connect().await;
    }

    #[tokio::test]
    async fn the_handshake_is_tls_1_3_with_the_hybrid_key_exchange() {
        let trial = Trial::start().await;
        let stream = trial.connect().await;
        let (_, session) = stream.get_ref();
        assert_eq!(session.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
        let group = session.negotiated_key_exchange_group().unwrap().name();
        assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
        assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
    }
}
