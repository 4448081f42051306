//! Everything that comes out of the engine.

use securechat_ids::{DeviceId, MessageId, RoomId, Seq, UnixMillis, UserId};
use securechat_proto::frame::ClientFrame;

/// What the shell is to do, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send this to the server.
    Frame(ClientFrame),
    /// Close the connection and come again: what is in flight cannot be trusted any more.
    Reconnect,
    /// Tell whoever is looking.
    News(News),
}

/// What changed, for faces. They read the details from the views.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The server has answered `Hello` and everything known to be missing is being fetched.
    Online,
    /// The session token is not accepted: open a session by device key, then connect again.
    TokenRefused,
    /// This device was revoked or the account deactivated.
    Ended {
        /// A sentence.
        why: String,
    },
    /// Every room is at its head, every inbox item handled, nothing waits that could go out.
    CaughtUp,
    /// Rooms, their names, people or unread counts changed.
    Rooms,
    /// A setting of this device changed.
    Settings,
    /// A room's timeline changed.
    Timeline {
        /// The room.
        room: RoomId,
    },
    /// A message of this device is durable on the server.
    Sent {
        /// The room.
        room: RoomId,
        /// The message.
        message_id: MessageId,
        /// Its place.
        seq: Seq,
        /// The server's time.
        time: UnixMillis,
    },
    /// A message of this device will not go out by itself.
    Failed {
        /// The room.
        room: RoomId,
        /// The message.
        message_id: MessageId,
        /// A sentence.
        why: String,
    },
    /// A message of somebody else arrived.
    Arrived {
        /// The room.
        room: RoomId,
        /// Its place.
        seq: Seq,
    },
    /// Sending waits; it goes on by itself.
    Holding {
        /// Until when, by this machine's clock.
        until: UnixMillis,
        /// Why.
        why: Hold,
    },
    /// A wish (to create, join, add, remove, leave, change the policy) came true.
    Wished {
        /// The room.
        room: RoomId,
    },
    /// A wish cannot come true.
    WishFailed {
        /// The room.
        room: RoomId,
        /// A sentence.
        why: String,
    },
    /// Something that must not happen did: shown until somebody has looked at it.
    Alarm {
        /// The room, if it is about one.
        room: Option<RoomId>,
        /// A sentence.
        what: String,
    },
    /// A device appeared on this user's own chain; its person is to be asked, until they have answered.
    OwnDeviceAdded {
        /// Which.
        device: DeviceId,
    },
    /// What is asked about this user's devices changed.
    Devices,
    /// Another device replaced keys of this account: until somebody has typed the password here once (`known`), this device
    /// shares nothing with the others.
    VaultKey {
        /// Whether this device has the new key.
        known: bool,
    },
    /// A user's root changed: they lost everything and began anew, or somebody else did in their name.
    RootChanged {
        /// Whose.
        user: UserId,
    },
}

/// Why sending waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Over a rate limit.
    RateLimit,
    /// The server is busy.
    Busy,
    /// The server's disk is full.
    StorageFull,
}
