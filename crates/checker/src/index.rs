//! A history sorted by what is asked of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Entry, Event, Line, RowKind};

/// Device and room.
pub(crate) type Stay<'a> = (&'a str, &'a str);

/// A message from asking to answer.
pub(crate) struct Send<'a> {
    pub device: &'a str,
    pub room: &'a str,
    pub order: u64,
    pub after: Option<u64>,
    pub acks: Vec<Ack<'a>>,
    /// Whether the last word to the sender was that it failed.
    pub failed: bool,
}

/// An answer.
pub(crate) struct Ack<'a> {
    pub id: Option<&'a str>,
    pub seq: Option<u64>,
    /// Number of its line.
    pub line: usize,
}

/// A row of a log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    pub epoch: u64,
    pub kind: RowKind,
    pub device: &'a str,
    pub id: &'a str,
    pub welcomes: &'a [String],
}

/// A timeline as it was read once.
pub(crate) struct View<'a> {
    pub device: &'a str,
    pub room: &'a str,
    pub complete: bool,
    pub entries: &'a [Entry],
}

/// A right to read.
pub(crate) struct Right {
    pub from: u64,
    pub due: u64,
    pub to: Option<u64>,
}

impl Right {
    pub(crate) fn covers(&self, seq: u64) -> bool {
        seq >= self.from && self.to.is_none_or(|to| seq <= to)
    }

    pub(crate) fn demands(&self, seq: u64) -> bool {
        seq >= self.due && self.covers(seq)
    }
}

/// A history sorted by what is asked of it.
#[derive(Default)]
pub(crate) struct Index<'a> {
    pub sends: BTreeMap<&'a str, Send<'a>>,
    /// Every row of each log as often as it was written down, with what it said then.
    pub rows: BTreeMap<&'a str, BTreeMap<u64, Vec<Row<'a>>>>,
    /// Where a message id of a device stands.
    pub places: BTreeMap<(&'a str, &'a str), BTreeSet<u64>>,
    pub views: Vec<View<'a>>,
    /// Where a readable message was first shown.
    pub shown_at: BTreeMap<(&'a str, &'a str), u64>,
    pub rights: BTreeMap<Stay<'a>, Vec<Right>>,
    pub delivered: BTreeSet<(&'a str, &'a str, u64)>,
    pub welcomed: BTreeSet<(&'a str, &'a str, u64)>,
    /// The first line that says a row is kept.
    pub kept: BTreeMap<(&'a str, u64), usize>,
}

impl<'a> Index<'a> {
    pub(crate) fn of(history: &'a [Line]) -> Self {
        let mut index = Self::default();
        for (number, line) in history.iter().enumerate() {
            index.take(number, &line.event);
        }
        index
    }

    fn take(&mut self, line: usize, event: &'a Event) {
        match event {
            Event::Sent { device, room, message, order, after } => {
                let send = self.sends.entry(message).or_insert_with(|| Send {
                    device,
                    room,
                    order: *order,
                    after: *after,
                    acks: Vec::new(),
                    failed: false,
                });
                // Sent again after it had failed: only this time counts for its order.
                (send.order, send.after, send.failed) = (*order, *after, false);
            }
            Event::Acked { message, id, seq } => {
                if let Some(send) = self.sends.get_mut(message.as_str()) {
                    send.acks.push(Ack { id: id.as_deref(), seq: *seq, line });
                    send.failed = false;
                }
            }
            Event::Failed { message, .. } => {
                if let Some(send) = self.sends.get_mut(message.as_str()) {
                    send.failed = true;
                }
            }
            Event::Shown { device, room, complete, entries } => {
                for entry in entries.iter().filter(|entry| entry.unread.is_none()) {
                    self.shown_at.entry((room, &entry.message)).or_insert(entry.seq);
                }
                self.views.push(View { device, room, complete: *complete, entries });
            }
            Event::LogRow { room, seq, epoch, kind, device, id, welcomes } => {
                let row = Row { epoch: *epoch, kind: *kind, device, id, welcomes };
                self.places.entry((device, id)).or_default().insert(*seq);
                self.rows.entry(room).or_default().entry(*seq).or_default().push(row);
            }
            Event::Kept { room, seq } => {
                self.kept.entry((room, *seq)).or_insert(line);
            }
            Event::Entitled { device, room, from, due, to } => {
                let right = Right { from: *from, due: *due, to: *to };
                self.rights.entry((device, room)).or_default().push(right);
            }
            Event::Delivered { device, room, seq } => {
                self.delivered.insert((device, room, *seq));
            }
            Event::Welcomed { device, room, seq } => {
                self.welcomed.insert((device, room, *seq));
            }
            Event::Unsure { .. }
            | Event::Authenticator { .. }
            | Event::Ciphertext { .. }
            | Event::Searched { .. }
            | Event::Leaked { .. }
            | Event::Rest { .. }
            | Event::Note { .. } => {}
        }
    }

    pub(crate) fn rights_of<'b>(&'b self, device: &'b str, room: &'b str) -> &'b [Right] {
        self.rights.get(&(device, room)).map_or(&[], Vec::as_slice)
    }

    /// Where a message stands: by its answer, or else by where somebody shows it.
    pub(crate) fn place(&self, message: &str, send: &Send<'_>) -> Option<u64> {
        let answered = send.acks.iter().find_map(|ack| ack.seq);
        answered.or_else(|| self.shown_at.get(&(send.room, message)).copied())
    }
}
