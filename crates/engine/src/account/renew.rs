//! New keys for an account: another recovery key, and all of them at once when a device may be in other hands.

use securechat_chain::{Chain, Link, Op, SignedLink};
use securechat_ids::{DeviceId, UserId};
use securechat_mls_member::DeviceKey;
use securechat_proto::http::{
    B64, Device, LostDevice, NamedDevice, PasswordParameters, RotateRecovery, Vault,
};

use super::password::{fresh_parameters, stretch};
use super::vault::{self, VaultKey};
use super::{PasswordChange, RecoveryKey};
use crate::Cx;

/// Prepares another recovery key. The vault's key and its password slot stay as they are.
///
/// # Errors
/// [`PasswordChange::Vault`] when the vault does not open with this device's key.
pub fn rotate_recovery(
    chain: &Chain,
    by: &DeviceKey,
    vault: &Vault,
    vault_key: &VaultKey,
    new: &RecoveryKey,
    cx: &mut Cx<'_>,
) -> Result<RotateRecovery, PasswordChange> {
    let sealed = vault::with_recovery(&chain.user_id(), &vault.sealed.0, vault_key, new, cx)?;
    let link = next_link(chain, Op::RotateRecovery { recovery: new.public() }, by, cx);
    Ok(RotateRecovery {
        link: B64(link.bytes().to_vec()),
        vault: Vault { version: vault.version + 1, sealed: B64(sealed) },
    })
}

/// An account as it stands when one of its devices is lost.
pub struct BeforeLoss<'a> {
    /// The chain at its head.
    pub chain: &'a Chain,
    /// This device's key, which signs.
    pub by: &'a DeviceKey,
    /// How the password was stretched.
    pub parameters: &'a PasswordParameters,
    /// Version of the vault.
    pub vault_version: u64,
    /// The vault key that the lost device knows too.
    pub vault_key: &'a VaultKey,
    /// The account's devices as the server lists them.
    pub devices: &'a [Device],
}

/// The end of a lost device before the server has taken it.
pub struct AfterLoss {
    /// To be sent.
    pub request: LostDevice,
    /// What this device keeps from then on.
    pub vault_key: VaultKey,
}

/// Prepares the end of a lost device. It knew the vault key and could read the recovery key, so both are replaced, and the
/// password's salt and share with them: nothing that it kept opens what comes after.
///
/// # Errors
/// [`PasswordChange::Password`] for parameters outside safe bounds.
pub fn lost_device(
    now: &BeforeLoss<'_>,
    lost: DeviceId,
    password: &str,
    new: &RecoveryKey,
    cx: &mut Cx<'_>,
) -> Result<AfterLoss, PasswordChange> {
    let user = now.chain.user_id();
    let auth = stretch(password, now.parameters)?.auth();
    let parameters = fresh_parameters(cx);
    let stretched = stretch(password, &parameters)?;
    let share: [u8; 32] = cx.bytes();
    let (vault_key, sealed) = vault::create(&user, &stretched, &share, new, cx);
    let revoke = next_link(now.chain, Op::RevokeDevice { device: lost }, now.by, cx);
    // What does not continue the chain here is refused by the server: a device that is not active.
    let after = now.chain.append(&revoke).unwrap_or_else(|_| now.chain.clone());
    let rotate = next_link(&after, Op::RotateRecovery { recovery: new.public() }, now.by, cx);
    let device_names = rename(now, &user, lost, &vault_key, cx);
    let request = LostDevice {
        revoke: B64(revoke.bytes().to_vec()),
        rotate: B64(rotate.bytes().to_vec()),
        auth,
        parameters,
        new_auth: stretched.auth(),
        share: B64(share.to_vec()),
        vault: Vault { version: now.vault_version + 1, sealed: B64(sealed) },
        device_names,
    };
    Ok(AfterLoss { request, vault_key })
}

fn rename(
    now: &BeforeLoss<'_>,
    user: &UserId,
    lost: DeviceId,
    new: &VaultKey,
    cx: &mut Cx<'_>,
) -> Vec<NamedDevice> {
    let staying = now.devices.iter().filter(|device| device.device_id != lost);
    let named = staying.filter_map(|device| {
        let name = now.vault_key.open_text(user, &device.device_name.0)?;
        Some((device.device_id, name))
    });
    let named: Vec<_> = named.collect();
    named
        .into_iter()
        .map(|(device_id, name)| NamedDevice { device_id, device_name: B64(new.seal_text(user, &name, cx)) })
        .collect()
}

fn next_link(chain: &Chain, op: Op, by: &DeviceKey, cx: &Cx<'_>) -> SignedLink {
    Link {
        version: 1,
        user_id: chain.user_id(),
        seq: chain.length(),
        prev: chain.head(),
        time: cx.now,
        op,
        signer: by.public(),
    }
    .sign(|bytes| by.sign(bytes))
}
