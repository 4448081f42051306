//! Makes an account: chain genesis, vault, first device, all in one request.

use ed25519_dalek::{Signer as _, SigningKey};
use securechat_chain::{Link, Op};
use securechat_ids::{DeviceId, UserId, UserName};
use securechat_proto::http::{B64, Register, Secret};
use zeroize::Zeroizing;

use super::password::{PasswordError, check_strength, fresh_parameters, stretch};
use super::recovery::RecoveryKey;
use super::vault::{self, VaultKey};
use crate::Cx;

/// A new account before the server has taken it.
pub struct NewAccount {
    /// To be sent.
    pub request: Register,
    /// Who it will be.
    pub user_id: UserId,
    /// The name.
    pub user_name: UserName,
    /// This device.
    pub device_id: DeviceId,
    /// Seed of this device's key.
    pub device_seed: Zeroizing<[u8; 32]>,
    /// First half of the chain's root.
    pub root16: [u8; 16],
    /// The vault's key.
    pub vault_key: VaultKey,
    /// To be shown once.
    pub recovery: RecoveryKey,
}

/// Prepares an account for this name and password.
///
/// # Errors
/// [`PasswordError`] for a password that should not be used.
pub fn register(
    code: &str,
    user_name: &UserName,
    password: &str,
    device_name: &str,
    cx: &mut Cx<'_>,
) -> Result<NewAccount, PasswordError> {
    check_strength(password, user_name.as_str())?;
    let parameters = fresh_parameters(cx);
    let stretched = stretch(password, &parameters)?;
    let user_id = UserId::from_bytes(cx.bytes());
    let device_id = DeviceId::from_bytes(cx.bytes());
    let device_seed = Zeroizing::new(cx.bytes());
    let device = SigningKey::from_bytes(&device_seed);
    let recovery = RecoveryKey::generate(cx);
    let share: [u8; 32] = cx.bytes();
    let (vault_key, sealed) = vault::create(&user_id, &stretched, &share, &recovery, cx);
    let genesis = Link {
        version: 1,
        user_id,
        seq: 0,
        prev: [0; 32],
        time: cx.now,
        op: Op::Genesis {
            name: user_name.clone(),
            device: device_id,
            key: device.verifying_key().to_bytes(),
            recovery: recovery.public(),
        },
        signer: device.verifying_key().to_bytes(),
    }
    .sign(|bytes| device.sign(bytes).to_bytes());
    let request = Register {
        code: Secret(code.to_owned()),
        user_name: user_name.to_string(),
        auth: stretched.auth(),
        parameters,
        share: B64(share.to_vec()),
        genesis: B64(genesis.bytes().to_vec()),
        vault: B64(sealed),
        device_name: B64(vault_key.seal_text(&user_id, device_name, cx)),
    };
    let root16 = genesis.hash()[..16].try_into().expect("a hash has 32 bytes");
    Ok(NewAccount {
        request,
        user_id,
        user_name: user_name.clone(),
        device_id,
        device_seed,
        root16,
        vault_key,
        recovery,
    })
}
