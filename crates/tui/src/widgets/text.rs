//! Text in cells: made harmless, measured, cut and wrapped by what it takes up on a screen.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Marks that may pile up on one character; more would grow over the lines around it.
const MARKS_MAX: usize = 8;

/// Text with nothing in it that steers a terminal: only line breaks stay, tabs become spaces.
pub(crate) fn shown(text: &str) -> String {
    let mut marks = 0;
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        match c {
            '\n' => clean.push('\n'),
            '\t' => clean.push_str("    "),
            _ if steers(c) => clean.push('\u{fffd}'),
            _ if marks > MARKS_MAX => {}
            _ => clean.push(c),
        }
    }
    clean
}

fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Cells that a text takes up.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// A text in one line of at most so many cells; where it is cut there is an ellipsis.
pub(crate) fn fit(text: &str, cells: usize) -> String {
    let line = shown(text).replace('\n', " ");
    if width(&line) <= cells {
        return line;
    }
    let mut cut = String::new();
    let mut used = 1;
    for grapheme in line.graphemes(true) {
        used += width(grapheme);
        if used > cells {
            break;
        }
        cut.push_str(grapheme);
    }
    if cells > 0 {
        cut.push('…');
    }
    cut
}

/// A text in lines of at most so many cells, broken at spaces where there are any.
pub(crate) fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let clean = shown(text);
    clean.split('\n').flat_map(|line| wrap_line(line, cells)).collect()
}

fn wrap_line(line: &str, cells: usize) -> Vec<String> {
    let mut rows = Vec::new();
    let mut row = String::new();
    let mut used = 0;
    for word in line.split_inclusive(' ') {
        let word_width = width(word.trim_end_matches(' '));
        if used + word_width > cells && used > 0 && word_width > 0 {
            rows.push(std::mem::take(&mut row));
            used = 0;
        }
        for grapheme in word.graphemes(true) {
            let wide = width(grapheme);
            if used + wide > cells && used > 0 {
                if grapheme == " " {
                    // A space at the edge is the break itself.
                    continue;
                }
                rows.push(std::mem::take(&mut row));
                used = 0;
            }
            row.push_str(grapheme);
            used += wide;
        }
    }
    rows.push(row);
    for row in &mut rows {
        row.truncate(row.trim_end_matches(' ').len());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(wrap("abcdefghijkl", 5), ["abcde", "fghij", "kl"]);
        assert_eq!(wrap("see abcdefghijkl", 5), ["see", "abcde", "fghij", "kl"]);
        assert_eq!(wrap("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("  code", 10), ["  code"]);
    }

    #[test]
    fn wide_characters_and_marks_are_counted_as_they_show() {
        assert_eq!(wrap("日本語です", 4), ["日本", "語で", "す"]);
        assert_eq!(wrap("e\u{301}e\u{301}e\u{301}", 2), ["e\u{301}e\u{301}", "e\u{301}"]);
        for row in wrap("👨‍👩‍👧‍👦 family 日本 x\u{301}y 🇩🇪🇫🇷", 7) {
            assert!(width(&row) <= 7, "{row}");
        }
        assert_eq!(wrap("日", 1), ["日"]);
    }

    #[test]
    fn what_does_not_fit_is_cut_with_an_ellipsis() {
        assert_eq!(fit("hello", 5), "hello");
        assert_eq!(fit("hello!", 5), "hell…");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("a\nb", 5), "a b");
        assert_eq!(fit("abc", 0), "");
    }

    #[test]
    fn nothing_that_steers_is_left() {
        let clean = shown("\u{1b}[31m\u{9b}a\rb\u{202e}c\u{7}\u{2028}d\te");
        assert!(!clean.chars().any(steers), "{clean:?}");
        assert!(clean.ends_with("d    e"));
        let piled = format!("x{}", "\u{301}".repeat(500));
        assert!(shown(&piled).chars().count() <= 1 + MARKS_MAX);
    }
}
