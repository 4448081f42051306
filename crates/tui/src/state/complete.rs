//! Tab: what the word before the cursor could become.

use securechat_client::view::{PersonView, RoomView};

use crate::command::COMMANDS;

/// Candidates kept; more help nobody.
const CANDIDATES_MAX: usize = 50;

/// A word being completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Completing {
    /// Where the word starts, in bytes.
    pub start: usize,
    /// What it could be.
    pub candidates: Vec<String>,
    /// What it is now.
    pub chosen: usize,
}

impl Completing {
    /// What the word before `cursor` could be; none if nothing fits.
    pub(crate) fn of(text: &str, cursor: usize, rooms: &[RoomView], people: &[PersonView]) -> Option<Self> {
        let head = &text[..cursor];
        let after_space = |(at, space): (usize, char)| at + space.len_utf8();
        let start = head.char_indices().rfind(|(_, c)| c.is_whitespace()).map_or(0, after_space);
        let word = head[start..].to_lowercase();
        let fits = |name: &String| name.to_lowercase().starts_with(&word);
        let people = people.iter().map(|person| format!("@{}", person.user_name));
        match word.chars().next()? {
            '/' if start == 0 => {
                Self::from(start, COMMANDS.iter().map(|(name, ..)| (*name).to_owned()).filter(fits))
            }
            '#' => Self::from(start, rooms.iter().map(|room| room.label.clone()).filter(fits)),
            '@' => Self::from(start, people.filter(fits)),
            _ => Self::from(start, people.filter(|name| name[1..].to_lowercase().starts_with(&word))),
        }
    }

    fn from(start: usize, candidates: impl Iterator<Item = String>) -> Option<Self> {
        let mut candidates: Vec<String> = candidates.collect();
        candidates.sort();
        candidates.dedup();
        candidates.truncate(CANDIDATES_MAX);
        (!candidates.is_empty()).then_some(Self { start, candidates, chosen: 0 })
    }

    /// The one after, or before, around the end.
    pub(crate) fn step(&mut self, back: bool) {
        let count = self.candidates.len();
        self.chosen = (self.chosen + if back { count - 1 } else { 1 }) % count;
    }

    /// The word as it is to stand in the text.
    pub(crate) fn word(&self) -> String {
        format!("{} ", self.candidates[self.chosen])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::{person, room};

    fn completed(text: &str) -> Vec<String> {
        let rooms = [room(1, "#general"), room(2, "#ops"), room(3, "@ana")];
        let people = [person("ana", None), person("anton", None), person("eva", None)];
        Completing::of(text, text.len(), &rooms, &people).map_or(Vec::new(), |found| found.candidates)
    }

    #[test]
    fn words_become_people_rooms_and_commands() {
        assert_eq!(completed("hi @an"), ["@ana", "@anton"]);
        assert_eq!(completed("AN"), ["@ana", "@anton"]);
        assert_eq!(completed("see #o"), ["#ops"]);
        assert_eq!(completed("/di"), ["/discard"]);
        assert!(completed("not /di").is_empty());
        assert!(completed("").is_empty());
        assert!(completed("hi ").is_empty());
        assert!(completed("日本").is_empty());
    }
}
