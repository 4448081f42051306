//! What live sessions are told once a transaction is on the disk.

use securechat_ids::{DeviceId, RoomId};
use securechat_proto::Code;
use securechat_proto::frame::{Event, RoomReceipt};

/// One piece of news, and whom it concerns.
#[derive(Clone, Debug, PartialEq)]
pub enum Wake {
    /// A room has a new event.
    Event {
        /// The room.
        room: RoomId,
        /// The event.
        event: Event,
        /// Devices of the room after it, and those it removed.
        to: Vec<DeviceId>,
    },
    /// A device has a leaf in a room now.
    Joined {
        /// The room.
        room: RoomId,
        /// The device.
        device: DeviceId,
    },
    /// A device has a new Welcome.
    Inbox {
        /// The device.
        device: DeviceId,
    },
    /// A device of a room put its receipt.
    Receipt {
        /// Room, device and what is sealed.
        receipt: RoomReceipt,
        /// The room's other devices.
        to: Vec<DeviceId>,
    },
    /// A person's items have changed.
    Items {
        /// Their other devices.
        to: Vec<DeviceId>,
    },
    /// The workspace log has grown; everybody is told.
    LogGrew {
        /// Its size.
        size: u64,
    },
    /// Leaves of a room are to be removed.
    MustRemove {
        /// The room.
        room: RoomId,
        /// All leaves due.
        leaves: Vec<u32>,
        /// Devices that may do it.
        to: Vec<DeviceId>,
    },
    /// A room is closed to these devices.
    RoomGone {
        /// The room.
        room: RoomId,
        /// The devices.
        to: Vec<DeviceId>,
    },
    /// All live sessions of these devices end.
    EndSessions {
        /// The devices.
        devices: Vec<DeviceId>,
        /// Why, for the goodbye.
        code: Code,
    },
}

/// An answer, and the news to spread once it is durable.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<T> {
    /// For the asker.
    pub answer: T,
    /// For live sessions, in order.
    pub wakes: Vec<Wake>,
}

impl<T> Outcome<T> {
    /// An answer that is nobody else's business.
    pub fn quiet(answer: T) -> Self {
        Self { answer, wakes: Vec::new() }
    }
}
