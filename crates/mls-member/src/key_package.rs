//! Makes key packages: how others add this device while it is away.

use securechat_ids::UnixMillis;

use crate::{DeviceKey, MemberError, Provider};

/// A new key package (MLSMessage bytes); its private parts are in the store.
///
/// # Errors
/// [`MemberError`] when the store or the cryptography fails.
pub fn new_key_package(
    provider: &Provider<'_>,
    key: &DeviceKey,
    last_resort: bool,
    now: UnixMillis,
) -> Result<Vec<u8>, MemberError> {
    let _ = (provider, key, last_resort, now);
    unimplemented!("new_key_package")
}
