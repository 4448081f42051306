//! What the state asks of the world: the only way out of it.

use securechat_client::ids::{MessageId, RoomId, Seq};
use securechat_client::view::History;

use crate::secret::{PasswordFor, Secret};

/// Something to be done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Leave.
    Quit,
    /// Into the background until called back.
    Suspend,
    /// Paint everything anew.
    Redraw,
    /// This text in `$EDITOR`.
    Edit(String),
    /// Read the rooms.
    ReadRooms,
    /// Read the people.
    ReadPeople,
    /// Read a room to look at.
    Open {
        /// The room.
        room: RoomId,
        /// How many lines at least.
        limit: usize,
        /// A line that is to be among them.
        at: Option<Seq>,
    },
    /// Read the newest lines of a room again.
    ReadLines {
        /// The room.
        room: RoomId,
        /// How many.
        limit: usize,
    },
    /// Read lines before those shown.
    ReadOlder {
        /// The room.
        room: RoomId,
        /// Before which.
        before: Seq,
    },
    /// Read who is in a room.
    ReadMembers(RoomId),
    /// Send a text.
    Send {
        /// Where to.
        room: RoomId,
        /// The text.
        text: String,
    },
    /// Let a failed message go out again.
    Retry {
        /// Its room.
        room: RoomId,
        /// The message.
        message: MessageId,
    },
    /// Drop a message that has not left.
    Discard {
        /// Its room.
        room: RoomId,
        /// The message.
        message: MessageId,
    },
    /// Everything up to here has been looked at.
    MarkRead {
        /// The room.
        room: RoomId,
        /// Up to.
        seq: Seq,
    },
    /// Keep what is being written.
    KeepDraft {
        /// The room.
        room: RoomId,
        /// The text.
        text: String,
    },
    /// Search.
    Search(String),
    /// Read everything unread.
    ReadInbox,
    /// Join a room.
    Join(String),
    /// Make a room.
    Create {
        /// Its name.
        name: String,
        /// Whether everybody finds it.
        open: bool,
        /// Who is added at once.
        people: Vec<String>,
    },
    /// Open direct messages and perhaps say something.
    Direct {
        /// With whom.
        person: String,
        /// What to say.
        text: Option<String>,
    },
    /// Add people.
    Add {
        /// To which room.
        room: RoomId,
        /// Whom.
        people: Vec<String>,
    },
    /// Remove a person.
    Remove {
        /// From which room.
        room: RoomId,
        /// Whom.
        person: String,
    },
    /// Make a person an admin of a room, or take that from them.
    SetAdmin {
        /// Of which room.
        room: RoomId,
        /// Whom.
        person: String,
        /// Whether they are to be one.
        admin: bool,
    },
    /// Sets how many days messages of a room are kept; 0 is for ever.
    KeepFor {
        /// Of which room.
        room: RoomId,
        /// How many.
        days: u32,
    },
    /// Let newcomers of a room read back less.
    TightenHistory {
        /// Of which room.
        room: RoomId,
        /// How far at most.
        history: History,
    },
    /// Leave a room.
    Leave(RoomId),
    /// Be called something else.
    SetName(String),
    /// Make an invite link.
    Invite,
    /// The safety number with somebody.
    Verify(String),
    /// Somebody was compared with: what they said.
    Confirm {
        /// Whom.
        person: String,
        /// The number or the words.
        said: String,
    },
    /// New keys of somebody are taken without comparing.
    Accept(String),
    /// An alarm was looked at.
    LookAt(String),
    /// The devices of this person.
    Devices,
    /// Devices that appeared and that nobody has said anything about.
    ReadAsked,
    /// Say that a device is this person's, by the beginning of its id.
    Mine(String),
    /// Revoke a device, by the beginning of its id.
    Revoke(String),
    /// How to let in a new device.
    HowToLink,
    /// Take the code of a new device.
    Link(String),
    /// Let it in, or not.
    LetIn(bool),
    /// The recovery key, for its owner.
    RecoveryKey,
    /// A new recovery key.
    NewKey,
    /// A new recovery key because a device is lost, by the beginning of its id.
    NewKeyForLost(String),
    /// The recovery key from now on.
    KeepKey(Secret),
    /// Whether this device has the keys that this person's devices share.
    ReadKeys {
        /// Whether the recovery key was replaced just now.
        news: bool,
    },
    /// What the password is needed for.
    WithPassword {
        /// As it was typed.
        password: Secret,
        /// What for.
        purpose: PasswordFor,
    },
    /// Make a link by which somebody who lost everything begins anew.
    ResetLink(String),
    /// Whether everything is well.
    Doctor,
    /// Let a stopped room go on, or put away what was wrong with one that does.
    Repair(RoomId),
    /// Make a room anew.
    Reset(RoomId),
}

impl Action {
    /// Whether it asks the server and may take a while; such actions do not hold up the others.
    pub(crate) const fn is_slow(&self) -> bool {
        matches!(
            self,
            Action::Invite
                | Action::Devices
                | Action::Doctor
                | Action::ReadAsked
                | Action::Mine(_)
                | Action::Revoke(_)
                | Action::Link(_)
                | Action::LetIn(_)
                | Action::RecoveryKey
                | Action::KeepKey(_)
                | Action::NewKeyForLost(_)
                | Action::ReadKeys { .. }
                | Action::WithPassword { .. }
                | Action::ResetLink(_)
        )
    }
}
