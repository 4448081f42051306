//! Which keyring this system has.

#[cfg(not(target_os = "linux"))]
use std::time::Duration;

use super::keyring::Keyring;
#[cfg(not(target_os = "linux"))]
use super::keyring::{DeviceKey, KeyringTrouble};

/// The keyring of this system.
pub(crate) fn of_this_system() -> Box<dyn Keyring> {
    #[cfg(target_os = "linux")]
    return Box::new(super::secret_service::SecretService);
    #[cfg(not(target_os = "linux"))]
    return Box::new(NoKeyring);
}

/// No keyring: what a system has for which none is built.
#[cfg(not(target_os = "linux"))]
struct NoKeyring;

#[cfg(not(target_os = "linux"))]
impl Keyring for NoKeyring {
    fn keep(&self, _: &str, _: &DeviceKey, _: Duration) -> Result<(), KeyringTrouble> {
        Err(KeyringTrouble::NotBuilt)
    }

    fn find(&self, _: &str, _: Duration) -> Result<Option<DeviceKey>, KeyringTrouble> {
        Err(KeyringTrouble::NotBuilt)
    }

    fn forget(&self, _: &str, _: Duration) -> Result<(), KeyringTrouble> {
        Err(KeyringTrouble::NotBuilt)
    }
}
