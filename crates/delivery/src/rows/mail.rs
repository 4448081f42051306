//! What waits for a device: its key packages for others, others' Welcomes for it.

use bytes::Bytes;
use securechat_ids::{DeviceId, Epoch, RoomId, Seq, UnixMillis};

use crate::StoreError;

/// How far a key package is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PackageUse {
    /// For one use.
    Once,
    /// Used when the others are gone.
    LastResort,
    /// Handed out, or replaced: only its reference is remembered, for the Welcome that may come.
    Spent,
}

/// A key package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPackageRow {
    /// Its KeyPackageRef.
    pub reference: Vec<u8>,
    /// Whose.
    pub device: DeviceId,
    /// How far it is used up.
    pub usage: PackageUse,
    /// Last moment it may be used.
    pub not_after: UnixMillis,
    /// MLS KeyPackage; empty when spent.
    pub package: Vec<u8>,
}

/// A Welcome waiting for a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRow {
    /// Its place in the inbox; given by the store.
    pub number: u64,
    /// The room it leads to.
    pub room: RoomId,
    /// The epoch it leads to.
    pub epoch: Epoch,
    /// Seq of the commit that made it.
    pub seq: Seq,
    /// MLS Welcome.
    pub welcome: Bytes,
}

/// Reads and writes what waits for devices.
#[expect(clippy::missing_errors_doc, reason = "every method fails with the store, and only then")]
pub trait MailRows {
    /// Keeps a key package; `false`, and nothing is written, when its reference is known.
    fn insert_key_package(&mut self, package: &KeyPackageRow) -> Result<bool, StoreError>;
    /// A device's oldest key package of a use that may still be used at `now`.
    fn key_package(
        &mut self,
        device: &DeviceId,
        usage: PackageUse,
        now: UnixMillis,
    ) -> Result<Option<KeyPackageRow>, StoreError>;
    /// How many key packages of a use a device has that may still be used at `now`.
    fn count_key_packages(
        &mut self,
        device: &DeviceId,
        usage: PackageUse,
        now: UnixMillis,
    ) -> Result<u64, StoreError>;
    /// Drops a key package's bytes and remembers its reference.
    fn spend_key_package(&mut self, reference: &[u8]) -> Result<(), StoreError>;
    /// Whose key package a reference names.
    fn package_device(&mut self, reference: &[u8]) -> Result<Option<DeviceId>, StoreError>;
    /// Forgets a device's key packages that ended before `now`.
    fn purge_key_packages(&mut self, device: &DeviceId, now: UnixMillis) -> Result<(), StoreError>;
    /// Forgets all key packages of a device.
    fn delete_key_packages(&mut self, device: &DeviceId) -> Result<(), StoreError>;

    /// Puts a Welcome into a device's inbox, at the place after the newest there ever was.
    fn insert_inbox(
        &mut self,
        device: &DeviceId,
        room: &RoomId,
        epoch: Epoch,
        seq: Seq,
        welcome: &[u8],
    ) -> Result<u64, StoreError>;
    /// A device's Welcomes after a place, at most `items_max`, and no more than fit `bytes_max`, but one at least.
    fn inbox(
        &mut self,
        device: &DeviceId,
        after: u64,
        items_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<InboxRow>, StoreError>;
    /// The newest Welcome's place; 0 when there is none.
    fn inbox_head(&mut self, device: &DeviceId) -> Result<u64, StoreError>;
    /// Deletes Welcomes up to and with a place.
    fn delete_inbox(&mut self, device: &DeviceId, up_to: u64) -> Result<(), StoreError>;
    /// Deletes a device's oldest Welcomes until `keep` are left.
    fn trim_inbox(&mut self, device: &DeviceId, keep: usize) -> Result<(), StoreError>;
}
