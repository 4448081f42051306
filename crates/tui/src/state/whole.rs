//! The whole state, and how an event changes it.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use securechat_client::Connection;
use securechat_client::ids::{RoomId, Seq, UnixMillis, UserId};
use securechat_client::view::{PersonView, RoomView};

use super::complete::Completing;
use super::notices::{Holding, Notice, Tone};
use super::open_room::{LINES_MAX, OpenRoom, PAGE};
use super::overlay::Overlay;
use super::told::Reads;
use super::writing::Browsing;
use crate::action::Action;
use crate::clock::seconds_until;
use crate::event::Event;
use crate::keymap::Mode;
use crate::look::Look;
use crate::widgets::{Composer, Words};

/// Who sits here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Me {
    /// The user name.
    pub user_name: String,
    /// The server's address, without the scheme.
    pub server: String,
}

/// Where keys go when nothing lies over the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Focus {
    /// The composer.
    Writing,
    /// The list of messages.
    Reading,
}

/// Everything the face knows.
#[derive(Debug)]
pub(crate) struct State {
    pub me: Me,
    pub look: Look,
    pub zone: TimeZone,
    pub now: UnixMillis,
    pub size: (u16, u16),
    /// Whether the terminal is in front, as far as it says so.
    pub front: bool,
    pub connection: Connection,
    pub caught_up: bool,
    pub ended: Option<String>,
    pub alarms: Vec<String>,
    pub holding: Option<Holding>,
    pub notice: Option<Notice>,
    pub rooms: Vec<RoomView>,
    pub people: Vec<PersonView>,
    pub names: BTreeMap<UserId, String>,
    pub open: Option<OpenRoom>,
    pub focus: Focus,
    pub overlay: Option<Overlay>,
    pub composer: Composer,
    pub completing: Option<Completing>,
    pub rooms_pane: bool,
    pub members_pane: bool,
    pub(super) browsing: Option<Browsing>,
    /// What was sent or ordered in this session.
    pub(super) sent: Vec<String>,
    pub(super) draft_kept: String,
    pub(super) start_room: Option<String>,
    pub(super) last_room: Option<RoomId>,
    /// A second Ctrl+C leaves.
    pub(super) leaving: bool,
    pub(super) reads: Reads,
    /// Rows have to be laid out anew.
    pub(super) stale: bool,
    laid_out_for: usize,
    out: Vec<Action>,
}

impl State {
    /// Nothing known yet; the first events bring rooms and people.
    pub(crate) fn new(
        me: Me,
        start_room: Option<String>,
        size: (u16, u16),
        look: Look,
        zone: TimeZone,
        now: UnixMillis,
    ) -> Self {
        Self {
            me,
            look,
            zone,
            now,
            size,
            front: true,
            connection: Connection::Connecting,
            caught_up: false,
            ended: None,
            alarms: Vec::new(),
            holding: None,
            notice: None,
            rooms: Vec::new(),
            people: Vec::new(),
            names: BTreeMap::new(),
            open: None,
            focus: Focus::Writing,
            overlay: None,
            composer: Composer::default(),
            completing: None,
            rooms_pane: true,
            members_pane: true,
            browsing: None,
            sent: Vec::new(),
            draft_kept: String::new(),
            start_room,
            last_room: None,
            leaving: false,
            reads: Reads::default(),
            stale: true,
            laid_out_for: 0,
            out: Vec::new(),
        }
    }

    /// What is to be read first.
    pub(crate) fn begin(&mut self) -> Vec<Action> {
        self.read_everything();
        std::mem::take(&mut self.out)
    }

    /// Takes in what happened, and says what is to be done.
    pub(crate) fn on(&mut self, event: Event, now: UnixMillis) -> Vec<Action> {
        self.now = now;
        match event {
            Event::Key(key) => self.on_key(key),
            Event::Mouse(mouse) => self.on_mouse(mouse),
            Event::Paste(text) => self.on_paste(&text),
            Event::Resize(columns, rows) => self.size = (columns, rows),
            Event::Front(front) => self.on_front(front),
            Event::Told(told) => self.on_told(told),
            Event::Connection(connection) => self.on_connection(connection),
            Event::Tick => self.on_tick(),
            Event::Answer(answer) => self.on_answer(answer),
            Event::Terminate => self.quit(),
        }
        self.settle();
        std::mem::take(&mut self.out)
    }

    /// Something to be done outside.
    pub(super) fn ask(&mut self, action: Action) {
        self.out.push(action);
    }

    /// A sentence for a while.
    pub(super) fn say(&mut self, words: impl Into<String>) {
        self.notice = Some(Notice::new(words, Tone::Plain, self.now));
    }

    /// A sentence about what did not work.
    pub(super) fn complain(&mut self, words: impl Into<String>) {
        self.notice = Some(Notice::new(words, Tone::Wrong, self.now));
    }

    fn on_front(&mut self, front: bool) {
        self.front = front;
        if !front && let Some(open) = &mut self.open {
            open.turn_away();
        }
    }

    fn on_tick(&mut self) {
        if self.notice.as_ref().is_some_and(|notice| notice.is_over(self.now)) {
            self.notice = None;
            self.leaving = false;
        }
        if self.holding.is_some_and(|holding| seconds_until(holding.until, self.now) == 0) {
            self.holding = None;
        }
        self.keep_draft();
    }

    /// Brings what follows from the rest into order: rows, what is read, what has to be fetched.
    pub(super) fn settle(&mut self) {
        self.lay_out();
        let (_, height) = self.timeline_cells();
        let is_seen = self.front && !matches!(self.overlay, Some(Overlay::Page(_)));
        let Some(open) = self.open.as_mut().filter(|open| open.loaded) else { return };
        if is_seen {
            open.look();
        }
        let (room, newest) = (open.room, open.newest());
        let mut asked = Vec::new();
        if is_seen && open.is_at_end() && newest > open.marked {
            open.marked = newest;
            asked.push(Action::MarkRead { room, seq: newest });
        }
        let wants_older = !open.whole && !open.fetching && open.top(height) < height;
        if let (true, Some(before)) = (wants_older && open.lines.len() < LINES_MAX, open.oldest()) {
            open.fetching = true;
            asked.push(Action::ReadOlder { room, before });
        }
        self.out.append(&mut asked);
    }

    fn lay_out(&mut self) {
        let (width, _) = self.timeline_cells();
        if !self.stale && self.laid_out_for == width {
            return;
        }
        let Some(open) = &mut self.open else { return };
        if self.front && open.loaded {
            open.settle_mark();
        }
        let mark = open.mark;
        open.lay_out(&Words { width, zone: &self.zone, names: &self.names, mark });
        self.stale = false;
        self.laid_out_for = width;
    }

    /// Lays out at once, for those who go by rows.
    pub(super) fn lay_out_now(&mut self) {
        self.stale = true;
        self.lay_out();
    }

    /// Turns to a room, perhaps to a line in it.
    pub(super) fn open_room(&mut self, room: RoomId, at: Option<Seq>) {
        self.keep_draft();
        self.overlay = None;
        self.focus = Focus::Writing;
        self.completing = None;
        self.browsing = None;
        if let Some(open) = &self.open
            && open.room != room
        {
            self.last_room = Some(open.room);
        }
        let (read_to, unread) = self.view(room).map_or((Seq(0), 0), |view| (view.read_to, view.unread));
        self.open = Some(OpenRoom::new(room, read_to, unread));
        self.composer.take();
        self.draft_kept.clear();
        self.stale = true;
        self.reads.forget_room();
        let limit = usize::try_from(unread).unwrap_or(LINES_MAX).saturating_add(50).clamp(PAGE, LINES_MAX);
        self.ask(Action::Open { room, limit, at });
    }

    /// Keeps what is being written, if it changed.
    pub(super) fn keep_draft(&mut self) {
        // Before a room's draft has been read there is nothing to compare with.
        let Some(open) = self.open.as_ref().filter(|open| open.loaded) else { return };
        if self.composer.text() != self.draft_kept {
            let (room, text) = (open.room, self.composer.text().to_owned());
            self.draft_kept.clone_from(&text);
            self.ask(Action::KeepDraft { room, text });
        }
    }

    pub(super) fn quit(&mut self) {
        self.keep_draft();
        self.ask(Action::Quit);
    }

    /// A room of the list.
    pub(crate) fn view(&self, room: RoomId) -> Option<&RoomView> {
        self.rooms.iter().find(|view| view.room == room)
    }

    /// The room looked at, as it is in the list.
    pub(crate) fn open_view(&self) -> Option<&RoomView> {
        self.view(self.open.as_ref()?.room)
    }

    /// Messages that have not gone out.
    pub(crate) fn waiting(&self) -> usize {
        self.rooms.iter().map(|room| room.waiting).sum()
    }

    /// Where keys go.
    pub(crate) fn mode(&self) -> Mode {
        match (&self.overlay, self.focus) {
            (Some(Overlay::Palette(_) | Overlay::Search(_)), _) => Mode::Choosing,
            (Some(Overlay::Form(_)), _) => Mode::Filling,
            (Some(Overlay::Inbox(_) | Overlay::Page(_) | Overlay::Question(_)), _) => Mode::Looking,
            (None, Focus::Writing) => Mode::Writing,
            (None, Focus::Reading) => Mode::Reading,
        }
    }
}
