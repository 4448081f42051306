//! The drive loop: one task owns the engine; the socket, timers and faces come to it, and reconnecting is its own affair.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use securechat_engine::{Chance as _, Cx, Engine, News, Output, SessionSigner};
use securechat_ids::UnixMillis;
use securechat_proto::frame::{ClientFrame, ServerFrame};
use tokio::sync::{Notify, broadcast, mpsc, watch};

use crate::account::open_session;
use crate::address::Address;
use crate::failure::Failure;
use crate::platform::{Heard, Home, Os, Running, Socket, now, open_socket, run_engine, sleep_until};

/// News kept for a face that is slow; one that is slower refreshes everything.
const NEWS_KEPT: usize = 1024;
/// Silence after which the server is asked for a sign of life, in milliseconds.
const PING_AFTER_MS: u64 = 25_000;
/// Silence after which the connection counts as gone, in milliseconds.
const GONE_AFTER_MS: u64 = 50_000;
/// Silence after which a connection is doubted when the machine wakes, and how long it then has to answer; milliseconds.
const DOUBT_MS: (u64, u64) = (2_000, 5_000);
/// First and longest wait before connecting again, in milliseconds.
const RETRY_MS: (u64, u64) = (300, 30_000);
/// How long a connection has to have stood for the next wait to be short again, in milliseconds. A server that greets and
/// sends away would otherwise have this device come back three times a second for ever.
const STOOD_MS: u64 = 60_000;

/// A line and, if it had to be opened anew, the session's token.
type Opened = Result<(Option<String>, Box<Socket>), Failure>;

/// What a face asks of the engine's thread.
pub(crate) type Call = Box<dyn FnOnce(&mut Engine, &mut Cx<'_>) + Send>;

/// Where the connection stands, in states that a face puts into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// On the way.
    Connecting,
    /// Stands, and `Hello` is answered.
    Online,
    /// Gone; tried again at this moment.
    Waiting {
        /// When, by this machine's clock.
        until: UnixMillis,
        /// Why, as a sentence.
        why: String,
    },
    /// Not tried again: the identity changed, or this device was revoked.
    Over {
        /// Why, as a sentence.
        why: String,
        /// Exit code of the command line for it.
        exit_code: u8,
    },
}

/// What the engine's thread tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The engine's news.
    News(News),
    /// Some news were missed by this listener: everything is to be read anew.
    Missed,
}

/// The engine's thread as others reach it.
pub(crate) struct Drive {
    pub calls: mpsc::Sender<Call>,
    pub news: broadcast::Sender<News>,
    pub connection: watch::Receiver<Connection>,
    /// Told when the machine or its network has woken.
    pub woken: Arc<Notify>,
    running: Running,
}

impl Drive {
    /// Starts the thread; it ends when the last sender of calls is gone.
    pub(crate) fn start(home: Home, engine: Engine, address: Address) -> Result<Self, Failure> {
        let (calls, called) = mpsc::channel(64);
        let (news, _) = broadcast::channel(NEWS_KEPT);
        let (said, connection) = watch::channel(Connection::Connecting);
        let told = news.clone();
        let woken = Arc::new(Notify::new());
        let waking = Arc::clone(&woken);
        let running = run_engine(move || async move {
            let state = Loop {
                engine,
                address,
                told,
                said,
                waking,
                retries: 0,
                online_since: None,
                session_is_new: false,
                heard: now(),
                doubted: None,
            };
            state.run(called).await;
            // The home is free for the next one only when the engine has let go of it.
            drop(home);
        })?;
        Ok(Self { calls, news, connection, woken, running })
    }

    /// Ends the task and waits until its home is free.
    pub(crate) async fn stop(self) {
        let Self { calls, running, .. } = self;
        drop(calls);
        running.ended().await;
    }
}

struct Loop {
    engine: Engine,
    address: Address,
    told: broadcast::Sender<News>,
    said: watch::Sender<Connection>,
    waking: Arc<Notify>,
    retries: u32,
    /// Since when the connection stands, with `Hello` answered.
    online_since: Option<UnixMillis>,
    /// The session was opened by device key just now: refused again, there is nothing else to try at once.
    session_is_new: bool,
    /// When the server was last heard.
    heard: UnixMillis,
    /// Until when it has to be heard, after the machine has woken.
    doubted: Option<UnixMillis>,
}

/// The connection as the loop holds it.
enum Line {
    /// Being made.
    Opening(Pin<Box<dyn Future<Output = Opened>>>),
    /// Open.
    Open(Box<Socket>),
    /// Closed until a moment; for ever without one.
    Closed(Option<UnixMillis>),
}

/// What happened.
enum Happened {
    Call(Option<Call>),
    Opened(Opened),
    Frames(Vec<Bytes>),
    Closed(String),
    Timer,
    Retry,
    Silence,
    Woken,
}

impl Loop {
    async fn run(mut self, mut calls: mpsc::Receiver<Call>) {
        let mut line = self.open_line();
        loop {
            let happened = self.wait(&mut line, &mut calls).await;
            match happened {
                Happened::Call(None) => break,
                Happened::Call(Some(call)) => self.with(|engine, cx| call(engine, cx)),
                Happened::Opened(opened) => line = self.opened(opened),
                Happened::Frames(frames) => {
                    self.heard = now();
                    self.doubted = None;
                    if !self.take_in(frames) {
                        line = self.lost("the server sent something that is not understood");
                    }
                }
                Happened::Closed(why) => line = self.lost(&why),
                Happened::Timer => {
                    let _reconnects = self.try_with(Engine::timeout);
                }
                Happened::Retry => line = self.open_line(),
                Happened::Silence if self.is_gone() => {
                    line = self.lost("the server has gone silent");
                }
                Happened::Silence => {
                    let _reconnects = self.try_with(Engine::ping);
                }
                Happened::Woken => line = self.woken(line),
            }
            if let Some(next) = self.put_out(&mut line).await {
                line = next;
            }
        }
        if let Line::Open(socket) = line {
            socket.close().await;
        }
    }

    async fn wait(&self, line: &mut Line, calls: &mut mpsc::Receiver<Call>) -> Happened {
        let timer = self.engine.next_timeout();
        let silent_for = now().since(self.heard);
        let silence = (silent_for / PING_AFTER_MS + 1) * PING_AFTER_MS;
        let silence = matches!(line, Line::Open(_)).then(|| {
            let silence = self.heard.plus(silence);
            self.doubted.map_or(silence, |until| until.min(silence))
        });
        tokio::select! {
            biased;
            call = calls.recv() => Happened::Call(call),
            happened = on_line(line) => happened,
            () = sleep_until(timer) => Happened::Timer,
            () = sleep_until(silence) => Happened::Silence,
            () = self.waking.notified() => Happened::Woken,
        }
    }

    /// Whether an open connection has been silent for too long.
    fn is_gone(&self) -> bool {
        let at = now();
        at.since(self.heard) > GONE_AFTER_MS || self.doubted.is_some_and(|until| at >= until)
    }

    /// What waits for its time is tried now; what stands is asked for a sign of life, and has less time for it than usual:
    /// after a sleep, a connection often only looks alive.
    fn woken(&mut self, line: Line) -> Line {
        match line {
            Line::Closed(Some(_)) => {
                self.retries = 0;
                self.open_line()
            }
            Line::Open(_) if self.is_gone() => {
                self.engine.disconnected();
                self.open_line()
            }
            Line::Open(_) if self.doubted.is_none() && now().since(self.heard) > DOUBT_MS.0 => {
                self.doubted = Some(now().plus(DOUBT_MS.1));
                let _reconnects = self.try_with(Engine::ping);
                line
            }
            Line::Open(_) | Line::Opening(_) | Line::Closed(None) => line,
        }
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Engine, &mut Cx<'_>) -> T) -> T {
        let mut os = Os;
        act(&mut self.engine, &mut Cx { now: now(), chance: &mut os })
    }

    /// Runs a step of the engine. A failed step has rolled itself back and asks for a new connection.
    fn try_with(
        &mut self,
        act: impl FnOnce(&mut Engine, &mut Cx<'_>) -> Result<(), securechat_engine::EngineError>,
    ) -> bool {
        match self.with(act) {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "a step of the engine failed");
                false
            }
        }
    }

    fn open_line(&mut self) -> Line {
        self.said.send_replace(Connection::Connecting);
        let address = self.address.clone();
        let signer = self.engine.token().is_none().then(|| self.engine.session_signer());
        Line::Opening(Box::pin(open(address, signer)))
    }

    fn opened(&mut self, opened: Opened) -> Line {
        let (token, socket) = match opened {
            Ok(opened) => opened,
            Err(failure @ (Failure::Trust(_) | Failure::Refused(_))) => {
                if let Failure::Refused(refusal) = &failure {
                    let _kept = self.try_with(|engine, cx| engine.session_refused(refusal, cx));
                }
                return self.over(&failure);
            }
            Err(failure) => return self.lost(&failure.to_string()),
        };
        self.heard = now();
        self.doubted = None;
        self.session_is_new = token.is_some();
        let kept = match token {
            Some(token) => self.try_with(|engine, cx| engine.keep_token(&token, cx)),
            None => true,
        };
        if kept && self.try_with(Engine::connected) {
            Line::Open(socket)
        } else {
            self.lost("this device's memory failed")
        }
    }

    fn lost(&mut self, why: &str) -> Line {
        self.engine.disconnected();
        if self.online_since.take().is_some_and(|since| now().since(since) >= STOOD_MS) {
            self.retries = 0;
        }
        let base_ms = (RETRY_MS.0 << self.retries.min(10)).min(RETRY_MS.1);
        self.retries += 1;
        let mut random = [0; 2];
        Os.fill(&mut random);
        let wait_ms = base_ms / 2 + u64::from(u16::from_be_bytes(random)) % base_ms;
        let until = now().plus(wait_ms);
        self.said.send_replace(Connection::Waiting { until, why: why.to_owned() });
        Line::Closed(Some(until))
    }

    fn over(&mut self, failure: &Failure) -> Line {
        self.engine.disconnected();
        let over = Connection::Over { why: failure.to_string(), exit_code: failure.exit_code() };
        self.said.send_replace(over);
        Line::Closed(None)
    }

    fn take_in(&mut self, frames: Vec<Bytes>) -> bool {
        let frames: Result<Vec<_>, _> = frames.into_iter().map(ServerFrame::parse).collect();
        let Ok(frames) = frames else { return false };
        self.try_with(|engine, cx| engine.receive(frames, cx))
    }

    /// Does what the engine asks for: frames in one write, then news. Gives the next line if this one is done with.
    async fn put_out(&mut self, line: &mut Line) -> Option<Line> {
        let mut frames: Vec<ClientFrame> = Vec::new();
        let mut next = None;
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Frame(frame) => frames.push(frame),
                Output::Reconnect => next = Some(self.lost("the connection is made anew")),
                Output::News(News::TokenRefused) if self.session_is_new => {
                    next = Some(self.lost("the server accepts no session of this device"));
                }
                Output::News(News::TokenRefused) => next = Some(self.open_line()),
                Output::News(news) => {
                    if let News::Ended { why } = &news {
                        next = Some(self.over(&Failure::Trust(why.clone())));
                    }
                    if news == News::Online {
                        self.online_since = Some(now());
                        self.said.send_replace(Connection::Online);
                    }
                    // Nobody listening is no error.
                    let _listeners = self.told.send(news);
                }
            }
        }
        if next.is_none()
            && !frames.is_empty()
            && let Line::Open(socket) = line
            && let Err(why) = socket.send(&frames).await
        {
            next = Some(self.lost(&why));
        }
        next
    }
}

async fn open(address: Address, signer: Option<SessionSigner>) -> Opened {
    let token = match signer {
        Some(signer) => Some(open_session(&address, &signer).await?.token.0),
        None => None,
    };
    Ok((token, Box::new(open_socket(&address).await?)))
}

/// Waits for the line: opened, frames (all that have come), closed, or time to try again.
async fn on_line(line: &mut Line) -> Happened {
    match line {
        Line::Opening(opening) => Happened::Opened(opening.await),
        Line::Open(socket) => match socket.next().await {
            Heard::Frames(frames) => Happened::Frames(frames),
            Heard::Closed(why) => Happened::Closed(why),
        },
        Line::Closed(until) => {
            sleep_until(*until).await;
            Happened::Retry
        }
    }
}
