//! One HTTP connection to the pinned server.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use securechat_client::{Address, Failure, tunnel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longest wait for the head of an answer, and for the whole of it.
const PATIENCE: Duration = Duration::from_secs(75);

/// An open connection. Dropped, it ends, unless it has become a WebSocket.
pub(crate) struct Line {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
    server: Address,
}

impl Line {
    /// Connects. Nothing has been sent when the identity is not the pinned one.
    pub(crate) async fn open(server: &Address) -> Result<Self, Failure> {
        let stream = TokioIo::new(tunnel::connect(server).await?);
        let (sender, connection) = http1::handshake(stream).await.map_err(|error| broken(server, &error))?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.with_upgrades().await {
                tracing::debug!(%error, "a connection to the server ended early");
            }
        });
        Ok(Self { sender, driver, server: server.clone() })
    }

    /// Asks; the answer's body is still to come.
    pub(crate) async fn ask(
        &mut self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Failure> {
        let host = HeaderValue::try_from(self.server.authority())
            .map_err(|_| Failure::Usage(format!("{} is not a host name", self.server.host)))?;
        request.headers_mut().insert(header::HOST, host);
        timeout(PATIENCE, self.sender.send_request(request))
            .await
            .map_err(|_| late())?
            .map_err(|error| broken(&self.server, &error))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Asks on a connection of its own: rare enough that simplicity wins.
pub(crate) async fn ask(
    server: &Address,
    request: Request<Full<Bytes>>,
    bytes_max: usize,
) -> Result<Response<Bytes>, Failure> {
    let mut line = Line::open(server).await?;
    whole(line.ask(request).await?, bytes_max).await
}

/// An answer with its body, which has at most this many bytes.
pub(crate) async fn whole(answer: Response<Incoming>, bytes_max: usize) -> Result<Response<Bytes>, Failure> {
    let (parts, body) = answer.into_parts();
    let body = timeout(PATIENCE, Limited::new(body, bytes_max).collect())
        .await
        .map_err(|_| late())?
        .map_err(|error| Failure::Unreachable(format!("the answer broke off ({error})")))?;
    Ok(Response::from_parts(parts, body.to_bytes()))
}

fn broken(server: &Address, error: &hyper::Error) -> Failure {
    Failure::Unreachable(format!("{server} broke off the connection ({error})"))
}

fn late() -> Failure {
    Failure::Unreachable(format!("no answer within {} s", PATIENCE.as_secs()))
}
