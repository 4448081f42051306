//! Connections to the pinned server: a TLS stream, and the WebSocket on it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::SinkExt as _;
use rustls::pki_types::ServerName;
use securechat_proto::frame::ClientFrame;
use securechat_proto::http::path;
use securechat_proto::limits;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::tls;
use crate::address::Address;
use crate::failure::Failure;
use crate::platform::Heard;
use crate::platform::gather::{Came, gather};

/// Longest wait for TCP, for TLS and for the WebSocket's upgrade, each.
const PATIENCE: Duration = Duration::from_secs(15);

/// Frames taken in by one transaction.
const FRAMES_AT_ONCE: usize = 64;

/// An open WebSocket.
pub(crate) struct Socket(WebSocketStream<TlsStream<TcpStream>>);

/// Opens a TLS stream to the server, which must be the pinned one if there is a pin.
pub(crate) async fn open(address: &Address) -> Result<TlsStream<TcpStream>, Failure> {
    let place = (address.host.as_str(), address.port);
    let tcp = in_time(TcpStream::connect(place)).await?.map_err(|error| unreachable(address, &error))?;
    let _best_effort = tcp.set_nodelay(true);
    let config = address.pin.as_deref().map_or_else(tls::unpinned, tls::pinned);
    let name = ServerName::try_from(address.host.clone())
        .map_err(|_| Failure::Usage(format!("{} is not a host name", address.host)))?;
    let connector = TlsConnector::from(Arc::new(config));
    in_time(connector.connect(name, tcp)).await?.map_err(|error| tls_failure(address, &error))
}

/// Opens the WebSocket.
pub(crate) async fn open_socket(address: &Address) -> Result<Socket, Failure> {
    let stream = open(address).await?;
    let config = WebSocketConfig::default()
        .read_buffer_size(16 * 1024)
        .max_message_size(Some(limits::FRAME_BYTES_MAX))
        .max_frame_size(Some(limits::FRAME_BYTES_MAX));
    let url = format!("wss://{}{}", address.authority(), path::WS);
    let (socket, _) = in_time(tokio_tungstenite::client_async_with_config(url, stream, Some(config)))
        .await?
        .map_err(|error| unreachable(address, &error))?;
    Ok(Socket(socket))
}

impl Socket {
    /// Sends frames in one write.
    pub(crate) async fn send(&mut self, frames: &[ClientFrame]) -> Result<(), String> {
        let broke = |error| format!("the connection broke ({error})");
        for frame in frames {
            self.0.feed(Message::Binary(frame.to_bytes())).await.map_err(broke)?;
        }
        self.0.flush().await.map_err(broke)
    }

    /// Waits for the first frame and takes along what has come with it.
    pub(crate) async fn next(&mut self) -> Heard {
        gather(&mut self.0, FRAMES_AT_ONCE, |next| match next {
            Some(Ok(Message::Binary(bytes))) => Came::Frame(bytes),
            Some(Ok(Message::Close(_))) | None => Came::End("the server closed the connection".into()),
            Some(Err(error)) => Came::End(format!("the connection broke ({error})")),
            Some(Ok(_)) => Came::Other,
        })
        .await
    }

    /// Says good-bye.
    pub(crate) async fn close(mut self) {
        let _best_effort = self.0.close(None).await;
    }
}

async fn in_time<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::time::timeout(PATIENCE, future)
        .await
        .map_err(|_| Failure::Unreachable(format!("no answer within {} s", PATIENCE.as_secs())))
}

fn unreachable(address: &Address, error: &dyn std::error::Error) -> Failure {
    Failure::Unreachable(format!("{address} ({error}); is it running, and is the address right?"))
}

fn tls_failure(address: &Address, error: &std::io::Error) -> Failure {
    let text = error.to_string();
    if text.contains(tls::WRONG_IDENTITY) {
        return Failure::Trust(format!(
            "the server at {address} is not the one you joined: its identity has changed; nothing was sent. \
             Ask whoever runs it, and compare the server words"
        ));
    }
    if text.contains("NotValidYet") || text.contains("Expired") {
        return Failure::Trust(format!(
            "the certificate of {address} is not valid at this computer's time; check the clock on both sides"
        ));
    }
    Failure::Unreachable(format!("{address} does not speak TLS as expected ({text})"))
}
