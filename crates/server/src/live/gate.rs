//! Lets few bytes in until the session is authenticated: before that nobody may make the server hold more.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use securechat_proto::limits;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Largest header of a WebSocket frame (RFC 6455 §5.2).
const HEADER_BYTES_MAX: usize = 14;
/// One frame, and room for a few pings.
const BYTES_BEFORE_HELLO: usize = limits::FRAME_BYTES_MAX_BEFORE_HELLO + 4 * HEADER_BYTES_MAX;

/// A connection that is closed to more than a `Hello`, until it is opened.
pub(crate) struct Gate<S> {
    stream: S,
    left: Option<usize>,
    written: u64,
}

impl<S> Gate<S> {
    /// Closed. `read` bytes have come in before.
    pub(crate) fn new(stream: S, read: usize) -> Self {
        Self { stream, left: Some(BYTES_BEFORE_HELLO.saturating_sub(read)), written: 0 }
    }

    /// Lets everything in from now on.
    pub(crate) fn open(&mut self) {
        self.left = None;
    }

    /// Bytes that the connection has taken.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gate<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(left) = self.left else {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        };
        if left == 0 {
            return Poll::Ready(Err(io::Error::other("too many bytes before Hello")));
        }
        let mut part = buf.take(left);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut part))?;
        let read = part.filled().len();
        // `part` borrows the tail of `buf`: what was read there is initialised.
        let bytes = part.filled().to_vec();
        buf.put_slice(&bytes);
        self.left = Some(left - read);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gate<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let taken = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.written += u64::try_from(taken).unwrap_or(0);
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn more_than_a_hello_comes_in_only_through_an_open_gate() {
        let (mut far, near) = tokio::io::duplex(4 * BYTES_BEFORE_HELLO);
        let mut gate = Gate::new(near, 10);
        far.write_all(&vec![7; 2 * BYTES_BEFORE_HELLO]).await.unwrap();
        let mut some = vec![0; 2 * BYTES_BEFORE_HELLO];
        assert_eq!(gate.read(&mut some).await.unwrap(), BYTES_BEFORE_HELLO - 10);
        assert!(some[..BYTES_BEFORE_HELLO - 10].iter().all(|byte| *byte == 7));
        assert!(gate.read(&mut some).await.is_err());
        gate.open();
        assert_eq!(gate.read(&mut some).await.unwrap(), BYTES_BEFORE_HELLO + 10);
    }
}
