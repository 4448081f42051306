//! What actions brought.

use securechat_client::ids::RoomId;
use securechat_client::view::MessageView;

use super::names::names;
use super::overlay::{Consequence, Inbox, Overlay, Question, Search};
use super::whole::State;
use crate::event::{Answer, Opened};

impl State {
    pub(super) fn on_answer(&mut self, answer: Answer) {
        match answer {
            Answer::Rooms(rooms) => {
                self.rooms = rooms;
                self.rooms_came();
                self.open_first();
            }
            Answer::People(people) => {
                self.names = names(&people);
                self.people = people;
                self.stale = true;
                self.people_came();
            }
            Answer::Opened(opened) => self.on_opened(opened),
            Answer::Lines { room, lines, whole } => {
                self.lines_came();
                self.put_lines(room, lines, whole);
            }
            Answer::Older { room, lines, whole } => self.put_older(room, lines, whole),
            Answer::Members { room, people } => {
                self.members_came();
                if let Some(open) = self.open.as_mut().filter(|open| open.room == room) {
                    open.members = people;
                }
            }
            Answer::Found { words, lines } => self.on_found(words, lines),
            Answer::Inbox(lines) if lines.is_empty() => self.say("Inbox: nothing unread."),
            Answer::Inbox(lines) => self.open_inbox(Inbox { lines, chosen: 0 }),
            Answer::Page { title, lines } => self.open_page(title, lines),
            Answer::CodePage { title, code, lines } => self.open_code_page(title, code, lines),
            Answer::NewKey { key, purpose } => self.show_new_key(key, purpose),
            Answer::WrongPassword(purpose) => self.ask_password(purpose, true),
            Answer::Keys { shared, news } => self.on_keys(shared, news),
            Answer::Asked(devices) => self.on_asked(&devices),
            Answer::Offered(offer) => {
                let words = format!(
                    "Link \"{}\"? It will read everything you can read. It must show: {}. Enter links, Esc does not.",
                    offer.device_name,
                    offer.words.join(" ")
                );
                self.overlay = Some(Overlay::Question(Question { words, yes: Consequence::LetIn }));
            }
            Answer::Go(room) => self.open_room(room, None),
            Answer::Edited(text) => {
                self.browsing = None;
                self.composer.set(text.trim_end_matches('\n'));
            }
            Answer::Done(words) => self.say(words),
            Answer::Failed(why) => self.complain(why),
            Answer::NotTaken { room, text, why } => self.on_not_taken(room, &text, why),
            Answer::Nothing => {}
        }
    }

    /// The first rooms are here: one of them is looked at.
    fn open_first(&mut self) {
        if self.open.is_some() {
            return;
        }
        if let Some(name) = self.start_room.take() {
            self.turn_to(&name);
        }
        if self.open.is_none()
            && let Some(room) = self.rooms.first()
        {
            self.open_room(room.room, None);
        }
    }

    fn on_opened(&mut self, opened: Opened) {
        let Some(open) = self.open.as_mut().filter(|open| open.room == opened.room) else { return };
        open.lines = opened.lines;
        open.whole = opened.whole;
        open.members = opened.members;
        open.loaded = true;
        // What has been typed meanwhile goes behind what was being written.
        let typed = self.composer.take();
        self.composer.set(&opened.draft);
        self.composer.insert(&typed);
        self.draft_kept = opened.draft;
        self.lay_out_now();
        let (_, height) = self.timeline_cells();
        let Some(open) = &mut self.open else { return };
        match opened.at {
            Some(at) => {
                if !open.show(at, height) {
                    self.say("That message is too far back to show; here is the newest.");
                }
            }
            // What is unread begins on the screen.
            None => {
                if let Some(unread) = open.rows.unread().filter(|unread| *unread < open.top(height)) {
                    open.scroll_to(unread.saturating_sub(1), height);
                }
            }
        }
    }

    fn put_lines(&mut self, room: RoomId, lines: Vec<MessageView>, whole: bool) {
        let Some(open) = self.open.as_mut().filter(|open| open.room == room && open.loaded) else { return };
        open.lines = lines;
        open.whole = whole;
        self.stale = true;
    }

    fn put_older(&mut self, room: RoomId, lines: Vec<MessageView>, whole: bool) {
        let Some(open) = self.open.as_mut().filter(|open| open.room == room) else { return };
        open.fetching = false;
        open.whole = whole;
        let oldest = open.oldest();
        let older = lines.into_iter().filter(|line| oldest.is_none_or(|oldest| line.seq < Some(oldest)));
        open.lines.splice(0..0, older);
        self.stale = true;
    }

    fn on_found(&mut self, words: String, lines: Vec<MessageView>) {
        // Whoever has closed the search does not want it back.
        if let Some(Overlay::Search(Search { found, chosen, .. })) = &mut self.overlay {
            *found = Some((words, lines));
            *chosen = 0;
        }
    }

    fn on_not_taken(&mut self, room: RoomId, text: &str, why: String) {
        let is_here = self.open.as_ref().is_some_and(|open| open.room == room);
        if is_here && self.composer.is_empty() {
            self.composer.set(text);
        } else {
            self.composer.keep(text);
        }
        self.complain(why);
    }
}
