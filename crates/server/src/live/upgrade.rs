//! `/ws`: from HTTP to the WebSocket.
//!
//! The upgrade is done here and not by axum, so that the session holds the TLS stream itself: the gate before `Hello` needs
//! it, it saves a boxed layer per connection, and fan-out can write to it directly.

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use hyper_util::rt::TokioIo;
use securechat_proto::{Code, Refusal};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::session::Session;
use super::socket::Socket;
use crate::app::App;
use crate::http::Problem;
use crate::peers::Peer;
use crate::stall::Stall;

/// Opens a session.
pub(crate) async fn ws(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    let key = handshake_key(request.headers())?;
    let accept = derive_accept_key(key.as_bytes());
    let upgrade = hyper::upgrade::on(request);
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        match upgraded.downcast::<TokioIo<TlsStream<Stall<TcpStream>>>>() {
            Ok(parts) => {
                let socket = Socket::new(parts.io.into_inner(), parts.read_buf.to_vec()).await;
                #[cfg(debug_assertions)]
                if crate::broken::echoes() {
                    return socket.echo().await;
                }
                Session::new(app, socket, peer.address.ip()).run().await;
            }
            Err(_) => tracing::error!("an upgraded connection is not of the kind that is accepted"),
        }
        // The connection's place is held until here.
        drop(peer);
    });
    let headers = [
        (header::CONNECTION, "Upgrade".to_owned()),
        (header::UPGRADE, "websocket".to_owned()),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

/// The handshake of RFC 6455 §4.2.1.
fn handshake_key(headers: &HeaderMap) -> Result<String, Problem> {
    let has = |name, token: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
    };
    if !has(header::CONNECTION, "upgrade") || !has(header::UPGRADE, "websocket") {
        return Err(Refusal::new(Code::BadRequest, "this address speaks WebSocket only").into());
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version.as_bytes() != b"13") {
        let problem = Problem::from(Refusal::new(Code::UnsupportedVersion, "WebSocket version 13 is needed"));
        return Err(problem.with_header(header::SEC_WEBSOCKET_VERSION, "13"));
    }
    match headers.get(header::SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok()) {
        Some(key) if key.len() == 24 => Ok(key.to_owned()),
        _ => Err(Refusal::new(Code::BadRequest, "sec-websocket-key is missing or wrong").into()),
    }
}
