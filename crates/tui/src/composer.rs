//! The line a person writes in: readline keys, history, completion. Knows nothing of terminals.

use unicode_segmentation::UnicodeSegmentation;

/// Text with a cursor between its characters (grapheme clusters), and what was sent before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Composer {
    before: String,
    after: String,
    history: Vec<String>,
    /// Which entry of the history is shown, counted from the newest.
    shown: Option<usize>,
    killed: String,
}

/// Entries of the history kept.
const HISTORY_MAX: usize = 200;

impl Composer {
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    /// What stands before the cursor.
    pub(crate) fn before(&self) -> &str {
        &self.before
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    pub(crate) fn set(&mut self, text: &str) {
        text.clone_into(&mut self.before);
        self.after.clear();
    }

    /// Takes the text out and remembers it.
    pub(crate) fn take(&mut self) -> String {
        let text = self.text();
        self.set("");
        self.shown = None;
        if !text.trim().is_empty() && self.history.last() != Some(&text) {
            self.history.push(text.clone());
            if self.history.len() > HISTORY_MAX {
                self.history.remove(0);
            }
        }
        text
    }

    pub(crate) fn insert(&mut self, text: &str) {
        self.before.push_str(text);
    }

    pub(crate) fn backspace(&mut self) {
        let keep = self.before.grapheme_indices(true).next_back().map_or(0, |(at, _)| at);
        self.before.truncate(keep);
    }

    pub(crate) fn delete(&mut self) {
        let first = self.after.graphemes(true).next().map_or(0, str::len);
        self.after.drain(..first);
    }

    pub(crate) fn left(&mut self) {
        if let Some((at, _)) = self.before.grapheme_indices(true).next_back() {
            let moved = self.before.split_off(at);
            self.after.insert_str(0, &moved);
        }
    }

    pub(crate) fn right(&mut self) {
        let first = self.after.graphemes(true).next().map_or(0, str::len);
        let moved: String = self.after.drain(..first).collect();
        self.before.push_str(&moved);
    }

    pub(crate) fn home(&mut self) {
        self.after = self.text();
        self.before.clear();
    }

    pub(crate) fn end(&mut self) {
        self.before = self.text();
        self.after.clear();
    }

    fn word_start(&self) -> usize {
        let trimmed = self.before.trim_end();
        trimmed.rfind(char::is_whitespace).map_or(0, |at| at + 1)
    }

    pub(crate) fn word_left(&mut self) {
        let moved = self.before.split_off(self.word_start());
        self.after.insert_str(0, &moved);
    }

    pub(crate) fn word_right(&mut self) {
        let skipped = self.after.len() - self.after.trim_start().len();
        let rest = &self.after[skipped..];
        let end = skipped + rest.find(char::is_whitespace).unwrap_or(rest.len());
        let moved: String = self.after.drain(..end).collect();
        self.before.push_str(&moved);
    }

    pub(crate) fn kill_word(&mut self) {
        self.killed = self.before.split_off(self.word_start());
    }

    pub(crate) fn kill_to_start(&mut self) {
        self.killed = std::mem::take(&mut self.before);
    }

    pub(crate) fn kill_to_end(&mut self) {
        self.killed = std::mem::take(&mut self.after);
    }

    pub(crate) fn yank(&mut self) {
        let killed = self.killed.clone();
        self.insert(&killed);
    }

    /// Shows an older entry of the history.
    pub(crate) fn older(&mut self) {
        let next = self.shown.map_or(0, |shown| shown + 1);
        if let Some(text) = self.history.iter().rev().nth(next).cloned() {
            self.shown = Some(next);
            self.set(&text);
        }
    }

    /// Shows a newer entry; after the newest an empty line.
    pub(crate) fn newer(&mut self) {
        let newer = self.shown.and_then(|shown| shown.checked_sub(1));
        let text = newer.and_then(|at| self.history.iter().rev().nth(at).cloned());
        if self.shown.is_some() {
            self.shown = newer;
            self.set(text.as_deref().unwrap_or_default());
        }
    }

    /// Completes the word before the cursor from these candidates, as far as they agree.
    pub(crate) fn complete(&mut self, candidates: &[String]) {
        let start = self.before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let word = &self.before[start..];
        if word.is_empty() {
            return;
        }
        let matching: Vec<&String> =
            candidates.iter().filter(|candidate| candidate.starts_with(word)).collect();
        let Some(first) = matching.first() else { return };
        let agreed = matching.iter().fold(first.as_str(), |agreed, candidate| {
            let end = agreed
                .char_indices()
                .zip(candidate.chars())
                .find(|((_, a), b)| a != b)
                .map_or(agreed.len().min(candidate.len()), |((at, _), _)| at);
            &agreed[..end]
        });
        let space = if matching.len() == 1 { " " } else { "" };
        self.before = format!("{}{agreed}{space}", &self.before[..start]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composer(text: &str) -> Composer {
        let mut composer = Composer::default();
        composer.insert(text);
        composer
    }

    #[test]
    fn readline_keys_move_and_kill() {
        let mut c = composer("one two three");
        c.kill_word();
        assert_eq!(c.text(), "one two ");
        c.yank();
        c.home();
        c.word_right();
        assert_eq!(c.before(), "one");
        c.kill_to_end();
        c.left();
        c.delete();
        assert_eq!(c.text(), "on");
    }

    #[test]
    fn a_character_of_several_code_points_is_one() {
        let mut c = composer("e\u{301}👩‍👩‍👧");
        c.backspace();
        assert_eq!(c.text(), "e\u{301}");
        c.left();
        assert_eq!(c.before(), "");
    }

    #[test]
    fn history_goes_back_and_forth() {
        let mut c = composer("first");
        c.take();
        c.insert("second");
        c.take();
        c.older();
        c.older();
        assert_eq!(c.text(), "first");
        c.newer();
        assert_eq!(c.text(), "second");
        c.newer();
        assert!(c.is_empty());
    }

    #[test]
    fn completion_goes_as_far_as_candidates_agree() {
        let names = ["@anna".to_owned(), "@anton".to_owned(), "#general".to_owned()];
        let mut c = composer("hi @a");
        c.complete(&names);
        assert_eq!(c.text(), "hi @an");
        c.insert("t");
        c.complete(&names);
        assert_eq!(c.text(), "hi @anton ");
    }
}
