//! Everything on the screen. Changed only by events; what is wanted outside comes back as an [`Action`].

use securechat_client::ids::{MessageId, RoomId, Seq, UnixMillis, UserId};
use securechat_client::view::{Delivery, MessageView, PersonView, RoomStanding, RoomView};
use securechat_client::{Connection, Hold, News};

use crate::command::{self, Command};
use crate::composer::Composer;
use crate::keymap::Cmd;

/// What the screen shows beside rooms and timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The conversation.
    Talk,
    /// The jump palette, with what was typed and which entry is chosen.
    Palette { typed: String, chosen: usize },
    /// The keys.
    Help,
    /// A list to read: title and lines.
    List { title: String, lines: Vec<String> },
    /// Many pasted lines, waiting for a yes.
    Paste(String),
}

/// What the shell is to do with the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Send(RoomId, String),
    Open(RoomId),
    OpenDm(UserId),
    Command(Command),
    More,
    Retry(RoomId, MessageId),
    Discard(RoomId, MessageId),
    Quit,
}

pub(crate) struct State {
    pub me: String,
    pub rooms: Vec<RoomView>,
    pub people: Vec<PersonView>,
    pub members: Vec<PersonView>,
    pub room: Option<RoomId>,
    pub lines: Vec<MessageView>,
    /// Where reading had come to when the room was opened: the unread line stands after it.
    pub unread_after: Option<Seq>,
    /// Screen lines scrolled up from the newest.
    pub scrolled: usize,
    /// Messages that came while scrolled up.
    pub new_below: usize,
    pub composer: Composer,
    pub mode: Mode,
    pub connection: Connection,
    pub hold: Option<(UnixMillis, Hold)>,
    pub notice: String,
    pub alarm: Option<String>,
    pub now: UnixMillis,
    /// Ctrl+C was pressed on an empty line: the next one quits.
    pub leaving: bool,
}

impl State {
    pub(crate) fn new(me: String) -> Self {
        Self {
            me,
            rooms: Vec::new(),
            people: Vec::new(),
            members: Vec::new(),
            room: None,
            lines: Vec::new(),
            unread_after: None,
            scrolled: 0,
            new_below: 0,
            composer: Composer::default(),
            mode: Mode::Talk,
            connection: Connection::Connecting,
            hold: None,
            notice: String::new(),
            alarm: None,
            now: UnixMillis(0),
            leaving: false,
        }
    }

    /// Rooms that are listed: all but those left behind.
    pub(crate) fn shown_rooms(&self) -> impl Iterator<Item = &RoomView> {
        self.rooms.iter().filter(|room| room.state != RoomStanding::Gone)
    }

    pub(crate) fn current(&self) -> Option<&RoomView> {
        self.rooms.iter().find(|room| Some(room.room) == self.room)
    }

    /// What the palette offers for what was typed: labels with what they lead to.
    pub(crate) fn palette(&self, typed: &str) -> Vec<(String, Action)> {
        let rooms = self.shown_rooms().map(|room| (room.label.clone(), Action::Open(room.room)));
        let people = self
            .people
            .iter()
            .filter(|person| person.user_name != self.me)
            .map(|person| (format!("@{}", person.user_name), Action::OpenDm(person.user_id)))
            .filter(|(label, _)| !self.rooms.iter().any(|room| room.label == *label));
        rooms.chain(people).filter(|(label, _)| fuzzy(typed, label)).collect()
    }

    fn candidates(&self) -> Vec<String> {
        let people = self.people.iter().map(|person| format!("@{}", person.user_name));
        let rooms = self.shown_rooms().map(|room| room.label.clone());
        let commands = command::NAMES.iter().map(|name| (*name).to_owned());
        people.chain(rooms).chain(commands).collect()
    }

    /// A key was pressed.
    pub(crate) fn on(&mut self, cmd: Cmd) -> Option<Action> {
        if cmd != Cmd::Interrupt {
            self.leaving = false;
        }
        match &mut self.mode {
            Mode::Talk => self.on_talk(cmd),
            Mode::Palette { .. } => self.on_palette(cmd),
            Mode::Paste(text) => {
                let text = std::mem::take(text);
                self.mode = Mode::Talk;
                if matches!(cmd, Cmd::Send | Cmd::Insert('y' | 'Y')) {
                    self.composer.insert(&text);
                }
                None
            }
            Mode::Help | Mode::List { .. } => {
                self.mode = Mode::Talk;
                None
            }
        }
    }

    fn on_talk(&mut self, cmd: Cmd) -> Option<Action> {
        let composer = &mut self.composer;
        match cmd {
            Cmd::Insert(c) => composer.insert(c.encode_utf8(&mut [0; 4])),
            Cmd::NewLine => composer.insert("\n"),
            Cmd::Backspace => composer.backspace(),
            Cmd::Delete => composer.delete(),
            Cmd::Left => composer.left(),
            Cmd::Right => composer.right(),
            Cmd::Home => composer.home(),
            Cmd::End => composer.end(),
            Cmd::WordLeft => composer.word_left(),
            Cmd::WordRight => composer.word_right(),
            Cmd::KillWord => composer.kill_word(),
            Cmd::KillToStart => composer.kill_to_start(),
            Cmd::KillToEnd => composer.kill_to_end(),
            Cmd::Yank => composer.yank(),
            Cmd::Older => composer.older(),
            Cmd::Newer => composer.newer(),
            Cmd::Complete => {
                let candidates = self.candidates();
                self.composer.complete(&candidates);
            }
            Cmd::Send => return self.send(),
            Cmd::Palette => self.mode = Mode::Palette { typed: String::new(), chosen: 0 },
            Cmd::Help => self.mode = Mode::Help,
            Cmd::NextUnread => {
                let next = self.shown_rooms().find(|room| room.unread > 0 && Some(room.room) != self.room)?;
                return Some(Action::Open(next.room));
            }
            Cmd::RoomNumber(number) => {
                return self.shown_rooms().nth(number.checked_sub(1)?).map(|room| Action::Open(room.room));
            }
            Cmd::PageUp => {
                self.scrolled += 10;
                return Some(Action::More);
            }
            Cmd::PageDown => self.scroll_down(10),
            Cmd::Newest => self.scroll_down(usize::MAX),
            Cmd::Retry => return self.failed().map(|(room, id)| Action::Retry(room, id)),
            Cmd::Discard => return self.failed().map(|(room, id)| Action::Discard(room, id)),
            Cmd::Escape => {
                self.alarm = None;
                self.notice.clear();
            }
            Cmd::Interrupt => return self.interrupt(),
        }
        None
    }

    pub(crate) fn scroll_down(&mut self, by: usize) {
        self.scrolled = self.scrolled.saturating_sub(by);
        if self.scrolled == 0 {
            self.new_below = 0;
        }
    }

    fn send(&mut self) -> Option<Action> {
        let text = self.composer.take();
        if text.trim().is_empty() {
            return None;
        }
        self.notice.clear();
        match command::parse(&text) {
            Ok(Command::Say(text)) => {
                self.scroll_down(usize::MAX);
                Some(Action::Send(self.room?, text))
            }
            Ok(Command::Help) => {
                self.mode = Mode::Help;
                None
            }
            Ok(Command::Quit) => Some(Action::Quit),
            Ok(command) => Some(Action::Command(command)),
            Err(why) => {
                self.notice = why;
                self.composer.set(&text);
                None
            }
        }
    }

    /// The newest message that will not go out by itself.
    fn failed(&self) -> Option<(RoomId, MessageId)> {
        let failed = self.lines.iter().rev().find(|line| matches!(line.state, Delivery::Failed(_)))?;
        Some((failed.room, failed.message_id))
    }

    fn interrupt(&mut self) -> Option<Action> {
        if self.leaving {
            return Some(Action::Quit);
        }
        if self.composer.is_empty() {
            self.leaving = true;
            let waiting: usize = self.rooms.iter().map(|room| room.waiting).sum();
            self.notice = match waiting {
                0 => "Ctrl+C again to quit".to_owned(),
                n => format!("{n} message(s) wait and go out next time; Ctrl+C again to quit"),
            };
        }
        self.composer.set("");
        None
    }

    fn on_palette(&mut self, cmd: Cmd) -> Option<Action> {
        let Mode::Palette { typed, chosen } = &mut self.mode else { return None };
        match cmd {
            Cmd::Insert(c) => {
                typed.push(c);
                *chosen = 0;
            }
            Cmd::Backspace => {
                typed.pop();
                *chosen = 0;
            }
            Cmd::Newer | Cmd::Complete => *chosen += 1,
            Cmd::Older => *chosen = chosen.saturating_sub(1),
            Cmd::Send => {
                let (typed, chosen) = (typed.clone(), *chosen);
                self.mode = Mode::Talk;
                let mut offers = self.palette(&typed);
                let last = offers.len().checked_sub(1)?;
                return Some(offers.swap_remove(chosen.min(last)).1);
            }
            Cmd::Escape | Cmd::Interrupt | Cmd::Palette => self.mode = Mode::Talk,
            _ => {}
        }
        None
    }

    /// Text was pasted; many lines are asked about once.
    pub(crate) fn pasted(&mut self, text: &str) {
        let clean: String =
            text.replace('\r', "\n").chars().filter(|c| !c.is_control() || *c == '\n').collect();
        if clean.matches('\n').count() > 3 {
            self.mode = Mode::Paste(clean);
        } else {
            self.composer.insert(&clean);
        }
    }

    /// Something was told; what of the screen must be read anew.
    pub(crate) fn heard(&mut self, news: &News) -> Refresh {
        match news {
            News::Timeline { room } if Some(*room) == self.room => Refresh::Timeline,
            News::Arrived { room, .. } if Some(*room) == self.room && self.scrolled > 0 => {
                self.new_below += 1;
                Refresh::Timeline
            }
            News::Holding { until, why } => {
                self.hold = Some((*until, *why));
                Refresh::Nothing
            }
            News::Alarm { what, .. } => {
                self.alarm = Some(what.clone());
                Refresh::Rooms
            }
            News::Ended { why } => {
                self.alarm = Some(why.clone());
                Refresh::Nothing
            }
            News::RootChanged { .. } => {
                self.alarm =
                    Some("somebody's identity has changed; /verify @name before you trust it".to_owned());
                Refresh::Nothing
            }
            News::OwnDeviceAdded => {
                self.alarm =
                    Some("a new device of yours was added; not you? `securechat devices`".to_owned());
                Refresh::Nothing
            }
            News::Failed { why, .. } | News::WishFailed { why, .. } => {
                self.notice.clone_from(why);
                Refresh::Rooms
            }
            News::Sent { .. } => {
                self.hold = None;
                Refresh::Rooms
            }
            News::Online
            | News::TokenRefused
            | News::CaughtUp
            | News::Rooms
            | News::Timeline { .. }
            | News::Arrived { .. }
            | News::Wished { .. } => Refresh::Rooms,
        }
    }
}

/// What must be read from the client anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    Nothing,
    Rooms,
    Timeline,
}

/// Whether the typed characters occur in the label in this order.
fn fuzzy(typed: &str, label: &str) -> bool {
    let label = label.to_lowercase();
    let mut rest = label.chars();
    typed.to_lowercase().chars().all(|wanted| rest.any(|c| c == wanted))
}

#[cfg(test)]
pub(crate) mod tests;
