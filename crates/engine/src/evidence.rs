//! Evidence: what must not happen and did, with everything another person needs to see it for themselves.

use securechat_ids::{DeviceId, RoomId, UnixMillis, UserId};
use securechat_proto::http::B64;
use serde::{Deserialize, Serialize};

/// Size and root of a copy of the workspace log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHead {
    /// Links.
    pub size: u64,
    /// RFC 6962 root over them.
    #[serde(with = "hex32")]
    pub root: [u8; 32],
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// Two devices were given different logs of people and devices.
    SplitView,
    /// Two devices were given different versions of a room.
    Fork,
    /// The server's memory was restored from a backup: no lie, but what came after may be missing there.
    Restored,
}

impl EvidenceKind {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SplitView => "split_view",
            Self::Fork => "fork",
            Self::Restored => "restored",
        }
    }
}

/// One thing that must not happen and did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// When this device found it, by its own clock.
    pub time: UnixMillis,
    /// What.
    pub what: EvidenceKind,
    /// For people.
    pub sentence: String,
    /// Where the other side said it.
    pub room: Option<RoomId>,
    /// Who said it.
    pub user: Option<UserId>,
    /// On which device.
    pub device: Option<DeviceId>,
    /// Whether a person has looked at it.
    pub looked_at: bool,
    /// What both sides saw.
    pub details: EvidenceDetails,
}

/// What both sides saw, and the bytes that say so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceDetails {
    /// This device's head of the log, at their size where it has come that far.
    pub our_head: Option<LogHead>,
    /// Theirs.
    pub their_head: Option<LogHead>,
    /// Epoch of the room.
    pub epoch: Option<u64>,
    /// Place in the room.
    pub seq: Option<u64>,
    /// This device's transcript at that place, or the hash of the epoch's authenticator where that differs.
    pub our_hash: B64,
    /// Theirs.
    pub their_hash: B64,
    /// What they said, as it came: a PrivateMessage, or a receipt as it was signed.
    pub said: B64,
    /// What a PrivateMessage binds.
    pub bound: B64,
    /// Of a receipt: the device's signature.
    pub signature: B64,
}

mod hex32 {
    use data_encoding::HEXLOWER;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(D::Error::custom)?;
        bytes.try_into().map_err(|_| D::Error::custom("a root has 32 bytes"))
    }
}
