//! Begins an account anew after everything was lost: a new root, device, recovery key and vault, in one request.

use ed25519_dalek::{Signer as _, SigningKey};
use securechat_chain::{Chain, Link, Op};
use securechat_ids::DeviceId;
use securechat_proto::http::{B64, Reset, Secret, Vault};
use zeroize::Zeroizing;

use super::password::{PasswordError, check_strength, fresh_parameters, stretch};
use super::recovery::RecoveryKey;
use super::vault::{self, VaultKey};
use crate::Cx;

/// A reset before the server has taken it.
pub struct NewBeginning {
    /// To be sent.
    pub request: Reset,
    /// This device.
    pub device_id: DeviceId,
    /// Seed of this device's key.
    pub device_seed: Zeroizing<[u8; 32]>,
    /// First half of the chain's new root.
    pub root16: [u8; 16],
    /// The vault's key.
    pub vault_key: VaultKey,
    /// To be shown once.
    pub recovery: RecoveryKey,
}

/// Prepares a reset of the chain's owner by a reset code.
///
/// # Errors
/// [`PasswordError`] for a password that should not be used.
pub fn reset(
    code: &str,
    chain: &Chain,
    vault_version: u64,
    password: &str,
    device_name: &str,
    cx: &mut Cx<'_>,
) -> Result<NewBeginning, PasswordError> {
    let (user_id, user_name) = (chain.user_id(), chain.name().to_string());
    check_strength(password, &user_name)?;
    let parameters = fresh_parameters(cx);
    let stretched = stretch(password, &parameters)?;
    let device_id = DeviceId::from_bytes(cx.bytes());
    let device_seed = Zeroizing::new(cx.bytes());
    let device = SigningKey::from_bytes(&device_seed);
    let key = device.verifying_key().to_bytes();
    let recovery = RecoveryKey::generate(cx);
    let share: [u8; 32] = cx.bytes();
    let (vault_key, sealed) = vault::create(&user_id, &stretched, &share, &recovery, cx);
    let link = Link {
        version: 1,
        user_id,
        seq: chain.length(),
        prev: chain.head(),
        time: cx.now,
        op: Op::Reset { device: device_id, key, recovery: recovery.public() },
        signer: key,
    }
    .sign(|bytes| device.sign(bytes).to_bytes());
    let request = Reset {
        code: Secret(code.to_owned()),
        user_name,
        link: B64(link.bytes().to_vec()),
        parameters,
        auth: stretched.auth(),
        share: B64(share.to_vec()),
        vault: Vault { version: vault_version + 1, sealed: B64(sealed) },
        device_name: B64(vault_key.seal_text(&user_id, device_name, cx)),
    };
    let root16 = link.hash()[..16].try_into().expect("a hash has 32 bytes");
    Ok(NewBeginning { request, device_id, device_seed, root16, vault_key, recovery })
}
