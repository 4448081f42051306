//! Bodies about a user's devices (docs/protocol.md §3, §5).

use securechat_ids::{DeviceId, UnixMillis};
use serde::{Deserialize, Serialize};

use super::B64;

body! {
    /// Adds the device that the link names.
    AddDevice {
        /// Signed `add_device` link.
        link: B64,
        /// Device name sealed under the vault key.
        device_name: B64,
    }
}

body! {
    /// A device as its own user sees it.
    Device {
        /// The device.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        device_id: DeviceId,
        /// Sealed under the vault key.
        device_name: B64,
        /// Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        added_ms: UnixMillis,
        /// Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        last_seen_ms: UnixMillis,
        /// Whether this session is its.
        current: bool,
    }
}

body! {
    /// Revokes the device that the link names.
    RevokeDevice {
        /// Signed `revoke_device` link.
        link: B64,
    }
}
