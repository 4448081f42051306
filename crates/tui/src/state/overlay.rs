//! What can lie over the room: palette, search, inbox, a page, a question.

use std::cmp::Reverse;

use securechat_client::ids::RoomId;
use securechat_client::view::{History, MessageView, PersonView, RoomStanding, RoomView};

use crate::fuzzy::score;
use crate::secret::{KeyFor, PasswordFor, Secret};
use crate::widgets::Composer;

/// Something over the room.
#[derive(Debug)]
pub(crate) enum Overlay {
    /// Jump to a room or person.
    Palette(Palette),
    /// Search.
    Search(Search),
    /// Everything unread.
    Inbox(Inbox),
    /// Something to read.
    Page(Page),
    /// Yes or no.
    Question(Question),
    /// Something to be typed.
    Form(Form),
}

/// Where the palette leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// A room.
    Room(RoomId),
    /// A person, by user name.
    Person(String),
}

/// A line of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Where to.
    pub aim: Aim,
    /// `#name` or `@user`.
    pub label: String,
    /// What there is to say about it.
    pub detail: String,
}

/// Jump to a room or person.
#[derive(Debug, Default)]
pub(crate) struct Palette {
    /// What is typed.
    pub input: Composer,
    /// What fits, best first.
    pub hits: Vec<Hit>,
    /// Which is chosen.
    pub chosen: usize,
}

impl Palette {
    /// Looks again for what fits.
    pub(crate) fn look_up(&mut self, rooms: &[RoomView], people: &[PersonView], me: &str) {
        let typed = self.input.text();
        let label = |person: &PersonView| format!("@{}", person.user_name);
        let has_room = |person: &PersonView| rooms.iter().any(|room| room.label == label(person));
        let others = people.iter().filter(|person| person.user_name != me && !has_room(person));
        let rooms = rooms.iter().map(|room| (room.unread > 0, room_hit(room)));
        let all = rooms.chain(others.map(|person| (false, person_hit(person))));
        let mut scored: Vec<((bool, i64), Hit)> = all
            .filter_map(|(unread, hit)| {
                if typed.is_empty() {
                    // What is unread comes first, the rest as it is.
                    return Some(((unread, 0), hit));
                }
                // A display name may be meant as well, but less likely.
                let by_detail = score(typed, &hit.detail).map(|fit| fit - 500);
                Some(((false, score(typed, &hit.label).max(by_detail)?), hit))
            })
            .collect();
        scored.sort_by_key(|(fit, _)| Reverse(*fit));
        self.hits = scored.into_iter().map(|(_, hit)| hit).collect();
        self.chosen = 0;
    }
}

fn room_hit(room: &RoomView) -> Hit {
    let detail = match room.state {
        RoomStanding::Listed => "open to join".to_owned(),
        RoomStanding::Joining => "joining".to_owned(),
        RoomStanding::Gone => "left".to_owned(),
        RoomStanding::Halted => "stopped".to_owned(),
        RoomStanding::Joined if room.unread > 0 => format!("{} unread", room.unread),
        RoomStanding::Joined => room.topic.clone(),
    };
    Hit { aim: Aim::Room(room.room), label: room.label.clone(), detail }
}

fn person_hit(person: &PersonView) -> Hit {
    Hit {
        aim: Aim::Person(person.user_name.clone()),
        label: format!("@{}", person.user_name),
        detail: person.display.clone().unwrap_or_default(),
    }
}

/// Search.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// What is typed.
    pub input: Composer,
    /// The words that were looked for, and what they found.
    pub found: Option<(String, Vec<MessageView>)>,
    /// Which is chosen.
    pub chosen: usize,
}

/// Everything unread.
#[derive(Debug)]
pub(crate) struct Inbox {
    /// Room by room.
    pub lines: Vec<MessageView>,
    /// Which is chosen.
    pub chosen: usize,
}

/// Something to be typed, with what there is to say before.
#[derive(Debug)]
pub(crate) struct Form {
    /// What it is.
    pub title: String,
    /// What there is to say.
    pub lines: Vec<String>,
    /// What is to be typed.
    pub label: String,
    /// What is typed.
    pub input: Composer,
    /// What was wrong with what was typed before.
    pub wrong: Option<String>,
    /// What it is for.
    pub proves: Proves,
}

impl Form {
    /// Whether others must not read what is typed.
    pub(crate) const fn is_hidden(&self) -> bool {
        matches!(self.proves, Proves::Password(_))
    }
}

/// What is proved by what is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proves {
    /// That a new recovery key was written down.
    Stored {
        /// The group that is asked for.
        group: Secret,
        /// The whole key.
        key: Secret,
        /// What the key is for.
        purpose: KeyFor,
    },
    /// That the account's owner sits here.
    Password(PasswordFor),
}

/// Something to read.
#[derive(Debug)]
pub(crate) struct Page {
    /// What it is.
    pub title: String,
    /// A QR code beside the lines, row by row; none on most pages.
    pub code: Vec<String>,
    /// Its lines.
    pub lines: Vec<String>,
    /// The first line shown.
    pub top: usize,
}

/// Yes or no.
#[derive(Debug)]
pub(crate) struct Question {
    /// The question.
    pub words: String,
    /// What Enter does; Esc does nothing.
    pub yes: Consequence,
}

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Consequence {
    /// Put this text into the composer.
    Paste(String),
    /// Leave the room.
    Leave(RoomId),
    /// Make the room anew.
    Reset(RoomId),
    /// Remove a person from a room.
    Remove {
        /// From which room.
        room: RoomId,
        /// Whom.
        person: String,
    },
    /// Keep messages of a room for so many days; 0 is for ever.
    KeepFor {
        /// Of which room.
        room: RoomId,
        /// How many.
        days: u32,
    },
    /// Let newcomers of a room read back less.
    TightenHistory {
        /// Of which room.
        room: RoomId,
        /// How far at most.
        history: History,
    },
    /// Let in the new device that asks.
    LetIn,
    /// Make a link by which somebody who lost everything begins anew.
    ResetLink(String),
}

impl Overlay {
    /// How many there are to choose from, and which is chosen.
    pub(crate) fn choice(&mut self) -> Option<(usize, &mut usize)> {
        match self {
            Overlay::Palette(palette) => Some((palette.hits.len(), &mut palette.chosen)),
            Overlay::Search(search) => {
                let count = search.found.as_ref().map_or(0, |(_, lines)| lines.len());
                Some((count, &mut search.chosen))
            }
            Overlay::Inbox(inbox) => Some((inbox.lines.len(), &mut inbox.chosen)),
            Overlay::Page(_) | Overlay::Question(_) | Overlay::Form(_) => None,
        }
    }

    /// The line being typed.
    pub(crate) fn input(&mut self) -> Option<&mut Composer> {
        match self {
            Overlay::Palette(palette) => Some(&mut palette.input),
            Overlay::Search(search) => Some(&mut search.input),
            Overlay::Form(form) => Some(&mut form.input),
            Overlay::Inbox(_) | Overlay::Page(_) | Overlay::Question(_) => None,
        }
    }

    /// Moves the choice, or the page.
    pub(crate) fn move_by(&mut self, by: isize) {
        if let Overlay::Page(page) = self {
            page.top = page.top.saturating_add_signed(by).min(page.lines.len().saturating_sub(1));
        } else if let Some((count, chosen)) = self.choice() {
            *chosen = chosen.saturating_add_signed(by).min(count.saturating_sub(1));
        }
    }
}
