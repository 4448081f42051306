//! The loop: one queue of events, one state, drawing after every batch, and the hands that do what is asked.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event as Input, EventStream};
use futures_util::StreamExt as _;
use securechat_client::{Client, Failure};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use crate::action::Action;
use crate::clock;
use crate::editor;
use crate::event::{Answer, Event};
use crate::look::Look;
use crate::screens;
use crate::shell;
use crate::state::{Me, State};
use crate::terminal::{Screen, stop_here};

/// Events that may wait for the state; senders wait beyond that.
const EVENTS_MAX: usize = 256;
/// Actions that may wait to be done; beyond that they are refused, and the reader is told.
const ACTIONS_MAX: usize = 1024;
/// Events taken in before the screen is drawn again.
const BATCH: usize = 64;
/// How long what was asked for last may take when leaving.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Takes over the terminal and talks until the reader quits; the terminal is given back in any case.
///
/// # Errors
/// [`Failure::Other`] if the terminal cannot be used.
pub async fn run(client: Client, start_room: Option<String>) -> Result<(), Failure> {
    let client = Arc::new(client);
    let result = Face::start(&client, start_room).map_err(terminal_failure);
    let result = match result {
        Ok(mut face) => {
            let result = face.talk().await.map_err(terminal_failure);
            face.stop().await;
            result
        }
        Err(failure) => Err(failure),
    };
    if let Ok(client) = Arc::try_unwrap(client) {
        client.close().await;
    }
    result
}

#[expect(clippy::needless_pass_by_value, reason = "an error is handed on, not looked at")]
fn terminal_failure(error: io::Error) -> Failure {
    Failure::Other(format!("the terminal cannot be used: {error}"))
}

/// Terminal, state and everybody who brings events.
struct Face {
    screen: Screen,
    state: State,
    events: mpsc::Receiver<Event>,
    bring: mpsc::Sender<Event>,
    asked: Option<mpsc::Sender<Action>>,
    hands: JoinHandle<()>,
    keys: JoinHandle<()>,
    bringers: JoinSet<()>,
}

enum Next {
    GoOn,
    Leave,
}

impl Face {
    fn start(client: &Arc<Client>, start_room: Option<String>) -> io::Result<Self> {
        let me = client.me();
        let server = me.server_url.trim_start_matches("https://").to_owned();
        let me = Me { user_name: me.user_name.clone(), server };
        let screen = Screen::take()?;
        let size = crossterm::terminal::size()?;
        let state = State::new(me, start_room, size, Look::from_environment(), clock::zone(), clock::now());
        let (bring, events) = mpsc::channel(EVENTS_MAX);
        let (asked, asks) = mpsc::channel(ACTIONS_MAX);
        let bringers = bringers(client, &bring);
        let hands = tokio::spawn(hands(Arc::clone(client), asks, bring.clone()));
        let keys = tokio::spawn(bring_keys(bring.clone()));
        Ok(Self { screen, state, events, bring, asked: Some(asked), hands, keys, bringers })
    }

    async fn talk(&mut self) -> io::Result<()> {
        let first = self.state.begin();
        self.act(first).await?;
        loop {
            let state = &self.state;
            self.screen.terminal.draw(|frame| screens::draw(frame, state))?;
            let Some(event) = self.events.recv().await else { return Ok(()) };
            let mut next = Some(event);
            let mut batch = BATCH;
            while let Some(event) = next.take() {
                let actions = self.state.on(event, clock::now());
                if let Next::Leave = self.act(actions).await? {
                    return Ok(());
                }
                if self.hands.is_finished() {
                    return Err(io::Error::other("a part of this program has stopped"));
                }
                batch -= 1;
                if batch > 0 {
                    next = self.events.try_recv().ok();
                }
            }
        }
    }

    async fn act(&mut self, actions: Vec<Action>) -> io::Result<Next> {
        let mut actions = std::collections::VecDeque::from(actions);
        while let Some(action) = actions.pop_front() {
            match action {
                Action::Quit => return Ok(Next::Leave),
                Action::Redraw => self.screen.terminal.clear()?,
                Action::Suspend => self.away(stop_here).await?,
                Action::Edit(text) => {
                    let answer = match self.away(move || editor::edit(&text)).await? {
                        Ok(text) => Answer::Edited(text),
                        Err(error) => Answer::Failed(format!("The editor: {error}.")),
                    };
                    actions.extend(self.state.on(Event::Answer(answer), clock::now()));
                }
                action => {
                    if let Some(refused) = self.hand_over(action) {
                        actions.extend(self.state.on(Event::Answer(refused), clock::now()));
                    }
                }
            }
        }
        Ok(Next::GoOn)
    }

    /// Gives an action to the hands; what to say if they have too much to do.
    fn hand_over(&self, action: Action) -> Option<Answer> {
        let why = || "Too much at once; try again in a moment.".to_owned();
        let refused = self.asked.as_ref()?.try_send(action).err()?.into_inner();
        Some(match refused {
            Action::Send { room, text } => Answer::NotTaken { room, text, why: why() },
            _ => Answer::Failed(why()),
        })
    }

    /// Does something that needs the terminal for itself.
    async fn away<T: Send + 'static>(&mut self, act: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        // Nobody else may read keys meanwhile.
        self.keys.abort();
        let _aborted = (&mut self.keys).await;
        self.screen.lend();
        let done = tokio::task::spawn_blocking(act).await;
        self.screen.take_back()?;
        self.keys = tokio::spawn(bring_keys(self.bring.clone()));
        let (columns, rows) = crossterm::terminal::size()?;
        let actions = self.state.on(Event::Resize(columns, rows), clock::now());
        for action in actions {
            // It is read again with the next news.
            let _refused = self.hand_over(action);
        }
        done.map_err(io::Error::other)
    }

    /// Lets the hands finish, and lets go of the client.
    async fn stop(mut self) {
        drop(self.asked.take());
        self.events.close();
        // Whoever waits to bring an answer hears that nobody listens.
        if !self.hands.is_finished() && tokio::time::timeout(LAST_WORDS, &mut self.hands).await.is_err() {
            self.hands.abort();
            let _ended = self.hands.await;
        }
        self.keys.abort();
        let _ended = self.keys.await;
        self.bringers.shutdown().await;
    }
}

/// Does actions one after the other; those that ask the server go beside them.
async fn hands(client: Arc<Client>, mut asks: mpsc::Receiver<Action>, bring: mpsc::Sender<Event>) {
    let mut slow = JoinSet::new();
    while let Some(action) = asks.recv().await {
        if action.is_slow() {
            let (client, bring) = (Arc::clone(&client), bring.clone());
            slow.spawn(async move {
                let answer = shell::perform(&client, action).await;
                let _listening = bring.send(Event::Answer(answer)).await;
            });
            while slow.try_join_next().is_some() {}
        } else {
            let answer = shell::perform(&client, action).await;
            if !matches!(answer, Answer::Nothing) {
                let _listening = bring.send(Event::Answer(answer)).await;
            }
        }
    }
    slow.shutdown().await;
}

async fn bring_keys(bring: mpsc::Sender<Event>) {
    let mut inputs = EventStream::new();
    while let Some(input) = inputs.next().await {
        let event = match input {
            Ok(Input::Key(key)) => Event::Key(key),
            Ok(Input::Mouse(mouse)) => Event::Mouse(mouse),
            Ok(Input::Paste(text)) => Event::Paste(text),
            Ok(Input::Resize(columns, rows)) => Event::Resize(columns, rows),
            Ok(Input::FocusGained) => Event::Front(true),
            Ok(Input::FocusLost) => Event::Front(false),
            // The terminal is gone.
            Err(_) => Event::Terminate,
        };
        if bring.send(event).await.is_err() {
            return;
        }
    }
    let _listening = bring.send(Event::Terminate).await;
}

/// Everybody else who brings events.
fn bringers(client: &Client, bring: &mpsc::Sender<Event>) -> JoinSet<()> {
    let mut bringers = JoinSet::new();
    let mut listener = client.listen();
    let to = bring.clone();
    bringers.spawn(async move {
        while let Some(told) = listener.next().await {
            if to.send(Event::Told(told)).await.is_err() {
                return;
            }
        }
        let _listening = to.send(Event::Terminate).await;
    });
    let mut connection = client.connection();
    let to = bring.clone();
    bringers.spawn(async move {
        loop {
            let now = connection.borrow_and_update().clone();
            if to.send(Event::Connection(now)).await.is_err() || connection.changed().await.is_err() {
                return;
            }
        }
    });
    let to = bring.clone();
    bringers.spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            if to.send(Event::Tick).await.is_err() {
                return;
            }
        }
    });
    let to = bring.clone();
    bringers.spawn(async move {
        wait_for_the_end().await;
        let _listening = to.send(Event::Terminate).await;
    });
    bringers
}

/// Until the system wants this program to end.
#[cfg(unix)]
async fn wait_for_the_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hang_up)) =
        (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}

/// Until the system wants this program to end: nobody says so here.
#[cfg(not(unix))]
async fn wait_for_the_end() {
    std::future::pending().await
}
