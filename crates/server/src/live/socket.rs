//! One WebSocket, polled: reads while it writes, and writes what has queued in as few TLS records as fit.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::{Sink as _, Stream as _};
use securechat_proto::{Code, Refusal, limits};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error};
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};

use super::gate::Gate;

/// Small, for most connections are idle: tungstenite's default costs 128 KiB each.
const READ_BYTES: usize = 4 * 1024;
/// Bytes that are copied out of shared frames before they are written: about one TLS record.
const CHUNK_BYTES: usize = 16 * 1024;

/// A WebSocket of the server's side.
pub(crate) struct Socket<S> {
    ws: WebSocketStream<Gate<S>>,
    waiting: VecDeque<Message>,
    flushing: bool,
}

/// What came in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A binary frame.
    Frame(Bytes),
    /// A ping or pong: somebody is there.
    Alive,
    /// Something that ends the session.
    Wrong(Refusal),
    /// The other side has closed, or is gone.
    Gone,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// After the upgrade; `read` came in with it.
    pub(crate) async fn new(stream: S, read: Vec<u8>) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(2 * CHUNK_BYTES)
            .max_frame_size(Some(limits::FRAME_BYTES_MAX))
            .max_message_size(Some(limits::FRAME_BYTES_MAX));
        // Suites send messages of 16 MiB; ours are to be refused long before.
        #[cfg(debug_assertions)]
        let config = match crate::broken::echoes() {
            true => config.max_frame_size(Some(16 << 20)).max_message_size(Some(16 << 20)),
            false => config,
        };
        let gate = Gate::new(stream, read.len());
        let ws = WebSocketStream::from_partially_read(gate, read, Role::Server, Some(config)).await;
        Self { ws, waiting: VecDeque::new(), flushing: false }
    }

    /// Lets frames of full size in.
    pub(crate) fn open(&mut self) {
        self.ws.get_mut().open();
    }

    /// Queues frames.
    pub(crate) fn send(&mut self, frames: impl IntoIterator<Item = Bytes>) {
        self.waiting.extend(frames.into_iter().map(Message::Binary));
    }

    /// Queues a ping.
    pub(crate) fn ping(&mut self) {
        self.waiting.push_back(Message::Ping(Bytes::new()));
    }

    /// Queues the closing.
    pub(crate) fn close(&mut self, code: Code) {
        let code = match code {
            Code::Busy => CloseCode::Restart,
            Code::TooLarge => CloseCode::Size,
            Code::BadRequest => CloseCode::Protocol,
            Code::Internal => CloseCode::Error,
            _ => CloseCode::Policy,
        };
        self.waiting.push_back(Message::Close(Some(CloseFrame { code, reason: "".into() })));
    }

    /// Whether something is still to be written.
    pub(crate) fn is_writing(&self) -> bool {
        self.flushing || !self.waiting.is_empty()
    }

    /// Bytes that the connection has taken so far.
    pub(crate) fn written(&self) -> u64 {
        self.ws.get_ref().written()
    }

    /// Writes until nothing is left.
    ///
    /// # Errors
    /// The connection is gone.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            if !self.flushing {
                let mut bytes = 0;
                while bytes < CHUNK_BYTES
                    && let Some(message) = self.waiting.pop_front()
                {
                    bytes += message.len();
                    Pin::new(&mut self.ws).start_send(message)?;
                    self.flushing = true;
                }
                if !self.flushing {
                    return Poll::Ready(Ok(()));
                }
            }
            ready!(Pin::new(&mut self.ws).poll_flush(cx))?;
            self.flushing = false;
        }
    }

    /// Sends back what comes, for suites that try the protocol below ours: this socket as it is, but open from the start and
    /// to text as well.
    #[cfg(debug_assertions)]
    pub(crate) async fn echo(mut self) {
        use futures_util::{SinkExt as _, StreamExt as _};
        self.open();
        while let Some(Ok(message)) = self.ws.next().await {
            if (message.is_text() || message.is_binary()) && self.ws.send(message).await.is_err() {
                return;
            }
        }
    }

    /// Reads the next frame.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Heard> {
        let heard = match ready!(Pin::new(&mut self.ws).poll_next(cx)) {
            Some(Ok(Message::Binary(bytes))) => Heard::Frame(bytes),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Heard::Alive,
            Some(Ok(Message::Text(_) | Message::Frame(_))) => {
                Heard::Wrong(Refusal::new(Code::BadRequest, "frames are binary"))
            }
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                Heard::Wrong(Refusal::new(Code::TooLarge, "the frame is too large"))
            }
            Some(Err(Error::Protocol(_) | Error::Utf8(_))) => {
                Heard::Wrong(Refusal::new(Code::BadRequest, "this is not the WebSocket protocol"))
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => Heard::Gone,
        };
        Poll::Ready(heard)
    }
}
