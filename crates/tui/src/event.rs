//! Everything that can happen, in one order.

use crossterm::event::{KeyEvent, MouseEvent};
use securechat_client::ids::{RoomId, Seq};
use securechat_client::view::{MessageView, PersonView, RoomView};
use securechat_client::{Connection, DeviceView, Offer, Told};

use crate::secret::{KeyFor, PasswordFor, Secret};

/// Something happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// A key went down.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The terminal came to the front, or left it.
    Front(bool),
    /// The engine tells.
    Told(Told),
    /// The connection changed.
    Connection(Connection),
    /// A second went by.
    Tick,
    /// What an action brought.
    Answer(Answer),
    /// The system wants this program to end, or the engine is gone.
    Terminate,
}

/// What an action brought.
#[derive(Debug)]
pub(crate) enum Answer {
    /// All rooms.
    Rooms(Vec<RoomView>),
    /// All people.
    People(Vec<PersonView>),
    /// A room to be looked at.
    Opened(Opened),
    /// The newest lines of a room, again.
    Lines {
        /// The room.
        room: RoomId,
        /// Oldest first.
        lines: Vec<MessageView>,
        /// Whether nothing older is here.
        whole: bool,
    },
    /// Lines before those shown.
    Older {
        /// The room.
        room: RoomId,
        /// Oldest first.
        lines: Vec<MessageView>,
        /// Whether nothing older is here.
        whole: bool,
    },
    /// People of a room.
    Members {
        /// The room.
        room: RoomId,
        /// Who.
        people: Vec<PersonView>,
    },
    /// What a search found.
    Found {
        /// The words.
        words: String,
        /// Newest first.
        lines: Vec<MessageView>,
    },
    /// Everything unread.
    Inbox(Vec<MessageView>),
    /// Something to read.
    Page {
        /// What it is.
        title: String,
        /// Its lines.
        lines: Vec<String>,
    },
    /// Something to read beside a QR code.
    CodePage {
        /// What it is.
        title: String,
        /// The code, row by row.
        code: Vec<String>,
        /// Its lines.
        lines: Vec<String>,
    },
    /// A recovery key that is nobody's yet.
    NewKey {
        /// The key.
        key: Secret,
        /// What it is for.
        purpose: KeyFor,
    },
    /// What was typed was not the password.
    WrongPassword(PasswordFor),
    /// Whether this device has the keys that this person's devices share.
    Keys {
        /// Whether it has.
        shared: bool,
        /// Whether the recovery key was replaced just now.
        news: bool,
    },
    /// Devices that appeared and that nobody has said anything about.
    Asked(Vec<DeviceView>),
    /// A new device asks to be let in.
    Offered(Offer),
    /// A room to go to.
    Go(RoomId),
    /// Text from the editor.
    Edited(String),
    /// A sentence to show for a while.
    Done(String),
    /// Why something did not happen.
    Failed(String),
    /// A text that could not be taken, so that it is not lost.
    NotTaken {
        /// Where it was meant for.
        room: RoomId,
        /// The text.
        text: String,
        /// Why.
        why: String,
    },
    /// Nothing to say.
    Nothing,
}

/// A room as it is when somebody turns to it.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The room.
    pub room: RoomId,
    /// Oldest first.
    pub lines: Vec<MessageView>,
    /// Whether nothing older is here.
    pub whole: bool,
    /// What was being written.
    pub draft: String,
    /// Who is in it.
    pub members: Vec<PersonView>,
    /// The line to look at.
    pub at: Option<Seq>,
}
