//! Lines of a room as rows of a screen: day lines, the unread line, wrapped texts. Wrapping is remembered.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use securechat_client::ids::{DeviceId, MessageId, Seq, UnixMillis, UserId};
use securechat_client::view::{Delivery, LineKind, MessageView};

use super::text::{fit, shown, width, wrap};
use crate::clock::{day, hour};

/// Names one line of a timeline, whatever happens around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineKey {
    device: DeviceId,
    message: MessageId,
    /// Lines that nobody sent share an id.
    seq: Option<Seq>,
}

impl LineKey {
    /// The key of a line.
    pub(crate) fn of(line: &MessageView) -> Self {
        let sent = line.kind == LineKind::Text;
        // A text keeps its key when it gets its place.
        let seq = if sent { None } else { line.seq };
        Self { device: line.device, message: line.message_id, seq }
    }
}

/// Names one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowKey {
    line: LineKey,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Day,
    Unread,
    Text(usize),
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// A new day begins.
    Day(String),
    /// What follows was not read.
    Unread(String),
    /// Part of a line.
    Text {
        /// Which line, counted in the timeline.
        line: usize,
        /// Time and name, on a line's first row.
        head: Option<(String, String)>,
        /// The words.
        text: String,
        /// Where it stands, on a line's last row.
        tail: Option<Tail>,
    },
}

/// Where an own message stands, or where a line comes from, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    /// The words.
    pub words: String,
    /// Whether somebody has to do something.
    pub wrong: bool,
}

/// Where the unread line goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// After this place.
    pub after: Seq,
    /// What has come up to here counts; later lines are read as they come.
    pub until: Seq,
}

/// What rows depend on besides the lines.
pub(crate) struct Words<'a> {
    /// Cells.
    pub width: usize,
    /// The reader's zone.
    pub zone: &'a TimeZone,
    /// What people are called.
    pub names: &'a BTreeMap<UserId, String>,
    /// The unread line.
    pub mark: Option<Mark>,
}

impl Words<'_> {
    /// Cells for names.
    pub(crate) fn name_width(&self) -> usize {
        if self.width >= 70 { 12 } else { 8 }
    }

    /// Cells before a text: time, name and the spaces around.
    pub(crate) fn indent(&self) -> usize {
        "14:02 ".len() + self.name_width() + 1
    }

    fn name(&self, line: &MessageView) -> String {
        let name = match self.names.get(&line.user) {
            _ if line.own => "me",
            Some(name) => name.as_str(),
            None => line.from.as_str(),
        };
        fit(name, self.name_width())
    }
}

/// The rows of a timeline.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    rows: Vec<(RowKey, Row)>,
    wrapped: BTreeMap<LineKey, Wrapped>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Wrapped {
    text: String,
    cells: usize,
    rows: Vec<String>,
}

impl Rows {
    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Some of them.
    pub(crate) fn range(&self, from: usize, count: usize) -> impl Iterator<Item = &Row> {
        self.rows.iter().skip(from).take(count).map(|(_, row)| row)
    }

    /// The name of a row.
    pub(crate) fn key(&self, at: usize) -> Option<RowKey> {
        self.rows.get(at).map(|(key, _)| *key)
    }

    /// Where a named row is now: itself, or at least its line.
    pub(crate) fn place(&self, key: &RowKey) -> Option<usize> {
        let itself = self.rows.iter().position(|(other, _)| other == key);
        itself.or_else(|| self.rows.iter().position(|(other, _)| other.line == key.line))
    }

    /// First and last row of a line, by its number.
    pub(crate) fn of_line(&self, wanted: usize) -> Option<(usize, usize)> {
        let is = |row: &(RowKey, Row)| matches!(&row.1, Row::Text { line, .. } if *line == wanted);
        Some((self.rows.iter().position(is)?, self.rows.iter().rposition(is)?))
    }

    /// The unread line's row.
    pub(crate) fn unread(&self) -> Option<usize> {
        self.rows.iter().position(|(_, row)| matches!(row, Row::Unread(_)))
    }

    /// Lays lines out anew; what has been wrapped before is taken over.
    pub(crate) fn lay_out(&mut self, lines: &[MessageView], words: &Words<'_>) {
        let mut before = std::mem::take(&mut self.wrapped);
        self.rows.clear();
        let mut today = String::new();
        let mut mark = words.mark;
        for (at, line) in lines.iter().enumerate() {
            let key = LineKey::of(line);
            let its_day = day(line.time, words.zone);
            if its_day != today {
                self.rows.push((RowKey { line: key, part: Part::Day }, Row::Day(its_day.clone())));
                today = its_day;
            }
            if let Some(new) = mark
                && is_new(line, new)
            {
                mark = None;
                let count = lines[at..].iter().filter(|line| is_new(line, new)).count();
                let row = Row::Unread(format!("{count} new since {}", since(lines, at, line.time, words)));
                self.rows.push((RowKey { line: key, part: Part::Unread }, row));
            }
            let old = before.remove(&key);
            self.lay_out_line(at, line, old, words);
        }
    }

    fn lay_out_line(&mut self, at: usize, line: &MessageView, old: Option<Wrapped>, words: &Words<'_>) {
        let key = LineKey::of(line);
        let cells = words.width.saturating_sub(words.indent()).max(1);
        let wrapped = match old {
            Some(old) if old.cells == cells && old.text == line.text => old,
            _ => Wrapped { text: line.text.clone(), cells, rows: wrap(&line.text, cells) },
        };
        let tail = tail(line);
        let last = wrapped.rows.len() - 1;
        // A short word goes behind the text, anything longer onto rows of its own.
        let tail_fits = |text: &str, tail: &Tail| width(text) + 2 + width(&tail.words) <= cells;
        for (number, text) in wrapped.rows.iter().enumerate() {
            let head = (number == 0).then(|| (hour(line.time, words.zone), words.name(line)));
            let tail = tail.clone().filter(|tail| number == last && tail_fits(text, tail));
            let row = Row::Text { line: at, head, text: text.clone(), tail };
            self.rows.push((RowKey { line: key, part: Part::Text(number) }, row));
        }
        if let Some(tail) = tail.filter(|tail| !tail_fits(&wrapped.rows[last], tail)) {
            for (number, words) in wrap(&tail.words, cells).into_iter().enumerate() {
                let tail = Some(Tail { words, wrong: tail.wrong });
                let row = Row::Text { line: at, head: None, text: String::new(), tail };
                self.rows.push((RowKey { line: key, part: Part::Text(last + 1 + number) }, row));
            }
        }
        self.wrapped.insert(key, wrapped);
    }
}

fn is_new(line: &MessageView, new: Mark) -> bool {
    let is_within = |seq: Seq| seq > new.after && seq <= new.until;
    !line.own
        && !matches!(line.kind, LineKind::Members | LineKind::Deleted)
        && line.seq.is_some_and(is_within)
}

/// Since when: the last line that was read, or the first that was not.
fn since(lines: &[MessageView], at: usize, first: UnixMillis, words: &Words<'_>) -> String {
    hour(at.checked_sub(1).map_or(first, |before| lines[before].time), words.zone)
}

fn tail(line: &MessageView) -> Option<Tail> {
    if line.kind != LineKind::Text {
        return None;
    }
    if line.imported {
        return Some(Tail { words: "imported, not checked".to_owned(), wrong: false });
    }
    if !line.own {
        return None;
    }
    let (words, wrong) = match &line.state {
        Delivery::Queued => ("queued".to_owned(), false),
        Delivery::Sending => ("sending".to_owned(), false),
        Delivery::Sent => match line.arrived {
            Some((arrived, of)) if arrived > 0 => (format!("✓✓ {arrived}/{of}"), false),
            Some(_) | None => ("✓".to_owned(), false),
        },
        Delivery::Failed(why) => {
            (format!("NOT SENT: {} · F6, then r retry, d discard", shown(why).replace('\n', " ")), true)
        }
    };
    Some(Tail { words, wrong })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::{line, own};

    const DAY_MS: u64 = 24 * 3600 * 1000;

    fn laid_out(lines: &[MessageView], width: usize, mark: Option<Mark>) -> Vec<String> {
        let names = BTreeMap::new();
        let mut rows = Rows::default();
        rows.lay_out(lines, &Words { width, zone: &TimeZone::UTC, names: &names, mark });
        rows.range(0, 1000)
            .map(|row| match row {
                Row::Day(day) => format!("-- {day}"),
                Row::Unread(words) => format!("== {words}"),
                Row::Text { head, text, tail, .. } => {
                    let head = head.as_ref().map(|(time, name)| format!("{time} {name}: "));
                    let tail = tail.as_ref().map(|tail| format!(" [{}]", tail.words));
                    format!("{}{text}{}", head.unwrap_or_default(), tail.unwrap_or_default())
                }
            })
            .collect()
    }

    #[test]
    fn days_and_the_unread_line_stand_where_they_belong() {
        let mut lines =
            vec![line(1, "ana", "old"), line(2, "ana", "one"), own(3, "mine"), line(4, "eva", "two")];
        lines[2].time = UnixMillis(lines[1].time.0 + DAY_MS);
        lines[3].time = lines[2].time;
        let rows = laid_out(&lines, 80, Some(Mark { after: Seq(1), until: Seq(4) }));
        assert_eq!(
            rows,
            [
                "-- Tue 24 Nov 2026",
                "12:50 ana: old",
                "== 2 new since 12:50",
                "12:50 ana: one",
                "-- Wed 25 Nov 2026",
                "12:50 me: mine [✓]",
                "12:50 eva: two",
            ]
        );
    }

    #[test]
    fn own_messages_say_where_they_stand() {
        let mut lines = vec![own(1, "a"), own(2, "b"), own(3, "c")];
        lines[0].state = Delivery::Queued;
        lines[1].state = Delivery::Sending;
        lines[2].state = Delivery::Failed("the room is closed".into());
        let rows = laid_out(&lines, 50, None);
        assert_eq!(rows[1], "12:50 me: a [queued]");
        assert_eq!(rows[2], "12:50 me: b [sending]");
        assert_eq!(rows[3], "12:50 me: c");
        assert!(rows[4].starts_with(" [NOT SENT: the room is closed"), "{rows:?}");
        assert!(rows[4..].concat().contains("r retry"));
    }

    #[test]
    fn what_came_from_an_export_says_so_whoever_said_it() {
        let imported = |line: MessageView| MessageView { imported: true, ..line };
        let rows =
            laid_out(&[imported(line(1, "ana", "a")), imported(own(2, "b")), line(3, "ana", "c")], 60, None);
        assert_eq!(
            rows[1..],
            ["12:50 ana: a [imported, not checked]", "12:50 me: b [imported, not checked]", "12:50 ana: c"]
        );
    }

    #[test]
    fn a_row_is_found_again_after_older_lines_came_in_front_of_it() {
        let names = BTreeMap::new();
        let words = Words { width: 40, zone: &TimeZone::UTC, names: &names, mark: None };
        let mut rows = Rows::default();
        rows.lay_out(&[line(5, "ana", "five"), line(6, "ana", "six")], &words);
        let key = rows.key(2).expect("a row");
        rows.lay_out(&[line(4, "ana", "four"), line(5, "ana", "five"), line(6, "ana", "six")], &words);
        assert_eq!(rows.place(&key), Some(3));
    }
}
