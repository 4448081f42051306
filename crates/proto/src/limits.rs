//! Every bound of the protocol by name. A server may be configured lower, never higher.

/// Largest WebSocket frame, in bytes. A commit with its tree changes is the largest thing sent.
pub const FRAME_BYTES_MAX: usize = 4 * 1024 * 1024 + 64 * 1024;
/// Most list items and other parts with a length in one frame; the longest list is a device's rooms in `Ready`, which
/// [`ROOMS_PER_USER_MAX`] bounds.
pub const FRAME_PARTS_MAX: usize = 4096;
/// Largest frame before a session is authenticated, in bytes.
pub const FRAME_BYTES_MAX_BEFORE_HELLO: usize = 1024;
/// Largest HTTP body of the JSON API, in bytes.
pub const HTTP_BODY_BYTES_MAX: usize = 64 * 1024;
/// Largest message: PrivateMessage and body together, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Longest text of one message, in bytes of UTF-8, so that its sealed form stays under [`MESSAGE_BYTES_MAX`].
pub const TEXT_BYTES_MAX: usize = 32 * 1024;
/// Largest commit, GroupInfo, Welcome or tree, in bytes each.
pub const COMMIT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Size of a key link, in bytes.
pub const KEY_LINK_BYTES: usize = 24 + 32 + 16;
/// Largest key package, in bytes.
pub const KEY_PACKAGE_BYTES_MAX: usize = 8 * 1024;
/// Key packages a device may keep on the server, the last-resort one left aside.
pub const KEY_PACKAGES_MAX: usize = 100;
/// A client refills when the server holds fewer than this.
pub const KEY_PACKAGES_LOW: usize = 10;
/// A client refills up to this.
pub const KEY_PACKAGES_FULL: usize = 20;
/// Users whose key packages one request may claim.
pub const CLAIM_USERS_MAX: usize = 64;
/// Active devices of one user.
pub const DEVICES_PER_USER_MAX: usize = 8;
/// Leaves of one room.
pub const LEAVES_PER_ROOM_MAX: usize = 1_000;
/// Rooms one user may be in.
pub const ROOMS_PER_USER_MAX: usize = 2_000;
/// Events one `Fetch` answers with.
pub const FETCH_EVENTS_MAX: usize = 500;
/// Bytes of events one `Fetch` answers with, so that a page fits a frame.
pub const FETCH_BYTES_MAX: usize = 1024 * 1024;
/// Chain links one `FetchLog` answers with.
pub const FETCH_LINKS_MAX: usize = 1_000;
/// Inbox items one `FetchInbox` answers with.
pub const FETCH_INBOX_MAX: usize = 100;
/// Largest signed chain link, in bytes.
pub const LINK_BYTES_MAX: usize = 2 * 1024;
/// Largest vault (all slots and items), in bytes.
pub const VAULT_BYTES_MAX: usize = 16 * 1024;
/// Largest sealed item of a user, in bytes.
pub const ITEM_BYTES_MAX: usize = 16 * 1024;
/// Sealed items of one user.
pub const ITEMS_PER_USER_MAX: usize = 8_000;
/// Items one `FetchItems` answers with.
pub const FETCH_ITEMS_MAX: usize = 500;
/// Largest sealed receipt, in bytes.
pub const RECEIPT_BYTES_MAX: usize = 1024;
/// Devices of a room up to which each puts a receipt for what arrives; in larger rooms only one for each epoch.
pub const RECEIPT_DEVICES_MAX: usize = 64;
/// Live invites a team may have.
pub const INVITES_MAX: usize = 1_000;
/// Most uses of one invite.
pub const INVITE_USES_MAX: u32 = 10_000;
/// Longest life of an invite, in seconds.
pub const INVITE_SECONDS_MAX: u64 = 365 * 24 * 3600;
/// Requests of one session that may wait for an answer.
pub const REQUESTS_IN_FLIGHT_MAX: usize = 64;
/// Sessions one user may have open at once.
pub const SESSIONS_PER_USER_MAX: usize = 20;
/// Largest message of a linking, in bytes.
pub const LINKING_BYTES_MAX: usize = 4 * 1024;
/// Messages of one side of a linking.
pub const LINKING_MESSAGES_MAX: usize = 8;
/// Linkings that may be open at once.
pub const LINKINGS_MAX: usize = 200;
/// Linkings that one address may have open at once.
pub const LINKINGS_PER_ADDRESS_MAX: usize = 20;
/// How long a linking is open, milliseconds.
pub const LINKING_MS: u64 = 5 * 60 * 1_000;
