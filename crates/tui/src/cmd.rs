//! What a key means.

/// A key's meaning, before anybody knows what is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cmd {
    /// A character for the text.
    Insert(char),
    /// Take the text, the choice or the question.
    Accept,
    /// A line break in the text.
    NewLine,
    /// Out of whatever is open.
    Back,
    /// Ctrl+C: clears the text; a second one leaves.
    Interrupt,
    /// Leave.
    Quit,
    /// Into the background.
    Suspend,
    /// Paint the screen anew.
    Redraw,
    /// The key map.
    Help,
    /// The palette.
    Jump,
    /// Search.
    Search,
    /// Everything unread.
    Inbox,
    /// The next room with something unread.
    NextUnread,
    /// The one before.
    PreviousUnread,
    /// The next room.
    NextRoom,
    /// The one before.
    PreviousRoom,
    /// The room looked at before this one.
    LastRoom,
    /// A room by its number.
    Room(u8),
    /// Between writing and the list of messages.
    Focus,
    /// Show or hide the rooms.
    RoomsPane,
    /// Show or hide the members.
    MembersPane,
    /// A page back.
    PageUp,
    /// A page on.
    PageDown,
    /// The newest message.
    Newest,
    /// Complete the word.
    Complete,
    /// The candidate before.
    CompleteBack,
    /// The text in `$EDITOR`.
    Editor,
    /// Up.
    Up,
    /// Down.
    Down,
    /// Back by a character.
    Left,
    /// On by a character.
    Right,
    /// Back by a word.
    WordLeft,
    /// On by a word.
    WordRight,
    /// Start of the line.
    Home,
    /// End of the line; in an empty text the newest message.
    End,
    /// Delete the character before.
    Backspace,
    /// Delete the character after.
    Delete,
    /// Cut the word before.
    CutWord,
    /// Cut the word after.
    CutWordAhead,
    /// Cut back to the start of the line.
    CutToStart,
    /// Cut to the end of the line.
    CutToEnd,
    /// Put back what was cut.
    Yank,
    /// Send a failed message again.
    Retry,
    /// Drop a message that has not left.
    Discard,
}
