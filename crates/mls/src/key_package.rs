//! Checks a key package before it is offered to others or used.

use openmls::prelude::{MlsMessageBodyIn, OpenMlsCrypto, ProtocolVersion};
use openmls_rust_crypto::RustCrypto;
use securechat_ids::UnixMillis;

use crate::{Invalid, Member, facts, framing, profile};

/// How far two clocks may differ, in seconds.
const CLOCK_TOLERANCE_SECONDS: u64 = 3600;

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
/// OpenMLS asks the system's clock too whether the life has begun and not ended, here and again in every commit that adds
/// the package; `now` does not replace that clock.
///
/// # Errors
/// [`Invalid`] for whatever members would refuse.
pub fn check_key_package(bytes: &[u8], now: UnixMillis) -> Result<CheckedKeyPackage, Invalid> {
    check(&RustCrypto::default(), bytes, now)
}

fn check(crypto: &impl OpenMlsCrypto, bytes: &[u8], now: UnixMillis) -> Result<CheckedKeyPackage, Invalid> {
    let MlsMessageBodyIn::KeyPackage(unverified) = framing::parse(bytes)? else {
        return Err(Invalid("not a KeyPackage".into()));
    };
    let package = unverified
        .validate(crypto, ProtocolVersion::Mls10)
        .map_err(|error| Invalid(format!("the key package does not hold: {error}")))?;
    if package.ciphersuite() != profile::SUITE {
        return Err(Invalid("the key package is of another suite".into()));
    }
    let (member, key) = facts::read_leaf_node(package.leaf_node())?;
    // OpenMLS checks that a life has begun and not ended, not that it is of a sane length.
    let life = package.life_time();
    let now_s = now.0 / 1000;
    let too_long = life.not_after().saturating_sub(life.not_before()) > profile::KEY_PACKAGE_SECONDS_MAX;
    let covers_now = life.not_before() <= now_s + CLOCK_TOLERANCE_SECONDS && now_s <= life.not_after();
    if too_long || !covers_now {
        return Err(Invalid("the key package's life is over, not begun, or too long".into()));
    }
    let reference = package
        .hash_ref(crypto)
        .map_err(|error| Invalid(format!("the key package has no reference: {error}")))?
        .as_slice()
        .to_vec();
    Ok(CheckedKeyPackage {
        member,
        key,
        reference,
        not_after: UnixMillis(life.not_after().saturating_mul(1000)),
        last_resort: package.last_resort(),
    })
}
