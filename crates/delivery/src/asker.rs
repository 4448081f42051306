//! Who asks: an authenticated session.

use securechat_ids::{DeviceId, UserId};
use securechat_proto::http::Role;

/// The person and device behind a session, as of its last look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The person.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
    /// What the person may do in the team.
    pub role: Role,
}
