//! One session: a task that reads requests, writes answers and news, and watches the time.

use std::collections::VecDeque;
use std::future::{Future as _, poll_fn};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use securechat_delivery::Asker;
use securechat_proto::frame::{Answer, ClientFrame, Empty, Refused, Request, ServerFrame};
use securechat_proto::{Code, Refusal, limits};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep};

use super::lane::{Done, Errand, Lane, encoded};
use super::outlet::Outlet;
use super::socket::{Heard, Socket};
use super::writes;
use crate::app::App;

/// Time to say `Hello`.
const HELLO: Duration = Duration::from_secs(10);
/// Between pings.
const PING: Duration = Duration::from_secs(25);
/// Without a sign of life the other side is gone.
const SILENCE: Duration = Duration::from_secs(75);
/// Between looks at whether the token still holds.
const REVALIDATE: Duration = Duration::from_secs(30 * 60);
/// Time to take note of a goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// A connection's state.
pub(crate) struct Session<S> {
    app: Arc<App>,
    socket: Socket<S>,
    address: IpAddr,
    outlet: Arc<Outlet>,
    who: Option<Who>,
    /// Requests read and not yet answered.
    in_flight: usize,
    /// Errands that wait for the one lane.
    errands: VecDeque<Errand>,
    lane: Option<Lane>,
    greeting: bool,
    ending: bool,
    timer: Pin<Box<Sleep>>,
    /// Last sign of life.
    heard: Instant,
    /// Bytes written as of the last ping.
    written: u64,
}

/// Who it is, as of the last look.
struct Who {
    asker: Asker,
    token_hash: [u8; 32],
    validated: Instant,
}

enum Turn {
    Heard(Heard),
    Done(Done),
    Timer,
    /// The connection does not take bytes any more.
    Gone,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// A connection that has yet to say `Hello`.
    pub(crate) fn new(app: Arc<App>, socket: Socket<S>, address: IpAddr) -> Self {
        Self {
            app,
            socket,
            address,
            outlet: Arc::default(),
            who: None,
            in_flight: 0,
            errands: VecDeque::new(),
            lane: None,
            greeting: false,
            ending: false,
            timer: Box::pin(sleep(HELLO)),
            heard: Instant::now(),
            written: 0,
        }
    }

    /// Serves until the connection or the session ends.
    pub(crate) async fn run(mut self) {
        loop {
            self.start_errand();
            let go_on = match poll_fn(|cx| self.poll_turn(cx)).await {
                Turn::Heard(heard) => self.hear(heard),
                Turn::Done(done) => {
                    self.finish(done);
                    true
                }
                Turn::Timer => self.on_timer(),
                Turn::Gone => false,
            };
            if !go_on {
                return;
            }
        }
    }

    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Turn> {
        if self.poll_write(cx).is_err() {
            return Poll::Ready(Turn::Gone);
        }
        if self.may_read()
            && let Poll::Ready(heard) = self.socket.poll_read(cx)
        {
            return Poll::Ready(Turn::Heard(heard));
        }
        if let Some(lane) = &mut self.lane
            && let Poll::Ready(done) = lane.as_mut().poll(cx)
        {
            self.lane = None;
            return Poll::Ready(Turn::Done(done));
        }
        self.timer.as_mut().poll(cx).map(|()| Turn::Timer)
    }

    /// Writes what there is, taking all that has queued each time.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Result<(), ()> {
        loop {
            match self.socket.poll_write(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Err(()),
                Poll::Pending => return Ok(()),
            }
            if self.ending {
                return Ok(());
            }
            let Poll::Ready(batch) = self.outlet.poll_batch(cx) else { return Ok(()) };
            self.in_flight = self.in_flight.saturating_sub(batch.answers);
            self.socket.send(batch.frames);
            if let Some(reason) = batch.end {
                self.say_goodbye(reason);
            }
        }
    }

    /// Over the bound nothing more is read: the client's own sending comes to a halt.
    fn may_read(&self) -> bool {
        self.ending || (!self.greeting && self.in_flight < limits::REQUESTS_IN_FLIGHT_MAX)
    }

    fn hear(&mut self, heard: Heard) -> bool {
        self.heard = Instant::now();
        match heard {
            Heard::Gone => return false,
            _ if self.ending => {}
            Heard::Alive => {}
            Heard::Wrong(reason) => self.show_out(reason),
            Heard::Frame(bytes) => self.take(bytes),
        }
        true
    }

    fn take(&mut self, bytes: Bytes) {
        if self.who.is_none() && bytes.len() > limits::FRAME_BYTES_MAX_BEFORE_HELLO {
            return self.show_out(Refusal::new(Code::TooLarge, "the frame is too large before Hello"));
        }
        let Ok(frame) = ClientFrame::parse(bytes) else {
            return self.show_out(Refusal::new(Code::BadRequest, "the frame is malformed"));
        };
        let id = frame.id;
        self.in_flight += 1;
        match (frame.request, &self.who) {
            (Some(Request::Hello(hello)), _) => {
                self.greeting = true;
                self.errands.push_back(Errand::Greet { id, hello });
            }
            (Some(_), None) => {
                self.show_out(Refusal::new(Code::Unauthenticated, "the first frame must be Hello"));
            }
            (None, _) => {
                self.refuse(id, Refusal::new(Code::BadRequest, "this server does not know the request"));
            }
            (Some(Request::Ping(Empty {})), Some(_)) => {
                self.outlet.answer(ServerFrame::new(id, Answer::Done(Empty {})).to_bytes());
            }
            (Some(request), Some(who)) => {
                let queued = writes::queue(&self.app, &who.asker, self.address, &self.outlet, id, request);
                match queued {
                    Ok(None) => {}
                    Ok(Some(request)) => {
                        let request = Box::new(request);
                        self.errands.push_back(Errand::Answer { id, asker: who.asker, request });
                    }
                    Err(refusal) => self.refuse(id, refusal),
                }
            }
        }
    }

    fn refuse(&self, id: u64, refusal: Refusal) {
        self.outlet.answer(encoded(&self.app, id, Err(refusal)));
    }

    /// One errand at a time, and none while the last answer is still on its way: large answers do not pile up.
    fn start_errand(&mut self) {
        if self.lane.is_none()
            && !self.ending
            && !self.socket.is_writing()
            && let Some(errand) = self.errands.pop_front()
        {
            self.lane = Some(errand.run(&self.app, &self.outlet));
        }
    }

    fn finish(&mut self, done: Done) {
        match done {
            Done::Answered => {}
            Done::Greeted { asker, token_hash } => {
                self.who = Some(Who { asker, token_hash, validated: Instant::now() });
                self.greeting = false;
                self.socket.open();
                self.timer.as_mut().reset(Instant::now() + PING);
            }
            Done::Validated(Some(asker)) => {
                if let Some(who) = &mut self.who {
                    who.asker = asker;
                    who.validated = Instant::now();
                }
            }
            Done::Validated(None) => {
                self.outlet.end(Refusal::new(Code::Unauthenticated, "the session has ended; log in again"));
            }
        }
    }

    fn on_timer(&mut self) -> bool {
        let now = Instant::now();
        // A ping waits behind what is being written: on a slow line, bytes that go out are the sign of life.
        let written = self.socket.written();
        if self.socket.is_writing() && written > self.written {
            self.heard = now;
        }
        self.written = written;
        if self.ending || now - self.heard >= SILENCE {
            return false;
        }
        let Some(who) = &self.who else {
            self.show_out(Refusal::new(Code::Unauthenticated, "no Hello came"));
            return true;
        };
        if now - who.validated >= REVALIDATE {
            self.errands.push_back(Errand::Validate { token_hash: who.token_hash });
        }
        self.socket.ping();
        self.timer.as_mut().reset(now + PING);
        true
    }

    /// A goodbye that is a refusal: of what came in, or of nothing coming.
    fn show_out(&mut self, reason: Refusal) {
        self.app.refused.add(reason.code);
        self.say_goodbye(reason);
    }

    /// Says why, closes, and waits a moment for the other side to take note.
    fn say_goodbye(&mut self, reason: Refusal) {
        tracing::debug!(code = reason.code.text(), "a session ends");
        let code = reason.code;
        self.socket.send([ServerFrame::news(Answer::Bye(Refused::from(reason))).to_bytes()]);
        self.socket.close(code);
        self.ending = true;
        self.timer.as_mut().reset(Instant::now() + GOODBYE);
    }
}

impl<S> Drop for Session<S> {
    fn drop(&mut self) {
        self.app.hub.leave(&self.outlet);
    }
}

#[cfg(test)]
mod tests;
