//! Makes text from other people safe to show: nothing they write moves a cursor, hides or reorders what is around it.

/// Characters that steer a terminal or the order of text (Unicode bidi controls, UAX #9; line and paragraph separators).
fn steers(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// A message's text: line breaks and tabs stay, whatever steers is shown as U+FFFD.
pub fn clean_text(text: &str) -> String {
    text.replace("\r\n", "\n").chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// A name or topic: one line.
pub fn clean_line(text: &str) -> String {
    let one_line = |c: char| if c == '\n' || c == '\t' { ' ' } else { c };
    clean_text(text).chars().map(one_line).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The old project's forged lines and terminal escapes.
    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        let hostile = "\u{1b}[2J\u{9b}31m\u{7}a\rb\u{202e}c\u{2066}d\u{feff}\0";
        let clean = clean_text(hostile);
        assert!(clean.chars().all(|c| !steers(c)), "{clean:?}");
        assert!(clean.contains('a') && clean.contains('d'));
    }

    #[test]
    fn a_name_is_one_line_and_a_text_keeps_its_lines() {
        assert_eq!(clean_line(" ops\nroot: hi\t"), "ops root: hi");
        assert_eq!(clean_text("one\r\ntwo\tthree"), "one\ntwo\tthree");
    }
}
