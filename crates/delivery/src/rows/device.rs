//! Devices: what the chains say, ready for look-up, and what only the server knows of them.

use securechat_ids::{DeviceId, UnixMillis, UserId};

use crate::StoreError;

/// A device of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRow {
    /// Which.
    pub device: DeviceId,
    /// Whose.
    pub user: UserId,
    /// Its key on the chain.
    pub key: [u8; 32],
    /// Whether the chain still vouches for it.
    pub active: bool,
    /// Sealed under the vault key.
    pub sealed_name: Vec<u8>,
    /// When the server took its link.
    pub added: UnixMillis,
    /// When it last opened a session.
    pub seen: UnixMillis,
}

/// Reads and writes devices.
#[expect(clippy::missing_errors_doc, reason = "every method fails with the store, and only then")]
pub trait DeviceRows {
    /// Adds a device; `false`, and nothing is written, when its id is taken.
    fn insert_device(&mut self, device: &DeviceRow) -> Result<bool, StoreError>;
    /// A device by id.
    fn device(&mut self, device: &DeviceId) -> Result<Option<DeviceRow>, StoreError>;
    /// A person's active devices, the oldest first.
    fn active_devices(&mut self, user: &UserId) -> Result<Vec<DeviceRow>, StoreError>;
    /// Gives an active device of a person another sealed name; `false` when they have no such device.
    fn set_device_name(
        &mut self,
        user: &UserId,
        device: &DeviceId,
        sealed_name: &[u8],
    ) -> Result<bool, StoreError>;
    /// Ends a device.
    fn set_device_inactive(&mut self, device: &DeviceId) -> Result<(), StoreError>;
    /// Notes that a device was seen.
    fn set_seen(&mut self, device: &DeviceId, now: UnixMillis) -> Result<(), StoreError>;
}
