//! Which key means what, where; the help page is drawn from the same table.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::cmd::Cmd;

/// Where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The composer.
    Writing,
    /// The list of messages.
    Reading,
    /// A box with a line to type and a list to choose from.
    Choosing,
    /// A page to read, a list, or a question.
    Looking,
    /// A box with a line to type.
    Filling,
}

/// In which modes a key is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    Everywhere,
    /// Wherever text is typed.
    Typing,
    Only(Mode),
}

impl Where {
    fn holds(self, mode: Mode) -> bool {
        match self {
            Everywhere => true,
            Typing => matches!(mode, Mode::Writing | Mode::Choosing | Mode::Filling),
            Only(only) => only == mode,
        }
    }
}

/// A key and its meaning.
struct Binding {
    key: &'static str,
    place: Where,
    cmd: Cmd,
    help: &'static str,
}

const fn bind(key: &'static str, place: Where, cmd: Cmd, help: &'static str) -> Binding {
    Binding { key, place, cmd, help }
}

use Where::{Everywhere, Only, Typing};

/// The table. An empty help text marks a second key for what is listed already.
const BINDINGS: &[Binding] = &[
    bind("Ctrl+K", Everywhere, Cmd::Jump, "jump to a room or person"),
    bind("Alt+A", Everywhere, Cmd::NextUnread, "next unread room"),
    bind("Shift+Right", Everywhere, Cmd::NextUnread, ""),
    bind("Shift+Left", Everywhere, Cmd::PreviousUnread, "previous unread room"),
    bind("Alt+Down", Everywhere, Cmd::NextRoom, "next room (also Ctrl+N)"),
    bind("Ctrl+N", Everywhere, Cmd::NextRoom, ""),
    bind("Alt+Up", Everywhere, Cmd::PreviousRoom, "previous room (also Ctrl+P)"),
    bind("Ctrl+P", Everywhere, Cmd::PreviousRoom, ""),
    bind("Alt+/", Everywhere, Cmd::LastRoom, "the room before this one"),
    bind("Alt+1", Everywhere, Cmd::Room(1), "room 1, and so on to Alt+9"),
    bind("Alt+2", Everywhere, Cmd::Room(2), ""),
    bind("Alt+3", Everywhere, Cmd::Room(3), ""),
    bind("Alt+4", Everywhere, Cmd::Room(4), ""),
    bind("Alt+5", Everywhere, Cmd::Room(5), ""),
    bind("Alt+6", Everywhere, Cmd::Room(6), ""),
    bind("Alt+7", Everywhere, Cmd::Room(7), ""),
    bind("Alt+8", Everywhere, Cmd::Room(8), ""),
    bind("Alt+9", Everywhere, Cmd::Room(9), ""),
    bind("Ctrl+F", Everywhere, Cmd::Search, "search all messages"),
    bind("Alt+I", Everywhere, Cmd::Inbox, "inbox: everything unread"),
    bind("PageUp", Everywhere, Cmd::PageUp, "a page back"),
    bind("PageDown", Everywhere, Cmd::PageDown, "a page on"),
    bind("Ctrl+End", Everywhere, Cmd::Newest, "the newest message (End too, in an empty text)"),
    bind("F6", Everywhere, Cmd::Focus, "between text and messages"),
    bind("F7", Everywhere, Cmd::RoomsPane, "show or hide rooms"),
    bind("F8", Everywhere, Cmd::MembersPane, "show or hide members"),
    bind("F1", Everywhere, Cmd::Help, "this page (? among the messages)"),
    bind("Esc", Everywhere, Cmd::Back, "close; dismiss an alarm"),
    bind("Enter", Everywhere, Cmd::Accept, "send; take what is chosen"),
    bind("Ctrl+C", Everywhere, Cmd::Interrupt, "clear the text; twice: quit"),
    bind("Ctrl+Q", Everywhere, Cmd::Quit, "quit"),
    bind("Ctrl+Z", Everywhere, Cmd::Suspend, "into the background (fg comes back)"),
    bind("Ctrl+L", Everywhere, Cmd::Redraw, "paint the screen anew"),
    bind("Up", Everywhere, Cmd::Up, "up; at the first line what you sent before"),
    bind("Down", Everywhere, Cmd::Down, "down; and back"),
    bind("Alt+Enter", Only(Mode::Writing), Cmd::NewLine, "new line (also Ctrl+J, Shift+Enter)"),
    bind("Ctrl+J", Only(Mode::Writing), Cmd::NewLine, ""),
    bind("Shift+Enter", Only(Mode::Writing), Cmd::NewLine, ""),
    bind("Tab", Only(Mode::Writing), Cmd::Complete, "complete @people, #rooms, /commands"),
    bind("Shift+Tab", Only(Mode::Writing), Cmd::CompleteBack, "the completion before"),
    bind("Ctrl+O", Only(Mode::Writing), Cmd::Editor, "write in $EDITOR"),
    bind("Ctrl+A", Typing, Cmd::Home, "start of the line"),
    bind("Home", Typing, Cmd::Home, ""),
    bind("Ctrl+E", Typing, Cmd::End, "end of the line"),
    bind("End", Typing, Cmd::End, ""),
    bind("Left", Typing, Cmd::Left, ""),
    bind("Ctrl+B", Typing, Cmd::Left, ""),
    bind("Right", Typing, Cmd::Right, ""),
    bind("Alt+B", Typing, Cmd::WordLeft, "a word back"),
    bind("Ctrl+Left", Typing, Cmd::WordLeft, ""),
    bind("Alt+Left", Typing, Cmd::WordLeft, ""),
    bind("Alt+F", Typing, Cmd::WordRight, "a word on"),
    bind("Ctrl+Right", Typing, Cmd::WordRight, ""),
    bind("Alt+Right", Typing, Cmd::WordRight, ""),
    bind("Backspace", Typing, Cmd::Backspace, ""),
    bind("Shift+Backspace", Typing, Cmd::Backspace, ""),
    bind("Ctrl+H", Typing, Cmd::Backspace, ""),
    bind("Delete", Typing, Cmd::Delete, ""),
    bind("Ctrl+D", Typing, Cmd::Delete, "delete the next character"),
    bind("Ctrl+W", Typing, Cmd::CutWord, "cut the word before"),
    bind("Alt+Backspace", Typing, Cmd::CutWord, ""),
    bind("Alt+D", Typing, Cmd::CutWordAhead, "cut the word after"),
    bind("Ctrl+U", Typing, Cmd::CutToStart, "cut to the start of the line"),
    bind("Alt+K", Typing, Cmd::CutToEnd, "cut to the end of the line"),
    bind("Ctrl+Y", Typing, Cmd::Yank, "put back what was cut"),
    bind("r", Only(Mode::Reading), Cmd::Retry, "send a failed message again"),
    bind("d", Only(Mode::Reading), Cmd::Discard, "drop a message that has not left (Ctrl+Y: back)"),
    bind("k", Only(Mode::Reading), Cmd::Up, ""),
    bind("j", Only(Mode::Reading), Cmd::Down, ""),
    bind("End", Only(Mode::Reading), Cmd::Newest, ""),
    bind("?", Only(Mode::Reading), Cmd::Help, ""),
    bind("k", Only(Mode::Looking), Cmd::Up, ""),
    bind("j", Only(Mode::Looking), Cmd::Down, ""),
    bind("q", Only(Mode::Looking), Cmd::Back, ""),
    bind("?", Only(Mode::Looking), Cmd::Back, ""),
];

/// What a key means in a mode.
pub(crate) fn meaning(mode: Mode, key: KeyEvent) -> Option<Cmd> {
    let pressed = plain(key.code, key.modifiers);
    let bound = BINDINGS
        .iter()
        .find(|binding| binding.place.holds(mode) && key_named(binding.key) == Some(pressed))
        .map(|binding| binding.cmd);
    let types = matches!(mode, Mode::Writing | Mode::Choosing | Mode::Filling | Mode::Reading);
    let unmodified = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
        // AltGr arrives as both on Windows.
        || key.modifiers.contains(KeyModifiers::CONTROL | KeyModifiers::ALT);
    match (bound, key.code) {
        (Some(cmd), _) => Some(cmd),
        (None, KeyCode::Char(c)) if types && unmodified => Some(Cmd::Insert(c)),
        (None, _) => None,
    }
}

/// One spelling for keys that terminals report in several ways.
fn plain(code: KeyCode, modifiers: KeyModifiers) -> (KeyCode, KeyModifiers) {
    let kept = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
    let mut modifiers = modifiers & kept;
    let code = match code {
        // Shift is in the character already, and with Ctrl or Alt it does not matter.
        KeyCode::Char(c) => {
            modifiers -= KeyModifiers::SHIFT;
            let chord = modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
            KeyCode::Char(if chord { c.to_ascii_lowercase() } else { c })
        }
        KeyCode::BackTab => {
            modifiers |= KeyModifiers::SHIFT;
            KeyCode::Tab
        }
        other => other,
    };
    (code, modifiers)
}

fn key_named(name: &str) -> Option<(KeyCode, KeyModifiers)> {
    let mut modifiers = KeyModifiers::NONE;
    let mut rest = name;
    loop {
        let (modifier, after) = match rest.split_once('+') {
            Some(("Ctrl", after)) => (KeyModifiers::CONTROL, after),
            Some(("Alt", after)) => (KeyModifiers::ALT, after),
            Some(("Shift", after)) => (KeyModifiers::SHIFT, after),
            _ => break,
        };
        modifiers |= modifier;
        rest = after;
    }
    let code = match rest {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "Backspace" => KeyCode::Backspace,
        "Delete" => KeyCode::Delete,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "PageUp" => KeyCode::PageUp,
        "PageDown" => KeyCode::PageDown,
        _ => match rest.strip_prefix('F').and_then(|number| number.parse().ok()) {
            Some(number) => KeyCode::F(number),
            None => KeyCode::Char(rest.chars().next()?.to_ascii_lowercase()),
        },
    };
    Some((code, modifiers))
}

/// The key map for the help page: key and what it does.
pub(crate) fn help() -> impl Iterator<Item = (&'static str, &'static str)> {
    BINDINGS.iter().filter(|binding| !binding.help.is_empty()).map(|binding| (binding.key, binding.help))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(mode: Mode, code: KeyCode, modifiers: KeyModifiers) -> Option<Cmd> {
        meaning(mode, KeyEvent::new(code, modifiers))
    }

    #[test]
    fn every_key_of_the_table_can_be_pressed_and_means_what_it_says() {
        for binding in BINDINGS {
            let (code, modifiers) = key_named(binding.key).expect("a key");
            for mode in [Mode::Writing, Mode::Reading, Mode::Choosing, Mode::Looking, Mode::Filling] {
                if binding.place.holds(mode) {
                    assert_eq!(means(mode, code, modifiers), Some(binding.cmd), "{}", binding.key);
                }
            }
        }
    }

    #[test]
    fn keys_mean_what_the_table_says_where_it_says() {
        let none = KeyModifiers::NONE;
        let table = [
            (Mode::Writing, KeyCode::Char('k'), KeyModifiers::CONTROL, Some(Cmd::Jump)),
            (Mode::Writing, KeyCode::Char('a'), KeyModifiers::ALT, Some(Cmd::NextUnread)),
            (
                Mode::Writing,
                KeyCode::Char('A'),
                KeyModifiers::ALT | KeyModifiers::SHIFT,
                Some(Cmd::NextUnread),
            ),
            (Mode::Writing, KeyCode::Char('7'), KeyModifiers::ALT, Some(Cmd::Room(7))),
            (Mode::Writing, KeyCode::Char('r'), none, Some(Cmd::Insert('r'))),
            (Mode::Reading, KeyCode::Char('r'), none, Some(Cmd::Retry)),
            (Mode::Writing, KeyCode::Char('?'), KeyModifiers::SHIFT, Some(Cmd::Insert('?'))),
            (Mode::Reading, KeyCode::Char('?'), KeyModifiers::SHIFT, Some(Cmd::Help)),
            (Mode::Writing, KeyCode::BackTab, KeyModifiers::SHIFT, Some(Cmd::CompleteBack)),
            (
                Mode::Writing,
                KeyCode::Char('@'),
                KeyModifiers::CONTROL | KeyModifiers::ALT,
                Some(Cmd::Insert('@')),
            ),
            (Mode::Writing, KeyCode::Char('x'), KeyModifiers::CONTROL, None),
            (Mode::Looking, KeyCode::Char('x'), none, None),
            (Mode::Choosing, KeyCode::Char('j'), none, Some(Cmd::Insert('j'))),
            (Mode::Looking, KeyCode::Char('j'), none, Some(Cmd::Down)),
            (Mode::Writing, KeyCode::Char('ß'), none, Some(Cmd::Insert('ß'))),
            (Mode::Writing, KeyCode::Char('Q'), KeyModifiers::SHIFT, Some(Cmd::Insert('Q'))),
        ];
        for (mode, code, modifiers, wanted) in table {
            assert_eq!(means(mode, code, modifiers), wanted, "{mode:?} {code:?} {modifiers:?}");
        }
    }
}
