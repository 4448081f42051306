//! Connections to the pinned server: a TLS stream, and the WebSocket on it.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use securechat_proto::http::path;
use securechat_proto::limits;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::address::Address;
use crate::failure::Failure;
use crate::tls;

/// Longest wait for TCP, for TLS and for the WebSocket's upgrade, each.
const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) type Socket = WebSocketStream<TlsStream<TcpStream>>;

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
pub(crate) async fn upgrade(address: &Address) -> Result<Socket, Failure> {
    let stream = open(address).await?;
    let config = WebSocketConfig::default()
        .read_buffer_size(16 * 1024)
        .max_message_size(Some(limits::FRAME_BYTES_MAX))
        .max_frame_size(Some(limits::FRAME_BYTES_MAX));
    let url = format!("wss://{}{}", address.authority(), path::WS);
    let (socket, _) = in_time(tokio_tungstenite::client_async_with_config(url, stream, Some(config)))
        .await?
        .map_err(|error| unreachable(address, &error))?;
    Ok(socket)
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
