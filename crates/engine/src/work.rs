//! What the engine is waiting for. Nothing here outlives a connection: it is made anew from memory and `Ready`.

use std::collections::{BTreeMap, BTreeSet};

use securechat_ids::{DeviceId, Epoch, MessageId, RoomId, Seq, UnixMillis};
use securechat_proto::frame::InboxItem;

use crate::room::Later;

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// None.
    Offline,
    /// `Hello` is on its way.
    Greeting,
    /// `Ready` has come.
    Online,
}

/// What a request on its way was for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked {
    Hello,
    Publish {
        room: RoomId,
        number: i64,
        message_id: MessageId,
    },
    Found {
        room: RoomId,
        number: i64,
    },
    Commit {
        room: RoomId,
        number: i64,
    },
    Fetch {
        room: RoomId,
    },
    Back {
        room: RoomId,
        before: Seq,
    },
    Items,
    PutItem {
        kind: String,
        subject: Vec<u8>,
        version: u64,
        digest: [u8; 32],
    },
    PutReceipt {
        room: RoomId,
        epoch: Epoch,
        seq: Seq,
    },
    Receipts {
        room: RoomId,
    },
    Group {
        room: RoomId,
        number: i64,
    },
    Claim {
        room: RoomId,
        number: i64,
    },
    Leave {
        room: RoomId,
        number: i64,
    },
    Tree {
        item: InboxItem,
    },
    Inbox,
    AckInbox,
    KeyPackages,
    /// Up to the size that members had named when it was asked for, if that is more than the server's.
    Log {
        claimed: u64,
    },
    Ping,
}

/// What one room is waiting for.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoomWork {
    /// A page of the log is on its way.
    pub fetching: bool,
    /// A page of what was said before is on its way.
    pub reading_back: bool,
    /// A message or change is on its way.
    pub asking: bool,
    /// Our commit is said to be at this place of the log and is awaited there: nothing is made for the old epoch.
    pub awaits_echo: Option<Seq>,
    /// A commit names a device that the chain log does not have yet.
    pub awaits_log: bool,
    /// Leaves that the server wants removed.
    pub must_remove: BTreeSet<u32>,
    /// Leaves whose devices their owners' chains have ended, and the size of the log and the epoch this was found at.
    /// Nothing is said to them, whatever the server says.
    pub ended: (Option<(u64, Epoch)>, BTreeSet<u32>),
    /// Ended devices that were put out once over this connection. Who comes back is not put out in a circle; the room stays
    /// silent.
    pub put_out: BTreeSet<DeviceId>,
    /// When this device removes them, unless another one was faster.
    pub remove_at: Option<UnixMillis>,
    /// When this device tells a newcomer the room's name, unless another one was faster.
    pub tell_at: Option<UnixMillis>,
    /// This device has something to say in a receipt.
    pub receipt_wanted: bool,
    /// When it says it.
    pub receipt_at: Option<UnixMillis>,
    /// Receipts of others for an epoch that is not entered yet.
    pub receipts_later: BTreeMap<DeviceId, Later>,
    /// When this device comes back into the room, which is stopped.
    pub repair_at: Option<UnixMillis>,
    /// Nothing is tried before this.
    pub not_before: Option<UnixMillis>,
    /// Tries in a row that lost.
    pub losses: u32,
}

/// What `Ready` said, as long as nothing later is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Greeted {
    /// This machine's clock then.
    pub here: UnixMillis,
    /// The server's.
    pub there: UnixMillis,
    /// Key packages of this device at the server.
    pub key_packages_left: usize,
    /// Whether a last resort is among them.
    pub last_resort: bool,
}

/// What the server was too busy for and nothing else asks for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missed {
    Inbox,
    Items,
    KeyPackages,
}

/// Where the copy of the workspace log stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogWork {
    /// Size the server has told.
    pub size: u64,
    /// A page is on its way.
    pub asking: bool,
    /// The largest size that members have named.
    pub claimed: u64,
    /// The server's log does not continue ours: nothing it says of people is believed any more.
    pub broken: bool,
}

impl LogWork {
    pub(crate) fn at(size: u64, claimed: u64, broken: bool) -> Self {
        Self { size, asking: false, claimed, broken }
    }
}

impl RoomWork {
    /// Waits longer after each loss: 0.2 s doubling to 5 s, with jitter against others that lost with us.
    pub(crate) fn back_off(&mut self, now: UnixMillis, jitter_ms: u64) {
        let base_ms = (200_u64 << self.losses.min(5)).min(5_000);
        self.losses += 1;
        self.not_before = Some(now.plus(base_ms / 2 + jitter_ms % base_ms));
    }
}
