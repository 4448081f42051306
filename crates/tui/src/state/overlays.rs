//! Keys while something lies over the room, and what a choice leads to.

use super::overlay::{Aim, Consequence, Overlay, Page, Question};
use super::whole::State;
use crate::action::Action;
use crate::cmd::Cmd;
use crate::command::COMMANDS;
use crate::keymap;
use crate::widgets::{fit, width};

/// Rows that a page key moves in a box.
const PAGE_ROWS: isize = 8;
/// Longest text that is typed into a box, in characters.
const INPUT_CHARACTERS_MAX: usize = 200;

impl State {
    pub(super) fn on_overlay(&mut self, cmd: Cmd) {
        let Some(overlay) = &mut self.overlay else { return };
        match cmd {
            Cmd::Back => match self.overlay.take() {
                // The new device waits for an answer.
                Some(Overlay::Question(Question { yes: Consequence::LetIn, .. })) => {
                    self.ask(Action::LetIn(false));
                }
                Some(Overlay::Form(form)) => self.put_away(&form),
                _ => {}
            },
            Cmd::Accept => self.accept(),
            Cmd::Up => overlay.move_by(-1),
            Cmd::Down => overlay.move_by(1),
            Cmd::PageUp => overlay.move_by(-PAGE_ROWS),
            Cmd::PageDown => overlay.move_by(PAGE_ROWS),
            Cmd::NewLine => {}
            _ => {
                let is_full = |text: &str| text.chars().count() >= INPUT_CHARACTERS_MAX;
                if let Some(input) = overlay.input()
                    && !(matches!(cmd, Cmd::Insert(_)) && is_full(input.text()))
                {
                    input.on(cmd);
                    self.after_typing();
                }
            }
        }
    }

    /// What is typed in a box changed.
    pub(super) fn after_typing(&mut self) {
        if let Some(Overlay::Palette(palette)) = &mut self.overlay {
            palette.look_up(&self.rooms, &self.people, &self.me.user_name);
        }
    }

    /// Enter, or a click on what is chosen.
    pub(super) fn accept(&mut self) {
        match self.overlay.take() {
            Some(Overlay::Palette(palette)) => match palette.hits.get(palette.chosen) {
                Some(hit) => self.go(&hit.aim),
                None => self.overlay = Some(Overlay::Palette(palette)),
            },
            Some(Overlay::Search(search)) => {
                let words = search.input.text().trim().to_owned();
                let found = search.found.as_ref().filter(|(asked, _)| *asked == words);
                match found.and_then(|(_, lines)| lines.get(search.chosen)) {
                    Some(line) => self.open_room(line.room, line.seq),
                    None => {
                        self.overlay = Some(Overlay::Search(search));
                        if !words.is_empty() {
                            self.ask(Action::Search(words));
                        }
                    }
                }
            }
            Some(Overlay::Inbox(inbox)) => {
                if let Some(line) = inbox.lines.get(inbox.chosen) {
                    self.open_room(line.room, line.seq);
                }
            }
            Some(Overlay::Question(question)) => self.follow(question.yes),
            Some(Overlay::Form(form)) => self.fill(form),
            Some(Overlay::Page(_)) | None => {}
        }
    }

    fn go(&mut self, aim: &Aim) {
        match aim {
            Aim::Room(room) => self.open_room(*room, None),
            Aim::Person(person) => self.ask(Action::Direct { person: person.clone(), text: None }),
        }
    }

    fn follow(&mut self, consequence: Consequence) {
        match consequence {
            Consequence::Paste(text) => self.composer.insert(&text),
            Consequence::Reset(room) => self.ask(Action::Reset(room)),
            Consequence::Leave(room) => self.ask(Action::Leave(room)),
            Consequence::Remove { room, person } => self.ask(Action::Remove { room, person }),
            Consequence::KeepFor { room, days } => self.ask(Action::KeepFor { room, days }),
            Consequence::TightenHistory { room, history } => {
                self.ask(Action::TightenHistory { room, history });
            }
            Consequence::LetIn => self.ask(Action::LetIn(true)),
            Consequence::ResetLink(person) => self.ask(Action::ResetLink(person)),
        }
    }

    pub(super) fn open_page(&mut self, title: impl Into<String>, lines: Vec<String>) {
        self.open_code_page(title, Vec::new(), lines);
    }

    /// A page with a QR code beside its lines.
    pub(super) fn open_code_page(&mut self, title: impl Into<String>, code: Vec<String>, lines: Vec<String>) {
        self.overlay = Some(Overlay::Page(Page { title: title.into(), code, lines, top: 0 }));
    }

    pub(super) fn open_help(&mut self) {
        let keys: Vec<_> = keymap::help().map(|(key, help)| (key.to_owned(), help)).collect();
        let commands: Vec<_> =
            COMMANDS.iter().map(|(name, usage, help)| (format!("{name} {usage}"), *help)).collect();
        let mut lines = vec!["Keys".to_owned()];
        lines.extend(columns(&keys));
        lines.push(String::new());
        lines.push("Commands".to_owned());
        lines.extend(columns(&commands));
        lines.push(String::new());
        lines.push("★ an admin of the room".to_owned());
        lines.push("✓ the server has it · queued and sending go out by themselves".to_owned());
        self.open_page("Keys and commands", lines);
    }

    pub(super) fn open_members(&mut self) {
        let Some(open) = &self.open else { return };
        let devices = |count: usize| if count == 1 { "1 device".into() } else { format!("{count} devices") };
        let mut rows: Vec<(String, String)> = open
            .members
            .iter()
            .map(|person| {
                let display = person.display.clone().unwrap_or_default();
                let admin = if person.room_admin { "admin, " } else { "" };
                let about = format!("{display}  ({admin}{})", devices(person.devices));
                (format!("@{}", person.user_name), about)
            })
            .collect();
        rows.sort();
        let title = self.open_view().map_or_else(String::new, |room| format!("Members of {}", room.label));
        self.open_page(title, columns(&rows));
    }
}

/// Two columns, the first as wide as it has to be.
fn columns<T: AsRef<str>>(rows: &[(String, T)]) -> Vec<String> {
    let left = rows.iter().map(|(left, _)| width(left)).max().unwrap_or(0).min(34);
    rows.iter()
        .map(|(first, second)| {
            let first = fit(first, left);
            let space = " ".repeat(left - width(&first));
            format!("  {first}{space}  {}", second.as_ref()).trim_end().to_owned()
        })
        .collect()
}
