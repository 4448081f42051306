//! Bodies of linking a device (docs/protocol.md §3.1): what the server relays between a new device and an old one.

use securechat_ids::UnixMillis;
use serde::{Deserialize, Serialize};

use super::{B64, Secret};

body! {
    /// A new device waits to be let in.
    OpenLinking {
        /// 16 bytes, from its code.
        id: B64,
        /// Its first message; at most [`crate::limits::LINKING_BYTES_MAX`].
        data: B64,
    }
}

body! {
    /// A linking that waits for an old device.
    Linking {
        /// The new device's bearer token for it.
        token: Secret,
        /// When it ends, Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        expires_ms: UnixMillis,
    }
}

body! {
    /// An old device takes a linking; nobody else can then.
    TakeLinking {
        /// 16 bytes, from the code.
        id: B64,
    }
}

body! {
    /// A message of one side for the other.
    LinkingMessage {
        /// Which linking.
        id: B64,
        /// Its place among its side's: 0, 1, 2 …
        number: u32,
        /// The message; as an answer, nothing if it has not come in 20 s.
        data: Option<B64>,
    }
}

body! {
    /// Waits for a message of the other side.
    AwaitLinking {
        /// Which linking.
        id: B64,
        /// Which of its messages.
        number: u32,
    }
}
