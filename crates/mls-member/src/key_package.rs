//! Makes key packages: how others add this device while it is away.

use openmls::prelude::{CredentialWithKey, KeyPackage, Lifetime, MlsMessageOut};
use securechat_ids::UnixMillis;
use securechat_mls::profile;

use crate::profiled::to_bytes;
use crate::{DeviceKey, MemberError, Provider};

/// How long before its making a key package's life begins, in seconds. OpenMLS judges lives by the system's clock in every
/// member that takes in the commit; a day lets those go on whose clock is off by their time zone.
const BEFORE_SECONDS: u64 = 24 * 3600;
/// How long after its making a key package lives, in seconds.
const AFTER_SECONDS: u64 = profile::KEY_PACKAGE_SECONDS_MAX - BEFORE_SECONDS;

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
    let now_s = now.0 / 1000;
    let mut builder = KeyPackage::builder()
        .leaf_node_capabilities(profile::capabilities())
        .key_package_lifetime(Lifetime::init(now_s.saturating_sub(BEFORE_SECONDS), now_s + AFTER_SECONDS));
    if last_resort {
        builder = builder.mark_as_last_resort();
    }
    let bundle = builder
        .build(profile::SUITE, provider, key, credential(key))
        .map_err(|error| provider.failed(error))?;
    to_bytes(&MlsMessageOut::from(bundle.key_package().clone()))
}

pub(crate) fn credential(key: &DeviceKey) -> CredentialWithKey {
    CredentialWithKey {
        credential: key.member().to_credential(),
        signature_key: key.public().to_vec().into(),
    }
}
