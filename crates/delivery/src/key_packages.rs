//! Key packages: how a device can be added while it is away.

use securechat_ids::UnixMillis;
use securechat_proto::frame;

use crate::{Asker, Fault, Limits, Tx};

/// Keeps key packages of the asking device. Those known already are passed over, so a lost answer does no harm.
///
/// # Errors
/// `Rejected` for a package that others would refuse or that is not this device's; `TooLarge`, `LimitReached`.
pub fn put(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &frame::PutKeyPackages,
    now: UnixMillis,
    limits: &Limits,
) -> Result<frame::KeyPackagesLeft, Fault> {
    let _ = (tx, asker, request, now, limits);
    unimplemented!()
}

/// Hands out one key package of each active device of these users, the asking device left aside. (Writes.)
///
/// # Errors
/// `BadRequest`, `TooLarge` for too many users.
pub fn claim(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &frame::ClaimKeyPackages,
    now: UnixMillis,
    limits: &Limits,
) -> Result<frame::KeyPackages, Fault> {
    let _ = (tx, asker, request, now, limits);
    unimplemented!()
}
