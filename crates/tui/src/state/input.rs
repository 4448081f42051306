//! Keys, and what they do to the room.

use crossterm::event::{KeyEvent, KeyEventKind};

use super::overlay::{Inbox, Overlay, Palette, Search};
use super::sidebar::{Way, next_room, next_unread};
use super::whole::{Focus, State};
use crate::action::Action;
use crate::cmd::Cmd;
use crate::keymap::meaning;

impl State {
    pub(super) fn on_key(&mut self, key: KeyEvent) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        let Some(cmd) = meaning(self.mode(), key) else { return };
        if !matches!(cmd, Cmd::Interrupt | Cmd::Quit) {
            self.leaving = false;
        }
        if !matches!(cmd, Cmd::Complete | Cmd::CompleteBack)
            && self.completing.take().is_some()
            && cmd == Cmd::Insert(' ')
        {
            // The space is there already.
            return;
        }
        if self.on_everywhere(cmd) {
            return;
        }
        match (&self.overlay, self.focus) {
            (Some(_), _) => self.on_overlay(cmd),
            (None, Focus::Writing) => self.on_writing(cmd),
            (None, Focus::Reading) => self.on_reading(cmd),
        }
    }

    /// What a key means wherever one is; false if that depends.
    fn on_everywhere(&mut self, cmd: Cmd) -> bool {
        let here = self.open.as_ref().map(|open| open.room);
        let to = match cmd {
            Cmd::NextUnread => Some(next_unread(&self.rooms, here, Way::On)),
            Cmd::PreviousUnread => Some(next_unread(&self.rooms, here, Way::Back)),
            Cmd::NextRoom => Some(next_room(&self.rooms, here, Way::On)),
            Cmd::PreviousRoom => Some(next_room(&self.rooms, here, Way::Back)),
            Cmd::LastRoom => Some(self.last_room),
            Cmd::Room(number) => Some(self.rooms.get(usize::from(number) - 1).map(|room| room.room)),
            _ => None,
        };
        match (to, cmd) {
            (Some(Some(room)), _) => self.open_room(room, None),
            (Some(None), Cmd::NextUnread | Cmd::PreviousUnread) => self.say("Nothing unread elsewhere."),
            (Some(None), _) => self.say("There is no such room."),
            (None, Cmd::Jump) => self.open_palette(),
            (None, Cmd::Search) => self.overlay = Some(Overlay::Search(Search::default())),
            (None, Cmd::Inbox) => self.ask(Action::ReadInbox),
            (None, Cmd::Help) => self.open_help(),
            (None, Cmd::RoomsPane) => self.rooms_pane = !self.rooms_pane,
            (None, Cmd::MembersPane) => self.toggle_members(),
            (None, Cmd::Suspend) => self.ask(Action::Suspend),
            (None, Cmd::Redraw) => self.ask(Action::Redraw),
            (None, Cmd::Interrupt) => self.interrupt(),
            (None, Cmd::Quit) => self.leave_program(),
            (None, _) => return false,
        }
        true
    }

    pub(super) fn open_palette(&mut self) {
        let mut palette = Palette::default();
        palette.look_up(&self.rooms, &self.people, &self.me.user_name);
        self.overlay = Some(Overlay::Palette(palette));
    }

    /// The inbox, once it has been read.
    pub(super) fn open_inbox(&mut self, inbox: Inbox) {
        self.overlay = Some(Overlay::Inbox(inbox));
    }

    fn toggle_members(&mut self) {
        self.members_pane = !self.members_pane;
        if self.members_pane && self.areas().members.is_none() {
            self.open_members();
        }
    }

    fn interrupt(&mut self) {
        if self.overlay.is_some() {
            return self.on_overlay(Cmd::Back);
        }
        if self.composer.is_empty() {
            return self.leave_or_warn();
        }
        self.composer.clear();
        self.browsing = None;
        self.focus = Focus::Writing;
    }

    fn leave_or_warn(&mut self) {
        if self.leaving {
            return self.quit();
        }
        self.leaving = true;
        let warning = match self.waiting() {
            0 => String::new(),
            1 => "; 1 message has not gone out, it waits for the next time".to_owned(),
            count => format!("; {count} messages have not gone out, they wait for the next time"),
        };
        self.say(format!("Ctrl+C again quits{warning}."));
    }

    /// Leaves at once if nothing waits, otherwise after a warning.
    pub(super) fn leave_program(&mut self) {
        if self.waiting() == 0 { self.quit() } else { self.leave_or_warn() }
    }

    fn on_writing(&mut self, cmd: Cmd) {
        let cells = self.composer_cells();
        match cmd {
            Cmd::Accept => self.submit(),
            Cmd::Back => self.back(),
            Cmd::Focus => self.start_reading(),
            Cmd::PageUp => self.scroll_pages(-1),
            Cmd::PageDown => self.scroll_pages(1),
            Cmd::Newest => self.scroll_to_end(),
            Cmd::End if self.composer.cursor() == self.composer.text().len() => self.scroll_to_end(),
            Cmd::Complete | Cmd::CompleteBack => self.complete(cmd == Cmd::CompleteBack),
            Cmd::Editor => self.ask(Action::Edit(self.composer.text().to_owned())),
            Cmd::Up => {
                if self.browsing.is_some() || !self.composer.up(cells) {
                    self.browse(true);
                }
            }
            Cmd::Down => {
                if self.browsing.is_some() || !self.composer.down(cells) {
                    self.browse(false);
                }
            }
            _ => {
                self.browsing = None;
                self.composer.on(cmd);
            }
        }
    }

    fn on_reading(&mut self, cmd: Cmd) {
        let (_, height) = self.timeline_cells();
        match cmd {
            Cmd::Back | Cmd::Focus | Cmd::Accept => self.back_to_writing(),
            Cmd::PageUp => self.scroll_pages(-1),
            Cmd::PageDown => self.scroll_pages(1),
            Cmd::Newest => self.scroll_to_end(),
            Cmd::Up | Cmd::Down => {
                if let Some(open) = &mut self.open {
                    open.select_by(if cmd == Cmd::Up { -1 } else { 1 }, height);
                }
            }
            Cmd::Retry => self.retry_selected(),
            Cmd::Discard => self.discard_selected(),
            Cmd::Insert(_) => {
                // Whoever types wants to write.
                self.back_to_writing();
                self.composer.on(cmd);
            }
            _ => {}
        }
    }

    fn start_reading(&mut self) {
        let (_, height) = self.timeline_cells();
        self.focus = Focus::Reading;
        if let Some(open) = &mut self.open {
            // The first failed message is what one comes here for.
            let failed = open.lines.iter().position(super::orders::has_failed);
            match failed {
                Some(at) => open.select(at, height),
                None if open.selected.is_none() => open.select_by(0, height),
                None => {}
            }
        }
    }

    fn back_to_writing(&mut self) {
        self.focus = Focus::Writing;
        if let Some(open) = &mut self.open {
            open.selected = None;
        }
    }

    /// Esc with nothing open: an alarm, then the unread line.
    fn back(&mut self) {
        if !self.alarms.is_empty() {
            let alarm = self.alarms.remove(0);
            self.ask(Action::LookAt(alarm));
            return;
        }
        self.notice = None;
        if let Some(open) = &mut self.open {
            open.mark = None;
            open.selected = None;
            open.scroll_to_end();
            self.stale = true;
        }
    }

    pub(super) fn scroll_pages(&mut self, pages: isize) {
        let (_, height) = self.timeline_cells();
        // One row stays in sight.
        self.scroll_rows(pages * isize::try_from(height.saturating_sub(1)).unwrap_or(1));
    }

    pub(super) fn scroll_rows(&mut self, by: isize) {
        let (_, height) = self.timeline_cells();
        if let Some(open) = &mut self.open {
            open.scroll_by(by, height);
        }
    }

    pub(super) fn scroll_to_end(&mut self) {
        if let Some(open) = &mut self.open {
            open.selected = None;
            open.scroll_to_end();
        }
    }
}
