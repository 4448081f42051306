//! Frames that have come over a WebSocket, taken along together, so that one transaction takes in many.

use bytes::Bytes;
use futures_util::{FutureExt as _, Stream, StreamExt as _};

use super::Heard;

/// What one message of a WebSocket is to us.
pub(super) enum Came {
    /// A frame.
    Frame(Bytes),
    /// Nothing of ours.
    Other,
    /// The end, and why.
    End(String),
}

/// Waits for the first frame and takes along what has come with it, `most` at once.
pub(super) async fn gather<S: Stream + Unpin>(
    messages: &mut S,
    most: usize,
    read: impl Fn(Option<S::Item>) -> Came,
) -> Heard {
    let mut frames = Vec::new();
    loop {
        let next = if frames.is_empty() {
            messages.next().await
        } else {
            match messages.next().now_or_never() {
                Some(next) => next,
                None => return Heard::Frames(frames),
            }
        };
        match read(next) {
            Came::Frame(frame) => frames.push(frame),
            Came::Other => {}
            // What came before the end is taken in first; the end is met again after it.
            Came::End(_) if !frames.is_empty() => return Heard::Frames(frames),
            Came::End(why) => return Heard::Closed(why),
        }
        if frames.len() >= most {
            return Heard::Frames(frames);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use super::*;

    /// Messages that are there: a number is a frame, a dash is none; then silence, or the end again and again.
    struct Line {
        there: VecDeque<char>,
        ends: bool,
    }

    impl Stream for Line {
        type Item = char;
        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<char>> {
            match self.there.pop_front() {
                Some(message) => Poll::Ready(Some(message)),
                None if self.ends => Poll::Ready(None),
                None => Poll::Pending,
            }
        }
    }

    fn heard(line: &mut Line) -> Option<String> {
        let read = |next| match next {
            Some('-') => Came::Other,
            Some(digit) => Came::Frame(Bytes::from(digit.to_string())),
            None => Came::End("over".into()),
        };
        Some(match gather(line, 3, read).now_or_never()? {
            Heard::Frames(frames) => String::from_utf8_lossy(&frames.concat()).into_owned(),
            Heard::Closed(why) => why,
        })
    }

    #[test]
    fn what_is_there_is_taken_together_and_no_more_than_allowed() {
        let mut line = Line { there: "-12-345".chars().collect(), ends: false };
        assert_eq!(heard(&mut line).as_deref(), Some("123"));
        assert_eq!(heard(&mut line).as_deref(), Some("45"));
        assert_eq!(heard(&mut line), None);
    }

    #[test]
    fn frames_before_the_end_come_before_the_end() {
        let mut line = Line { there: "12".chars().collect(), ends: true };
        assert_eq!(heard(&mut line).as_deref(), Some("12"));
        assert_eq!(heard(&mut line).as_deref(), Some("over"));
    }
}
