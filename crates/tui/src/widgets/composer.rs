//! A text being written: by characters as people see them, with the keys of readline.

use unicode_segmentation::UnicodeSegmentation as _;

use super::text::{shown, width};
use crate::cmd::Cmd;

/// A text and where in it the next character goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Composer {
    text: String,
    /// In bytes, always between two characters.
    cursor: usize,
    cut: String,
}

impl Composer {
    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where the next character goes, in bytes.
    pub(crate) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Another text, to go on at its end.
    pub(crate) fn set(&mut self, text: &str) {
        self.text = harmless(text);
        self.cursor = self.text.len();
    }

    /// The text, leaving nothing.
    pub(crate) fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// The text away, to be put back with [`Cmd::Yank`].
    pub(crate) fn clear(&mut self) {
        if !self.text.is_empty() {
            self.cut = self.take();
        }
    }

    /// Keeps something for [`Cmd::Yank`].
    pub(crate) fn keep(&mut self, text: &str) {
        self.cut = harmless(text);
    }

    /// Text at the cursor.
    pub(crate) fn insert(&mut self, text: &str) {
        let text = harmless(text);
        self.text.insert_str(self.cursor, &text);
        self.cursor += text.len();
    }

    /// Replaces from `start` to the cursor.
    pub(crate) fn replace_word(&mut self, start: usize, word: &str) {
        self.text.replace_range(start..self.cursor, word);
        self.cursor = start + word.len();
    }

    /// Does what a key means; false if it means nothing to a text.
    pub(crate) fn on(&mut self, cmd: Cmd) -> bool {
        match cmd {
            Cmd::Insert(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            Cmd::NewLine => self.insert("\n"),
            Cmd::Left => self.cursor = self.before(),
            Cmd::Right => self.cursor = self.after(),
            Cmd::WordLeft => self.cursor = self.word_before(),
            Cmd::WordRight => self.cursor = self.word_after(),
            Cmd::Home => self.cursor = self.line_start(),
            Cmd::End => self.cursor = self.line_end(),
            Cmd::Backspace => self.delete(self.before(), self.cursor),
            Cmd::Delete => self.delete(self.cursor, self.after()),
            Cmd::CutWord => self.cut_out(self.word_before(), self.cursor),
            Cmd::CutWordAhead => self.cut_out(self.cursor, self.word_after()),
            Cmd::CutToStart => self.cut_out(self.line_start(), self.cursor),
            Cmd::CutToEnd => self.cut_out(self.cursor, self.line_end()),
            Cmd::Yank => self.insert(&self.cut.clone()),
            _ => return false,
        }
        true
    }

    fn delete(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    fn cut_out(&mut self, from: usize, to: usize) {
        if from < to {
            self.text[from..to].clone_into(&mut self.cut);
            self.delete(from, to);
        }
    }

    fn before(&self) -> usize {
        self.text[..self.cursor].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        let next = self.text[self.cursor..].graphemes(true).next().map_or(0, str::len);
        self.cursor + next
    }

    fn word_before(&self) -> usize {
        let head = &self.text[..self.cursor];
        let words = head.trim_end_matches(|c: char| !c.is_alphanumeric());
        words.trim_end_matches(char::is_alphanumeric).len()
    }

    fn word_after(&self) -> usize {
        let tail = &self.text[self.cursor..];
        let word = tail.trim_start_matches(|c: char| !c.is_alphanumeric());
        let rest = word.trim_start_matches(char::is_alphanumeric);
        self.text.len() - rest.len()
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.cursor..].find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }

    /// The text in rows of so many cells, and the row and cell of the cursor.
    pub(crate) fn rows(&self, cells: usize) -> (Vec<String>, (usize, usize)) {
        let (starts, cursor) = self.places(cells);
        let rows = starts.iter().enumerate().map(|(at, start)| {
            let end = starts.get(at + 1).copied().unwrap_or(self.text.len());
            shown(self.text[*start..end].trim_end_matches('\n'))
        });
        (rows.collect(), cursor)
    }

    /// Where each row starts in bytes, and the row and cell of the cursor.
    fn places(&self, cells: usize) -> (Vec<usize>, (usize, usize)) {
        let starts = self.starts(cells.max(2));
        let row = starts.partition_point(|start| *start <= self.cursor) - 1;
        let column = width(&shown(&self.text[starts[row]..self.cursor]));
        (starts, (row, column))
    }

    /// Where each row starts in bytes: behind line breaks, behind spaces, and inside of what is too long.
    fn starts(&self, cells: usize) -> Vec<usize> {
        let mut starts = vec![0];
        let mut used = 0;
        // Behind the last space of this row, and what was used up to there.
        let mut space = None;
        for (at, grapheme) in self.text.grapheme_indices(true) {
            if grapheme == "\n" {
                starts.push(at + 1);
                (used, space) = (0, None);
                continue;
            }
            let wide = width(&shown(grapheme));
            // One cell stays free for the cursor.
            if used + wide >= cells {
                let (start, before) = space.take().unwrap_or((at, used));
                starts.push(start);
                used -= before;
            }
            used += wide;
            if grapheme == " " {
                space = Some((at + 1, used));
            }
        }
        starts
    }

    /// A row up; false if there is none.
    pub(crate) fn up(&mut self, cells: usize) -> bool {
        let (starts, (row, column)) = self.places(cells);
        row > 0 && self.move_to(&starts, row - 1, column)
    }

    /// A row down; false if there is none.
    pub(crate) fn down(&mut self, cells: usize) -> bool {
        let (starts, (row, column)) = self.places(cells);
        row + 1 < starts.len() && self.move_to(&starts, row + 1, column)
    }

    fn move_to(&mut self, starts: &[usize], row: usize, column: usize) -> bool {
        let start = starts[row];
        let end = starts.get(row + 1).copied().unwrap_or(self.text.len());
        let mut used = 0;
        let mut cursor = start;
        for grapheme in self.text[start..end].graphemes(true) {
            let wide = width(&shown(grapheme));
            // The end of a row that goes on belongs to the row after it.
            let is_edge = cursor + grapheme.len() == end && row + 1 < starts.len();
            if grapheme == "\n" || used + wide > column || is_edge {
                break;
            }
            used += wide;
            cursor += grapheme.len();
        }
        self.cursor = cursor;
        true
    }
}

/// What is written may have line breaks and tabs, nothing else that steers.
fn harmless(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str, cmds: &[Cmd]) -> Composer {
        let mut composer = Composer::default();
        composer.insert(text);
        for cmd in cmds {
            assert!(composer.on(*cmd), "{cmd:?}");
        }
        composer
    }

    #[test]
    fn keys_do_what_readline_does() {
        let table: [(&str, &[Cmd], &str, usize); 12] = [
            ("one two", &[Cmd::CutWord], "one ", 4),
            ("one two", &[Cmd::CutToStart], "", 0),
            ("one two", &[Cmd::CutToStart, Cmd::Yank, Cmd::Yank], "one twoone two", 14),
            ("one two", &[Cmd::Home, Cmd::CutWordAhead], " two", 0),
            ("one two", &[Cmd::WordLeft, Cmd::CutToEnd], "one ", 4),
            ("one two", &[Cmd::WordLeft, Cmd::WordLeft, Cmd::WordRight], "one two", 3),
            ("ab", &[Cmd::Left, Cmd::Insert('x')], "axb", 2),
            ("ab", &[Cmd::Home, Cmd::Delete], "b", 0),
            ("ab", &[Cmd::Home, Cmd::Backspace], "ab", 0),
            ("one\ntwo", &[Cmd::Home], "one\ntwo", 4),
            ("one\ntwo", &[Cmd::Home, Cmd::Backspace, Cmd::End], "onetwo", 6),
            ("a", &[Cmd::NewLine, Cmd::Insert('b')], "a\nb", 3),
        ];
        for (text, cmds, wanted, cursor) in table {
            let composer = typed(text, cmds);
            assert_eq!((composer.text(), composer.cursor()), (wanted, cursor), "{text:?} {cmds:?}");
        }
    }

    #[test]
    fn characters_of_several_parts_move_and_vanish_whole() {
        let composer = typed("x👨‍👩‍👧‍👦e\u{301}", &[Cmd::Backspace, Cmd::Backspace]);
        assert_eq!(composer.text(), "x");
        assert_eq!(typed("🇩🇪", &[Cmd::Left]).cursor(), 0);
    }

    #[test]
    fn rows_are_measured_in_cells_and_the_cursor_is_found() {
        let composer = typed("日本語", &[]);
        assert_eq!(composer.rows(5), (vec!["日本".into(), "語".into()], (1, 2)));
        let composer = typed("one two three", &[]);
        assert_eq!(composer.rows(9), (vec!["one two ".into(), "three".into()], (1, 5)));
        let composer = typed("ab\n\ncd", &[Cmd::Home]);
        assert_eq!(composer.rows(10), (vec!["ab".into(), String::new(), "cd".into()], (2, 0)));
        assert_eq!(Composer::default().rows(10), (vec![String::new()], (0, 0)));
    }

    #[test]
    fn up_and_down_stay_in_the_text_while_there_are_rows() {
        let mut composer = typed("long line\nx", &[]);
        assert!(composer.up(20) && composer.cursor() == 1);
        assert!(!composer.up(20));
        assert!(composer.down(20) && composer.cursor() == 11);
        assert!(!composer.down(20));
    }

    #[test]
    fn pasted_escapes_do_not_get_into_a_text() {
        assert_eq!(typed("a\u{1b}[31m\r\nb\u{7}", &[]).text(), "a[31m\nb");
    }

    #[test]
    fn a_cleared_text_can_be_put_back() {
        let mut composer = typed("hello", &[]);
        composer.clear();
        assert!(composer.is_empty());
        composer.on(Cmd::Yank);
        assert_eq!(composer.text(), "hello");
    }
}
