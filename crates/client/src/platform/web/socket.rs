//! The WebSocket from a page, to the page's own origin.

use futures_util::SinkExt as _;
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, WebSocketError};
use securechat_proto::frame::ClientFrame;
use securechat_proto::http::path;

use super::{now, sleep_until};
use crate::address::Address;
use crate::failure::Failure;
use crate::platform::Heard;
use crate::platform::gather::{Came, gather};

/// Longest wait for the upgrade, in milliseconds.
const PATIENCE_MS: u64 = 15_000;
/// Frames taken in by one transaction: few, so that what the page asks meanwhile has its turn soon.
const FRAMES_AT_ONCE: usize = 16;

/// An open WebSocket.
pub(crate) struct Socket(WebSocket);

/// Opens the WebSocket of the server that this page came from.
pub(crate) async fn open_socket(_address: &Address) -> Result<Socket, Failure> {
    let unreachable = |why: String| Failure::Unreachable(format!("the connection does not open ({why})"));
    let mut socket = WebSocket::open(path::WS).map_err(|error| unreachable(error.message))?;
    // It is ready to send when it is open.
    let opened = std::future::poll_fn(|cx| socket.poll_ready_unpin(cx));
    tokio::select! {
        opened = opened => opened.map_err(|error| unreachable(said(&error)))?,
        () = sleep_until(Some(now().plus(PATIENCE_MS))) => {
            return Err(unreachable(format!("no answer within {} s", PATIENCE_MS / 1000)));
        }
    }
    if matches!(socket.state(), gloo_net::websocket::State::Open) {
        Ok(Socket(socket))
    } else {
        Err(unreachable("is the server running?".into()))
    }
}

impl Socket {
    /// Sends frames.
    pub(crate) async fn send(&mut self, frames: &[ClientFrame]) -> Result<(), String> {
        for frame in frames {
            let message = Message::Bytes(frame.to_bytes().into());
            self.0.send(message).await.map_err(|error| format!("the connection broke ({})", said(&error)))?;
        }
        Ok(())
    }

    /// Waits for the first frame and takes along what has come with it.
    pub(crate) async fn next(&mut self) -> Heard {
        gather(&mut self.0, FRAMES_AT_ONCE, |next| match next {
            Some(Ok(Message::Bytes(bytes))) => Came::Frame(bytes.into()),
            Some(Ok(Message::Text(_))) => Came::Other,
            Some(Err(error)) => Came::End(format!("the connection broke ({})", said(&error))),
            None => Came::End("the server closed the connection".into()),
        })
        .await
    }

    /// Says good-bye.
    pub(crate) async fn close(self) {
        let _best_effort = self.0.close(None, None);
    }
}

fn said(error: &WebSocketError) -> String {
    match error {
        WebSocketError::ConnectionClose(close) if !close.reason.is_empty() => close.reason.clone(),
        WebSocketError::ConnectionClose(close) => format!("code {}", close.code),
        WebSocketError::MessageSendError(error) => error.message.clone(),
        _ => "the browser does not say why".into(),
    }
}
