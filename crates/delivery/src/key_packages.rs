//! Key packages: how a device can be added while it is away.

use std::collections::BTreeSet;

use securechat_ids::{UnixMillis, UserId};
use securechat_mls::{CheckedKeyPackage, check_key_package};
use securechat_proto::{Code, frame, limits as wire};

use crate::rows::{KeyPackageRow, PackageUse};
use crate::{Asker, Fault, Limits, Tx, devices};

/// Keeps key packages of the asking device. Those known already are passed over, so a lost answer does no harm. (Writes.)
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
    if request.packages.len() > limits.key_packages_max {
        return Err(Fault::refuse(Code::TooLarge, "these are too many key packages"));
    }
    tx.purge_key_packages(&asker.device, now)?;
    for bytes in &request.packages {
        let checked = check(tx, asker, bytes, now, limits)?;
        if checked.last_resort {
            return Err(rejected("a last-resort key package is not for one use"));
        }
        tx.insert_key_package(&row(asker, checked, PackageUse::Once, bytes))?;
    }
    if !request.last_resort.is_empty() {
        let checked = check(tx, asker, &request.last_resort, now, limits)?;
        if !checked.last_resort {
            return Err(rejected("the key package is for one use"));
        }
        replace_last_resort(tx, asker, checked, &request.last_resort, now)?;
    }
    let left = tx.count_key_packages(&asker.device, PackageUse::Once, now)?;
    if left > limits.key_packages_max as u64 {
        return Err(Fault::refuse(
            Code::LimitReached,
            "the device has as many key packages here as it may have",
        ));
    }
    Ok(frame::KeyPackagesLeft { left: u32::try_from(left).unwrap_or(u32::MAX) })
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
    _limits: &Limits,
) -> Result<frame::KeyPackages, Fault> {
    if request.users.len() > wire::CLAIM_USERS_MAX {
        return Err(Fault::refuse(Code::TooLarge, "these are too many people at once"));
    }
    let mut users = BTreeSet::new();
    for bytes in &request.users {
        users.insert(
            UserId::try_from(bytes.as_ref())
                .map_err(|error| Fault::refuse(Code::BadRequest, error.to_string()))?,
        );
    }
    let mut packages = Vec::new();
    for user in users {
        if !tx.account(&user)?.is_some_and(|account| account.active) {
            continue;
        }
        for device in tx.active_devices(&user)? {
            if device.device == asker.device {
                continue;
            }
            if let Some(package) = take(tx, &device.device, now)? {
                packages.push(frame::ClaimedKeyPackage {
                    user: user.as_bytes().to_vec().into(),
                    device: device.device.as_bytes().to_vec().into(),
                    key_package: package.into(),
                });
            }
        }
    }
    Ok(frame::KeyPackages { packages })
}

fn take(
    tx: &mut dyn Tx,
    device: &securechat_ids::DeviceId,
    now: UnixMillis,
) -> Result<Option<Vec<u8>>, Fault> {
    if let Some(row) = tx.key_package(device, PackageUse::Once, now)? {
        tx.spend_key_package(&row.reference)?;
        return Ok(Some(row.package));
    }
    Ok(tx.key_package(device, PackageUse::LastResort, now)?.map(|row| row.package))
}

fn check(
    tx: &mut dyn Tx,
    asker: &Asker,
    bytes: &[u8],
    now: UnixMillis,
    limits: &Limits,
) -> Result<CheckedKeyPackage, Fault> {
    if bytes.len() > limits.key_package_bytes_max {
        return Err(Fault::refuse(Code::TooLarge, "the key package is too large"));
    }
    let checked = check_key_package(bytes, now).map_err(|error| rejected(&error.to_string()))?;
    let own = checked.member.user_id == asker.user && checked.member.device_id == asker.device;
    if !own || !devices::vouches(tx, &checked.member, &checked.key)? {
        return Err(rejected("the key package is not this device's"));
    }
    Ok(checked)
}

fn replace_last_resort(
    tx: &mut dyn Tx,
    asker: &Asker,
    checked: CheckedKeyPackage,
    bytes: &[u8],
    now: UnixMillis,
) -> Result<(), Fault> {
    if tx.package_device(&checked.reference)?.is_some() {
        return Ok(());
    }
    while let Some(former) = tx.key_package(&asker.device, PackageUse::LastResort, now)? {
        tx.spend_key_package(&former.reference)?;
    }
    tx.insert_key_package(&row(asker, checked, PackageUse::LastResort, bytes))?;
    Ok(())
}

fn row(asker: &Asker, checked: CheckedKeyPackage, usage: PackageUse, bytes: &[u8]) -> KeyPackageRow {
    KeyPackageRow {
        reference: checked.reference,
        device: asker.device,
        usage,
        not_after: checked.not_after,
        package: bytes.to_vec(),
    }
}

fn rejected(why: &str) -> Fault {
    Fault::refuse(Code::Rejected, why)
}
