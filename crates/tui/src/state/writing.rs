//! Writing: sending, going back through what was sent, completing, pasting.

use super::complete::Completing;
use super::overlay::{Consequence, Overlay, Question};
use super::whole::{Focus, State};
use crate::action::Action;
use crate::command;

/// Lines of a paste that go in without asking.
const PASTE_LINES_MAX: usize = 5;
/// Own messages that Up goes back through.
const SENT_MAX: usize = 200;

/// Going back through what was sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Browsing {
    entries: Vec<String>,
    at: usize,
    /// What was being written.
    stash: String,
}

impl State {
    pub(super) fn submit(&mut self) {
        let text = self.composer.text().trim_end().to_owned();
        if text.trim().is_empty() {
            return;
        }
        let spoken = text.strip_prefix('/').filter(|rest| rest.starts_with('/'));
        let ordered = text.starts_with('/') && spoken.is_none();
        if ordered {
            match command::parse(&text) {
                Ok(command) => {
                    self.remember(text);
                    self.composer.take();
                    self.run(command);
                }
                Err(why) => self.complain(why),
            }
            return;
        }
        let said = spoken.unwrap_or(&text).to_owned();
        let Some(room) = self.open.as_ref().map(|open| open.room) else {
            return self.complain("No room is open; Ctrl+K opens one.");
        };
        self.remember(text);
        self.composer.take();
        self.scroll_to_end();
        self.ask(Action::Send { room, text: said });
        self.keep_draft();
    }

    fn remember(&mut self, text: String) {
        self.browsing = None;
        self.sent.retain(|before| *before != text);
        self.sent.push(text);
        if self.sent.len() > SENT_MAX {
            self.sent.remove(0);
        }
    }

    /// Back and forth through what was sent before.
    pub(super) fn browse(&mut self, back: bool) {
        let browsing = match self.browsing.take() {
            Some(browsing) => browsing,
            None => {
                let entries = self.own_texts();
                Browsing { at: entries.len(), entries, stash: self.composer.text().to_owned() }
            }
        };
        let at = if back { browsing.at.checked_sub(1) } else { Some(browsing.at + 1) };
        let at = at.unwrap_or(0).min(browsing.entries.len());
        let text = browsing.entries.get(at).unwrap_or(&browsing.stash);
        self.composer.set(text);
        let is_back = at == browsing.entries.len();
        self.browsing = (!is_back).then_some(Browsing { at, ..browsing });
    }

    fn own_texts(&self) -> Vec<String> {
        let lines = self.open.iter().flat_map(|open| &open.lines).filter(|line| line.own);
        let mut texts: Vec<String> = lines.map(|line| line.text.clone()).collect();
        texts.retain(|text| !text.is_empty() && !self.sent.contains(text));
        texts.extend(self.sent.iter().cloned());
        texts.dedup();
        texts
    }

    pub(super) fn complete(&mut self, back: bool) {
        let completing = match self.completing.take() {
            Some(mut completing) => {
                completing.step(back);
                completing
            }
            None => {
                let (text, cursor) = (self.composer.text(), self.composer.cursor());
                let Some(found) = Completing::of(text, cursor, &self.rooms, &self.people) else { return };
                found
            }
        };
        self.composer.replace_word(completing.start, &completing.word());
        self.completing = Some(completing);
    }

    pub(super) fn on_paste(&mut self, text: &str) {
        // Terminals paste line breaks as the Enter key would send them.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines = text.lines().count();
        if let Some(overlay) = &mut self.overlay {
            let line = text.lines().collect::<Vec<_>>().join(" ");
            if let Some(input) = overlay.input() {
                input.insert(&line);
            }
            return self.after_typing();
        }
        self.focus = Focus::Writing;
        if lines > PASTE_LINES_MAX {
            let words = format!("Paste {lines} lines? Enter puts them into your text, Esc does not.");
            self.overlay = Some(Overlay::Question(Question { words, yes: Consequence::Paste(text) }));
        } else {
            self.composer.insert(&text);
        }
    }
}
