//! The terminal, the one order of events, and what actions do with the client.

use std::io::stdout;
use std::time::Duration;

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, Event, EventStream,
    KeyEventKind, MouseEventKind,
};
use crossterm::execute;
use futures_util::StreamExt as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::{Position, Rect};
use ratatui::{DefaultTerminal, restore};
use securechat_client::ids::{RoomId, UnixMillis};
use securechat_client::view::{History, RoomStanding};
use securechat_client::{Client, Failure, NewRoom, Role, Told};

use crate::command::Command;
use crate::state::{Action, Mode, Refresh, State};
use crate::{draw, keymap};

/// Messages read at first and with each page further up.
const PAGE: usize = 200;

/// Takes over the terminal until the person quits; gives it back as it was, also after a panic.
///
/// # Errors
/// [`Failure`] when the terminal or the engine cannot go on.
pub async fn run(client: Client, start_room: Option<String>) -> Result<(), Failure> {
    let terminal =
        ratatui::try_init().map_err(|error| Failure::Other(format!("no terminal here: {error}")))?;
    // Without mouse and paste the app works too.
    let _plain = execute!(stdout(), EnableMouseCapture, EnableBracketedPaste);
    let done = App::new(&client, terminal).talk(start_room).await;
    let _plain = execute!(stdout(), DisableMouseCapture, DisableBracketedPaste);
    restore();
    client.hurry().await;
    client.close().await;
    done
}

struct App<'a> {
    client: &'a Client,
    terminal: DefaultTerminal,
    state: State,
    /// Messages wanted of the room.
    wanted: usize,
    zone: TimeZone,
}

impl<'a> App<'a> {
    fn new(client: &'a Client, terminal: DefaultTerminal) -> Self {
        let state = State::new(client.me().user_name.clone());
        Self { client, terminal, state, wanted: PAGE, zone: TimeZone::system() }
    }

    async fn talk(mut self, start_room: Option<String>) -> Result<(), Failure> {
        let mut keys = EventStream::new();
        let mut listener = self.client.listen();
        let mut connection = self.client.connection();
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        self.read_rooms().await?;
        let first = match &start_room {
            Some(label) => self.client.find_room(label).await.ok(),
            None => self.state.shown_rooms().next().map(|room| room.room),
        };
        if let Some(room) = first {
            self.open(room).await?;
        }
        loop {
            self.state.now = UnixMillis(u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0));
            self.state.connection = connection.borrow_and_update().clone();
            let Self { terminal, state, zone, .. } = &mut self;
            terminal
                .draw(|frame| draw::draw(frame, state, zone))
                .map_err(|error| Failure::Other(format!("the terminal failed: {error}")))?;
            let action = tokio::select! {
                event = keys.next() => match event {
                    Some(Ok(event)) => self.event(&event),
                    Some(Err(_)) | None => Some(Action::Quit),
                },
                told = listener.next() => {
                    match told {
                        None => return Err(Failure::Other("the engine has stopped".into())),
                        Some(told) => self.told(&told).await?,
                    }
                    None
                }
                _changed = connection.changed() => None,
                _now = tick.tick() => None,
            };
            match action {
                Some(Action::Quit) => return self.keep_draft().await,
                Some(action) => {
                    if let Err(failure) = Box::pin(self.act(action)).await {
                        self.state.notice = failure.to_string();
                    }
                }
                None => {}
            }
        }
    }

    fn event(&mut self, event: &Event) -> Option<Action> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.state.on(keymap::cmd(*key)?),
            Event::Paste(text) => {
                self.state.pasted(text);
                None
            }
            Event::Mouse(mouse) => match mouse.kind {
                MouseEventKind::ScrollUp => {
                    self.state.scrolled += 3;
                    Some(Action::More)
                }
                MouseEventKind::ScrollDown => {
                    self.state.scroll_down(3);
                    None
                }
                MouseEventKind::Down(_) => self.clicked(mouse.column, mouse.row),
                _ => None,
            },
            _ => None,
        }
    }

    fn clicked(&self, column: u16, row: u16) -> Option<Action> {
        let size = self.terminal.size().ok()?;
        let rooms = draw::rooms_area(Rect::new(0, 0, size.width, size.height))?;
        if !rooms.contains(Position { x: column, y: row }) {
            return None;
        }
        let place = usize::from(row - rooms.y);
        self.state.shown_rooms().nth(place).map(|room| Action::Open(room.room))
    }

    async fn told(&mut self, told: &Told) -> Result<(), Failure> {
        let refresh = match told {
            Told::Missed => Refresh::Timeline,
            Told::News(news) => self.state.heard(news),
        };
        match refresh {
            Refresh::Nothing => Ok(()),
            Refresh::Rooms => self.read_rooms().await,
            Refresh::Timeline => {
                self.read_timeline().await?;
                self.read_rooms().await
            }
        }
    }

    async fn read_rooms(&mut self) -> Result<(), Failure> {
        self.state.rooms = self.client.rooms().await?;
        self.state.people = self.client.people().await?;
        if let Some(room) = self.state.room {
            self.state.members = self.client.members(room).await?;
            return Ok(());
        }
        let first = self.state.shown_rooms().next().map(|room| room.room);
        match first {
            Some(first) => Box::pin(self.open(first)).await,
            None => Ok(()),
        }
    }

    async fn read_timeline(&mut self) -> Result<(), Failure> {
        let Some(room) = self.state.room else { return Ok(()) };
        self.state.lines = self.client.timeline(room, None, self.wanted).await?;
        let newest = self.state.lines.iter().filter_map(|line| line.seq).max();
        // What is looked at, at its end, is read.
        if let (Some(newest), 0) = (newest, self.state.scrolled) {
            self.client.mark_read(room, newest).await?;
        }
        Ok(())
    }

    async fn open(&mut self, room: RoomId) -> Result<(), Failure> {
        self.keep_draft().await?;
        if let Some(view) = self.client.room(room).await? {
            if view.state == RoomStanding::Listed {
                self.client.join_room(room).await?;
            }
            self.state.unread_after = (view.unread > 0).then_some(view.read_to);
        }
        self.state.room = Some(room);
        self.state.scrolled = 0;
        self.state.new_below = 0;
        self.wanted = PAGE;
        let draft = self.client.draft(room).await?;
        self.state.composer.set(&draft);
        self.read_timeline().await?;
        self.state.members = self.client.members(room).await?;
        self.state.rooms = self.client.rooms().await?;
        Ok(())
    }

    async fn keep_draft(&mut self) -> Result<(), Failure> {
        match self.state.room {
            Some(room) => self.client.keep_draft(room, self.state.composer.text()).await,
            None => Ok(()),
        }
    }

    async fn act(&mut self, action: Action) -> Result<(), Failure> {
        match action {
            Action::Send(room, text) => self.client.send(room, text).await.map(drop),
            Action::Open(room) => self.open(room).await,
            Action::OpenDm(user) => {
                let room = self.client.room_for(securechat_client::Target::Person(user)).await?;
                self.open(room).await
            }
            Action::More => {
                self.wanted = PAGE.max(self.state.scrolled * 2 + PAGE);
                self.read_timeline().await
            }
            Action::Retry(room, id) => self.client.retry(room, id).await,
            Action::Discard(room, id) => self.client.discard(room, id).await,
            Action::Command(command) => self.command(command).await,
            Action::Quit => Ok(()),
        }
    }

    async fn command(&mut self, command: Command) -> Result<(), Failure> {
        let here = || self.state.room.ok_or_else(|| Failure::Usage("open a room first".into()));
        match command {
            Command::Say(text) => self.client.send(here()?, text).await.map(drop),
            Command::Join(label) => {
                let room = self.client.find_room(&label).await?;
                self.open(room).await
            }
            Command::Dm(name, text) => {
                let target = self.client.find(&at(&name)).await?;
                let room = self.client.room_for(target).await?;
                if let Some(text) = text {
                    self.client.send(room, text).await?;
                }
                self.open(room).await
            }
            Command::Create { name, private, people } => {
                let people = self.people(&people).await?;
                let new =
                    NewRoom { name, topic: String::new(), open: !private, history: History::Shared, people };
                let room = self.client.create_room(new).await?;
                self.open(room).await
            }
            Command::Add(names) => {
                let people = self.people(&names).await?;
                self.client.add_people(here()?, people).await
            }
            Command::Remove(name) => {
                let person = self.client.find_person(&name).await?;
                self.client.remove_person(here()?, person).await
            }
            Command::Leave => self.client.leave_room(here()?).await,
            Command::Members => {
                let members = self.client.members(here()?).await?;
                let lines =
                    members.iter().map(|p| format!("@{}  {} device(s)", p.user_name, p.devices)).collect();
                self.list("Members", lines);
                Ok(())
            }
            Command::Inbox => {
                let lines = self.client.inbox(100).await?;
                self.list(
                    "Inbox",
                    lines.iter().map(|l| format!("{} {}: {}", l.room_label, l.from, l.text)).collect(),
                );
                Ok(())
            }
            Command::Search(words) => {
                let lines = self.client.search(words.clone(), 50).await?;
                let lines =
                    lines.iter().map(|l| format!("{} {}: {}", l.room_label, l.from, l.text)).collect();
                self.list(&format!("Search: {words}"), lines);
                Ok(())
            }
            Command::Invite => {
                let invite = self.client.invite(1, 7 * 24 * 3600, Role::Member).await?;
                self.list("Invite (one use, 7 days)", vec![invite.link.unwrap_or_default()]);
                Ok(())
            }
            Command::Verify(name) => {
                let person = self.client.find_person(&name).await?;
                let number = self.client.safety_number(person).await?.unwrap_or_default();
                self.list("Compare these digits with what the other sees", vec![number]);
                Ok(())
            }
            Command::Name(name) => self.client.set_display_name(name).await,
            Command::Help | Command::Quit => Ok(()),
        }
    }

    async fn people(&self, names: &[String]) -> Result<Vec<securechat_client::ids::UserId>, Failure> {
        let mut people = Vec::new();
        for name in names {
            people.push(self.client.find_person(name).await?);
        }
        Ok(people)
    }

    fn list(&mut self, title: &str, mut lines: Vec<String>) {
        if lines.is_empty() {
            lines.push("Nothing.".to_owned());
        }
        self.state.mode = Mode::List { title: title.to_owned(), lines };
    }
}

fn at(name: &str) -> String {
    if name.starts_with('@') { name.to_owned() } else { format!("@{name}") }
}
