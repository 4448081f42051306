//! The server's limits by name, with defaults; the config file may lower them.

use securechat_proto::limits as wire;
use serde::{Deserialize, Serialize};

/// Every bound of the mind. A value above the protocol's own is taken as the protocol's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Largest message, PrivateMessage and body together.
    pub message_bytes_max: usize,
    /// Largest commit, GroupInfo, Welcome or tree, each.
    pub commit_bytes_max: usize,
    /// Largest key package.
    pub key_package_bytes_max: usize,
    /// Key packages a device may keep here, the last-resort one left aside.
    pub key_packages_max: usize,
    /// Active devices of one user.
    pub devices_per_user_max: usize,
    /// Leaves of one room.
    pub leaves_per_room_max: usize,
    /// Rooms one user may be in.
    pub rooms_per_user_max: usize,
    /// Accounts of the team.
    pub users_max: usize,
    /// Live invites.
    pub invites_max: usize,
    /// Most uses of one invite.
    pub invite_uses_max: u32,
    /// Longest life of an invite.
    pub invite_seconds_max: u64,
    /// Largest vault.
    pub vault_bytes_max: usize,
    /// Sealed items of one user.
    pub items_per_user_max: usize,
    /// Open sessions of one user; the oldest give way.
    pub sessions_per_user_max: usize,
    /// Days a session lives without being used.
    pub session_days: u64,
    /// Days a tree is kept for those a Welcome invites.
    pub tree_days: u64,
    /// Welcomes that may wait for one device; the oldest give way, for the device can join by itself.
    pub inbox_items_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes_max: wire::MESSAGE_BYTES_MAX,
            commit_bytes_max: wire::COMMIT_BYTES_MAX,
            key_package_bytes_max: wire::KEY_PACKAGE_BYTES_MAX,
            key_packages_max: wire::KEY_PACKAGES_MAX,
            devices_per_user_max: wire::DEVICES_PER_USER_MAX,
            leaves_per_room_max: wire::LEAVES_PER_ROOM_MAX,
            rooms_per_user_max: wire::ROOMS_PER_USER_MAX,
            users_max: 10_000,
            invites_max: wire::INVITES_MAX,
            invite_uses_max: wire::INVITE_USES_MAX,
            invite_seconds_max: wire::INVITE_SECONDS_MAX,
            vault_bytes_max: wire::VAULT_BYTES_MAX,
            items_per_user_max: wire::ITEMS_PER_USER_MAX,
            sessions_per_user_max: wire::SESSIONS_PER_USER_MAX,
            session_days: 30,
            tree_days: 14,
            inbox_items_max: 4_000,
        }
    }
}

impl Limits {
    /// These limits, none above the protocol's.
    pub fn bounded(self) -> Self {
        let most = Self::default();
        Self {
            message_bytes_max: self.message_bytes_max.min(most.message_bytes_max),
            commit_bytes_max: self.commit_bytes_max.min(most.commit_bytes_max),
            key_package_bytes_max: self.key_package_bytes_max.min(most.key_package_bytes_max),
            key_packages_max: self.key_packages_max.min(most.key_packages_max),
            devices_per_user_max: self.devices_per_user_max.min(most.devices_per_user_max),
            leaves_per_room_max: self.leaves_per_room_max.min(most.leaves_per_room_max),
            rooms_per_user_max: self.rooms_per_user_max.min(most.rooms_per_user_max),
            invites_max: self.invites_max.min(most.invites_max),
            invite_uses_max: self.invite_uses_max.min(most.invite_uses_max),
            invite_seconds_max: self.invite_seconds_max.min(most.invite_seconds_max),
            vault_bytes_max: self.vault_bytes_max.min(most.vault_bytes_max),
            items_per_user_max: self.items_per_user_max.min(most.items_per_user_max),
            sessions_per_user_max: self.sessions_per_user_max.min(most.sessions_per_user_max),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_configured_lower_never_higher() {
        let limits = Limits { message_bytes_max: usize::MAX, devices_per_user_max: 2, ..Limits::default() };
        let bounded = limits.bounded();
        assert_eq!(bounded.message_bytes_max, wire::MESSAGE_BYTES_MAX);
        assert_eq!(bounded.devices_per_user_max, 2);
    }
}
