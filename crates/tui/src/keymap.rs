//! Which key means what. The help screen is drawn from the same table.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cmd {
    Insert(char),
    NewLine,
    Send,
    Backspace,
    Delete,
    Left,
    Right,
    Home,
    End,
    WordLeft,
    WordRight,
    KillWord,
    KillToStart,
    KillToEnd,
    Yank,
    Older,
    Newer,
    Complete,
    Palette,
    NextUnread,
    RoomNumber(usize),
    PageUp,
    PageDown,
    Newest,
    Help,
    Retry,
    Discard,
    Escape,
    Interrupt,
}

/// The keys worth knowing, for the help screen.
pub(crate) const HELP: &[(&str, &str)] = &[
    ("Enter", "send"),
    ("Alt+Enter", "new line"),
    ("Ctrl+K", "jump to a room or person"),
    ("Alt+A", "next unread room"),
    ("Alt+1 … 9", "room by number"),
    ("Tab", "complete @people, #rooms, /commands"),
    ("Up, Down", "what you sent before"),
    ("PageUp, PageDown", "scroll; Ctrl+End to the newest"),
    ("Ctrl+A E U W Y, Alt+B F K", "move and kill as in a shell"),
    ("Ctrl+R, Ctrl+X", "retry or drop a failed message"),
    ("/help", "this too; /search /members /inbox /create /dm …"),
    ("Esc", "close, dismiss"),
    ("Ctrl+C", "clear the line; again to quit"),
    ("F1", "this help"),
];

/// The meaning of a key; none for keys without one.
pub(crate) fn cmd(key: KeyEvent) -> Option<Cmd> {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    Some(match key.code {
        KeyCode::Enter if alt || key.modifiers.contains(KeyModifiers::SHIFT) => Cmd::NewLine,
        KeyCode::Enter => Cmd::Send,
        KeyCode::Char('j') if ctrl => Cmd::NewLine,
        KeyCode::Char('k') if ctrl => Cmd::Palette,
        KeyCode::Char('c') if ctrl => Cmd::Interrupt,
        KeyCode::Char('a') if ctrl => Cmd::Home,
        KeyCode::Char('e') if ctrl => Cmd::End,
        KeyCode::Char('u') if ctrl => Cmd::KillToStart,
        KeyCode::Char('w') if ctrl => Cmd::KillWord,
        KeyCode::Char('y') if ctrl => Cmd::Yank,
        KeyCode::Char('r') if ctrl => Cmd::Retry,
        KeyCode::Char('x') if ctrl => Cmd::Discard,
        KeyCode::Char('a') if alt => Cmd::NextUnread,
        KeyCode::Char('b') if alt => Cmd::WordLeft,
        KeyCode::Char('f') if alt => Cmd::WordRight,
        KeyCode::Char('k') if alt => Cmd::KillToEnd,
        KeyCode::Char(digit @ '1'..='9') if alt => {
            Cmd::RoomNumber(usize::try_from(u32::from(digit) - u32::from('0')).unwrap_or(1))
        }
        KeyCode::Char(c) if !ctrl && !alt && !c.is_control() => Cmd::Insert(c),
        KeyCode::Backspace => Cmd::Backspace,
        KeyCode::Delete => Cmd::Delete,
        KeyCode::Left => Cmd::Left,
        KeyCode::Right => Cmd::Right,
        KeyCode::Home => Cmd::Home,
        KeyCode::End if ctrl => Cmd::Newest,
        KeyCode::End => Cmd::End,
        KeyCode::Up => Cmd::Older,
        KeyCode::Down => Cmd::Newer,
        KeyCode::Tab => Cmd::Complete,
        KeyCode::PageUp => Cmd::PageUp,
        KeyCode::PageDown => Cmd::PageDown,
        KeyCode::F(1) => Cmd::Help,
        KeyCode::Esc => Cmd::Escape,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_the_help_says() {
        let key = |code, modifiers| cmd(KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('k'), KeyModifiers::CONTROL), Some(Cmd::Palette));
        assert_eq!(key(KeyCode::Char('a'), KeyModifiers::ALT), Some(Cmd::NextUnread));
        assert_eq!(key(KeyCode::Char('7'), KeyModifiers::ALT), Some(Cmd::RoomNumber(7)));
        assert_eq!(key(KeyCode::Enter, KeyModifiers::ALT), Some(Cmd::NewLine));
        assert_eq!(key(KeyCode::Char('x'), KeyModifiers::NONE), Some(Cmd::Insert('x')));
        assert_eq!(key(KeyCode::Char('\u{1b}'), KeyModifiers::NONE), None);
    }
}
