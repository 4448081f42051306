//! What the server holds about a user, row by row (docs/protocol.md §3).

use securechat_ids::{DeviceId, RoomId, UnixMillis};
use serde::{Deserialize, Serialize};

use super::{B64, Device, Invite, User};

body! {
    /// All that the server holds about the asker.
    Report {
        /// The account.
        user: User,
        /// Devices.
        devices: Vec<Device>,
        /// Rooms with times and padded sizes.
        rooms: Vec<ReportRoom>,
        /// Live sessions.
        sessions: Vec<ReportSession>,
        /// Bytes of the sealed vault.
        vault_bytes: u64,
        /// Links of the user's chain, as they were signed; everybody of the team has them.
        chain_links: Vec<B64>,
        /// Sealed items.
        items: u64,
        /// Their sealed bytes.
        item_bytes: u64,
        /// Sealed receipts, one for each room and device.
        receipts: Vec<ReportReceipt>,
        /// Invites the asker made that still work; without their codes.
        invites: Vec<Invite>,
    }
}

body! {
    /// A session of the asker; of its token the server keeps a hash.
    ReportSession {
        /// Which device's.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        device_id: DeviceId,
        /// Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        opened_ms: UnixMillis,
        /// Unix milliseconds; moves on with use.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        expires_ms: UnixMillis,
    }
}

body! {
    /// A sealed receipt of a device of the asker.
    ReportReceipt {
        /// Where.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        room_id: RoomId,
        /// Of which device.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        device_id: DeviceId,
        /// Epoch whose key sealed it.
        epoch: u64,
        /// Sealed bytes.
        bytes: u64,
    }
}

body! {
    /// What the server holds of the asker in one room.
    ReportRoom {
        /// The room; its name is not known to the server.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        room_id: RoomId,
        /// Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        joined_ms: UnixMillis,
        /// Events sent by the asker's devices.
        events: u64,
        /// Their sealed bytes.
        bytes: u64,
    }
}
