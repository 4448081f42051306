//! What faces see: plain values, cleaned of everything that could steer a screen. No face parses ciphertext or the wire.

use securechat_ids::{DeviceId, MessageId, RoomId, Seq, UnixMillis, UserId};

pub use securechat_mls::{History, Kind};
pub use securechat_proto::http::Role;

pub use crate::unreadable::Unreadable;

/// Who this device is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeView {
    /// The person.
    pub user_id: UserId,
    /// The name.
    pub user_name: String,
    /// The device.
    pub device_id: DeviceId,
    /// Role in the team.
    pub role: Role,
    /// `https://host:port`.
    pub server_url: String,
    /// What the server's TLS identity must hash to.
    pub server_pin: String,
}

/// A room in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomView {
    /// The room.
    pub room: RoomId,
    /// `#name` or `@user`.
    pub label: String,
    /// One line; empty if there is none.
    pub topic: String,
    /// Channel, private room or direct messages.
    pub kind: Kind,
    /// How far newcomers read back.
    pub history: History,
    /// How its timeline begins on this device.
    pub earlier: Earlier,
    /// How many days its messages are kept; 0 is for ever.
    pub keep_days: u32,
    /// Where this device stands.
    pub state: RoomStanding,
    /// Messages of others that were not read here.
    pub unread: u64,
    /// Newest message read here.
    pub read_to: Seq,
    /// Newest event taken in.
    pub cursor: Seq,
    /// When its newest message was sent.
    pub newest: Option<UnixMillis>,
    /// How many people are in it.
    pub people: usize,
    /// Messages of this device that wait or failed.
    pub waiting: usize,
    /// A sentence, when something is wrong with it.
    pub trouble: Option<String>,
    /// The label of the room in which this one goes on, if it does.
    pub goes_on: Option<String>,
}

/// How a room's timeline begins on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// With the room's first message.
    All,
    /// There is more: [`crate::Engine::read_back`].
    More,
    /// More is being read.
    Reading,
    /// There is more, and it can be read once somebody of the room is online: nobody has told its key yet.
    Waits,
    /// With this person's coming, by the room's policy.
    SinceJoin,
    /// With this device's coming: by the room's policy nothing is kept for later.
    NothingKept,
    /// With what has not been deleted yet.
    Deleted,
}

impl Earlier {
    /// What to say above the first message; nothing for [`Earlier::All`].
    pub const fn sentence(self) -> Option<&'static str> {
        match self {
            Earlier::All => None,
            Earlier::More => Some("There is more before this."),
            Earlier::Reading => Some("Reading what was said before …"),
            Earlier::Waits => {
                Some("What was said before can be read as soon as somebody else of this room is online.")
            }
            Earlier::SinceJoin => Some("In this room, newcomers read from the day they came."),
            Earlier::NothingKept => {
                Some("In this room nothing is kept for later: this device reads from the day it came.")
            }
            Earlier::Deleted => Some("The server no longer has what was said before."),
        }
    }
}

/// Where this device stands in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomStanding {
    /// Open to join.
    Listed,
    /// On the way in.
    Joining,
    /// In it.
    Joined,
    /// No longer in it.
    Gone,
    /// In it, but stopped: see its trouble.
    Halted,
}

/// A line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    /// The room.
    pub room: RoomId,
    /// `#name` or `@user`.
    pub room_label: String,
    /// Its id.
    pub message_id: MessageId,
    /// Its place; none while it waits.
    pub seq: Option<Seq>,
    /// The server's time; the sender's own while it waits.
    pub time: UnixMillis,
    /// Who says it.
    pub user: UserId,
    /// Their user name.
    pub from: String,
    /// How they want to be called, if they said so.
    pub display: Option<String>,
    /// On which device.
    pub device: DeviceId,
    /// Whether it is this person's.
    pub own: bool,
    /// What kind of line.
    pub kind: LineKind,
    /// Cleaned text; of what cannot be shown, why not.
    pub text: String,
    /// It came from an export: this device has not checked who said it.
    pub imported: bool,
    /// Why it cannot be shown, if so.
    pub why: Option<Unreadable>,
    /// Where it stands.
    pub state: Delivery,
    /// For this person's newest messages: on how many of the other devices in the room it has arrived, and of how many that
    /// tell.
    pub arrived: Option<(usize, usize)>,
}

/// A room of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedRoom {
    /// The room.
    pub room: RoomId,
    /// What to call it if it is not known here, without `#` or `@`.
    pub name: String,
    /// One line.
    pub topic: String,
}

/// A message of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedMessage {
    /// Its id.
    pub message_id: MessageId,
    /// On which device.
    pub device: DeviceId,
    /// Who said it.
    pub user: UserId,
    /// How they were called; used where nothing better is known.
    pub from: String,
    /// Its place.
    pub seq: Seq,
    /// The server's time.
    pub time: UnixMillis,
    /// What was said.
    pub text: String,
}

/// Kind of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Something said.
    Text,
    /// People came or went, or the room's policy changed.
    Members,
    /// Messages were deleted here by the room's limit.
    Deleted,
    /// Cannot be shown; the text says why.
    Unreadable,
    /// Of a newer version.
    Unknown,
}

impl LineKind {
    /// Stable name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            LineKind::Text => "text",
            LineKind::Members => "members",
            LineKind::Deleted => "deleted",
            LineKind::Unreadable => "unreadable",
            LineKind::Unknown => "unknown",
        }
    }
}

/// Where a message of ours stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Waits for its turn.
    Queued,
    /// Encrypted and on its way.
    Sending,
    /// Durable on the server.
    Sent,
    /// Will not go out by itself.
    Failed(String),
}

/// A person of the team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// Who.
    pub user_id: UserId,
    /// Their name.
    pub user_name: String,
    /// How they want to be called, if they said so.
    pub display: Option<String>,
    /// Devices that speak for them.
    pub devices: usize,
    /// Root of their chain, for comparing.
    pub root: [u8; 32],
    /// Among the members of a room: whether they are its admin. Elsewhere `false`.
    pub room_admin: bool,
    /// Whether this person has compared it.
    pub trust: Trust,
}

/// Whether somebody is who their chain says, as far as this person has made sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// This person themselves.
    Yourself,
    /// Nobody has compared anything.
    Unverified,
    /// Compared, and unchanged since.
    Verified,
    /// Compared, and another one since: nothing is sent to them alone.
    Changed,
}

impl Trust {
    /// Stable name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Trust::Yourself => "yourself",
            Trust::Unverified => "unverified",
            Trust::Verified => "verified",
            Trust::Changed => "changed",
        }
    }
}

/// What two people compare to know that nobody stands between them: both see the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The other's root, to mark as compared.
    pub root: [u8; 32],
    /// Sixty digits in twelve groups.
    pub number: String,
    /// What four words are made of: 44 bits, the first ones.
    pub words_hash: [u8; 32],
    /// What a QR code says.
    pub qr: String,
}

/// A device of this user that speaks for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnDevice {
    /// Which.
    pub device_id: DeviceId,
    /// When it was added, by the clock of who added it.
    pub added: UnixMillis,
    /// Who added it.
    pub added_by: AddedBy,
    /// Whether its person is to be asked if it is theirs.
    pub unanswered: bool,
}

/// Who put a device on its user's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddedBy {
    /// Nobody: the account began with it.
    First,
    /// Another device.
    Device(DeviceId),
    /// The recovery key, which a password opens too.
    RecoveryKey,
}
