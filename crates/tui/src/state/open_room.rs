//! The room being looked at: its lines, how far one has scrolled, what has been seen.

use securechat_client::ids::{RoomId, Seq};
use securechat_client::view::{LineKind, MessageView, PersonView};

use crate::widgets::{LineKey, Mark, RowKey, Rows, Words};

/// Lines read at once.
pub(crate) const PAGE: usize = 200;
/// Lines kept of one room; whoever looks for something further back uses search.
pub(crate) const LINES_MAX: usize = 5_000;

/// Where in the timeline one looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scroll {
    /// At the newest line, and with it.
    End,
    /// At this row on top, whatever comes below.
    Top(RowKey),
}

/// A room being looked at.
#[derive(Debug)]
pub(crate) struct OpenRoom {
    /// Which.
    pub room: RoomId,
    /// Oldest first.
    pub lines: Vec<MessageView>,
    /// Whether its lines have been read from memory.
    pub loaded: bool,
    /// Whether nothing older is here.
    pub whole: bool,
    /// Who is in it.
    pub members: Vec<PersonView>,
    /// Rows of the screen.
    pub rows: Rows,
    /// The chosen line.
    pub selected: Option<LineKey>,
    /// Where the unread line goes.
    pub mark: Option<Mark>,
    /// Up to where it has been marked as read.
    pub marked: Seq,
    /// Older lines are being read.
    pub fetching: bool,
    scroll: Scroll,
    seen: Seq,
}

impl OpenRoom {
    /// A room just turned to.
    pub(crate) fn new(room: RoomId, read_to: Seq, unread: u64) -> Self {
        Self {
            room,
            lines: Vec::new(),
            loaded: false,
            whole: false,
            members: Vec::new(),
            rows: Rows::default(),
            selected: None,
            mark: (unread > 0).then_some(Mark { after: read_to, until: Seq(u64::MAX) }),
            marked: read_to,
            fetching: false,
            scroll: Scroll::End,
            seen: read_to,
        }
    }

    /// The newest place here.
    pub(crate) fn newest(&self) -> Seq {
        self.lines.iter().filter_map(|line| line.seq).max().unwrap_or(Seq(0))
    }

    /// The oldest place here.
    pub(crate) fn oldest(&self) -> Option<Seq> {
        self.lines.iter().find_map(|line| line.seq)
    }

    /// Whether one looks at the newest line.
    pub(crate) fn is_at_end(&self) -> bool {
        self.scroll == Scroll::End
    }

    /// The first row seen in `height` rows.
    pub(crate) fn top(&self, height: usize) -> usize {
        let last_top = self.rows.len().saturating_sub(height);
        match &self.scroll {
            Scroll::End => last_top,
            Scroll::Top(key) => self.rows.place(key).unwrap_or(last_top).min(last_top),
        }
    }

    /// Puts this row on top, or goes to the end if it is that far.
    pub(crate) fn scroll_to(&mut self, top: usize, height: usize) {
        let last_top = self.rows.len().saturating_sub(height);
        self.scroll = match self.rows.key(top) {
            Some(key) if top < last_top => Scroll::Top(key),
            _ => Scroll::End,
        };
    }

    /// So many rows on, or back.
    pub(crate) fn scroll_by(&mut self, by: isize, height: usize) {
        let top = self.top(height).saturating_add_signed(by);
        self.scroll_to(top, height);
    }

    /// The reader turns away: what comes from now on is unread.
    pub(crate) fn turn_away(&mut self) {
        if self.is_at_end() {
            self.mark = Some(Mark { after: self.newest(), until: Seq(u64::MAX) });
        }
    }

    /// The reader is here: what the unread line counts is settled.
    pub(crate) fn settle_mark(&mut self) {
        let newest = self.newest();
        if let Some(mark) = &mut self.mark {
            mark.until = mark.until.min(newest);
        }
    }

    /// To the newest line.
    pub(crate) fn scroll_to_end(&mut self) {
        self.scroll = Scroll::End;
    }

    /// To the line at a place, in the middle; false if it is not here.
    pub(crate) fn show(&mut self, seq: Seq, height: usize) -> bool {
        let Some(at) = self.lines.iter().position(|line| line.seq == Some(seq)) else { return false };
        self.selected = Some(LineKey::of(&self.lines[at]));
        if let Some((first, _)) = self.rows.of_line(at) {
            self.scroll_to(first.saturating_sub(height / 2), height);
        }
        true
    }

    /// Lays its rows out anew.
    pub(crate) fn lay_out(&mut self, words: &Words<'_>) {
        self.rows.lay_out(&self.lines, words);
    }

    /// What is on the screen now has been seen.
    pub(crate) fn look(&mut self) {
        if self.is_at_end() {
            self.seen = self.newest();
        }
    }

    /// Messages of others that came in below what is seen.
    pub(crate) fn new_below(&self) -> usize {
        if self.is_at_end() {
            return 0;
        }
        let is_new = |line: &&MessageView| {
            !line.own
                && !matches!(line.kind, LineKind::Members | LineKind::Deleted)
                && line.seq.is_some_and(|seq| seq > self.seen)
        };
        self.lines.iter().filter(is_new).count()
    }

    /// Number of the chosen line.
    pub(crate) fn selected_at(&self) -> Option<usize> {
        let key = self.selected?;
        self.lines.iter().rposition(|line| LineKey::of(line) == key)
    }

    /// The chosen line.
    pub(crate) fn selected_line(&self) -> Option<&MessageView> {
        self.selected_at().map(|at| &self.lines[at])
    }

    /// Chooses the line `by` further, and brings it into sight.
    pub(crate) fn select_by(&mut self, by: isize, height: usize) {
        let Some(last) = self.lines.len().checked_sub(1) else { return };
        let at = match self.selected_at() {
            Some(at) => at.saturating_add_signed(by).min(last),
            None => last,
        };
        self.select(at, height);
    }

    /// Chooses a line by its number, and brings it into sight.
    pub(crate) fn select(&mut self, at: usize, height: usize) {
        self.selected = self.lines.get(at).map(LineKey::of);
        let Some((first, last)) = self.rows.of_line(at) else { return };
        let top = self.top(height);
        if first < top {
            self.scroll_to(first, height);
        } else if last >= top + height {
            self.scroll_to((last + 1).saturating_sub(height).min(first), height);
        }
    }

    /// Lines to read when reading again: what is here and a little more, at least a page.
    pub(crate) fn limit(&self) -> usize {
        self.lines.len().saturating_add(50).clamp(PAGE, LINES_MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::state::testing::{line, room_id};

    fn opened(count: u64) -> OpenRoom {
        let mut open = OpenRoom::new(room_id(1), Seq(0), 0);
        open.lines = (1..=count).map(|seq| line(seq, "ana", "hello")).collect();
        lay_out(&mut open);
        open.look();
        open
    }

    fn lay_out(open: &mut OpenRoom) {
        let names = BTreeMap::new();
        let mark = open.mark;
        open.lay_out(&Words { width: 60, zone: &TimeZone::UTC, names: &names, mark });
    }

    #[test]
    fn who_has_scrolled_up_stays_there_and_is_told_what_is_new() {
        let mut open = opened(50);
        open.scroll_by(-10, 20);
        let top = open.top(20);
        let key = open.rows.key(top);
        open.lines.push(line(51, "ana", "news"));
        lay_out(&mut open);
        open.look();
        assert_eq!(open.rows.key(open.top(20)), key);
        assert_eq!(open.new_below(), 1);
        open.scroll_by(100, 20);
        assert!(open.is_at_end());
        open.look();
        assert_eq!(open.new_below(), 0);
    }

    #[test]
    fn a_chosen_line_is_always_in_sight() {
        let mut open = opened(50);
        for by in [-1, -30, -100, 5, 30, 100] {
            open.select_by(by, 20);
            let at = open.selected_at().expect("chosen");
            let (first, last) = open.rows.of_line(at).expect("laid out");
            let top = open.top(20);
            assert!(top <= first && last < top + 20, "{by}: {top} {first} {last}");
        }
    }

    #[test]
    fn a_place_that_is_here_is_shown() {
        let mut open = opened(50);
        assert!(open.show(Seq(10), 20));
        assert!(!open.is_at_end());
        assert!(!open.show(Seq(99), 20));
    }
}
