//! Puts a new device on its owner's chain, and takes one off it.

use ed25519_dalek::{Signer as _, SigningKey};
use securechat_chain::{Chain, Link, Op, device_possession};
use securechat_ids::DeviceId;
use securechat_mls_member::DeviceKey;
use securechat_proto::http::{AddDevice, B64, RevokeDevice};
use zeroize::Zeroizing;

use super::vault::Unlocked;
use crate::Cx;

/// A new device before the server has taken it.
pub struct AddedDevice {
    /// To be sent.
    pub request: AddDevice,
    /// The device.
    pub device_id: DeviceId,
    /// Seed of its key.
    pub device_seed: Zeroizing<[u8; 32]>,
}

/// Prepares this machine as a further device of the chain's owner, signed by the recovery key from the vault.
pub fn add_device(chain: &Chain, unlocked: &Unlocked, device_name: &str, cx: &mut Cx<'_>) -> AddedDevice {
    let user_id = chain.user_id();
    let device_id = DeviceId::from_bytes(cx.bytes());
    let device_seed = Zeroizing::new(cx.bytes());
    let device = SigningKey::from_bytes(&device_seed);
    let key = device.verifying_key().to_bytes();
    let possession = device.sign(&device_possession(&user_id, &device_id, &key)).to_bytes();
    let link = Link {
        version: 1,
        user_id,
        seq: chain.length(),
        prev: chain.head(),
        time: cx.now,
        op: Op::AddDevice { device: device_id, key, possession },
        signer: unlocked.recovery.public(),
    }
    .sign(|bytes| unlocked.recovery.sign(bytes));
    let request = AddDevice {
        link: B64(link.bytes().to_vec()),
        device_name: B64(unlocked.key.seal_text(&user_id, device_name, cx)),
    };
    AddedDevice { request, device_id, device_seed }
}

/// Prepares the end of a device, signed by this one.
pub fn revoke_device(chain: &Chain, by: &DeviceKey, device: DeviceId, cx: &Cx<'_>) -> RevokeDevice {
    let link = Link {
        version: 1,
        user_id: chain.user_id(),
        seq: chain.length(),
        prev: chain.head(),
        time: cx.now,
        op: Op::RevokeDevice { device },
        signer: by.public(),
    }
    .sign(|bytes| by.sign(bytes));
    RevokeDevice { link: B64(link.bytes().to_vec()) }
}
