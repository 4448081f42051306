//! Checks a key package before it is offered to others or used.

use securechat_ids::UnixMillis;

use crate::{Invalid, Member};

/// A key package that holds for our profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedKeyPackage {
    /// Whose device.
    pub member: Member,
    /// Its signature key.
    pub key: [u8; 32],
    /// Its KeyPackageRef (RFC 9420 §5.2).
    pub reference: Vec<u8>,
    /// Last moment it may be used.
    pub not_after: UnixMillis,
    /// Whether it may be used more than once.
    pub last_resort: bool,
}

/// Checks signature, suite, credential, capabilities and life of a key package.
///
/// # Errors
/// [`Invalid`] for whatever members would refuse.
pub fn check_key_package(bytes: &[u8], now: UnixMillis) -> Result<CheckedKeyPackage, Invalid> {
    let _ = (bytes, now);
    unimplemented!("check_key_package")
}
