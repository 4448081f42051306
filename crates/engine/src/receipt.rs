//! A receipt: how far a device has come in a room and what it has seen, signed and sealed for the room
//! (docs/protocol.md §8.3).

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use ed25519_dalek::{Signature, VerifyingKey};
use hkdf::Hkdf;
use securechat_ids::{DeviceId, Epoch, RoomId, Seq, UserId};
use securechat_mls_member::{DeviceKey, Group, MemberError, Provider};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::evidence::LogHead;
use crate::padding::{pad, unpad};
use crate::{Cx, cbor};

const EXPORT_LABEL: &str = "SecureChat receipts v1";
const SIGNATURE_LABEL: &[u8] = b"SecureChat receipt v1";
/// All receipts have one size.
const PADDING_BYTES: usize = 512;

/// What a device says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub room: RoomId,
    pub epoch: Epoch,
    pub user: UserId,
    pub device: DeviceId,
    /// Its cursor; 0: not told.
    pub seq: Seq,
    /// Transcript there; zeros where that is not told.
    pub transcript: [u8; 32],
    /// SHA-256 of the epoch's authenticator.
    pub authenticator: [u8; 32],
    /// Its head of the workspace log.
    pub log: LogHead,
}

/// `[1, room, epoch, user, device, seq, transcript, authenticator, log_size, log_root]`
#[derive(Serialize, Deserialize)]
struct Wire(
    u8,
    RoomId,
    u64,
    UserId,
    DeviceId,
    u64,
    #[serde(with = "serde_bytes")] [u8; 32],
    #[serde(with = "serde_bytes")] [u8; 32],
    u64,
    #[serde(with = "serde_bytes")] [u8; 32],
);

/// `[receipt, signature]`
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignedReceipt(ByteBuf, ByteBuf);

/// What opens the receipts of one epoch of a room.
pub(crate) struct ReceiptKey(Zeroizing<Vec<u8>>, RoomId, Epoch);

impl Receipt {
    fn to_bytes(&self) -> Vec<u8> {
        let LogHead { size, root } = self.log;
        cbor::to_bytes(&Wire(
            1,
            self.room,
            self.epoch.0,
            self.user,
            self.device,
            self.seq.0,
            self.transcript,
            self.authenticator,
            size,
            root,
        ))
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let Wire(version, room, epoch, user, device, seq, transcript, authenticator, size, root) =
            cbor::from_bytes(bytes)?;
        // What is no place in a room and no epoch is no number for a database either.
        let small = |number: u64| number >> 48 == 0;
        (version == 1 && small(epoch) && small(seq)).then_some(Self {
            room,
            epoch: Epoch(epoch),
            user,
            device,
            seq: Seq(seq),
            transcript,
            authenticator,
            log: LogHead { size, root },
        })
    }

    /// Signed by its device.
    pub(crate) fn sign(&self, key: &DeviceKey) -> SignedReceipt {
        let bytes = self.to_bytes();
        let signature = key.sign(&to_sign(&bytes));
        SignedReceipt(ByteBuf::from(bytes), ByteBuf::from(signature))
    }
}

impl SignedReceipt {
    /// What it says, if this key signed it.
    pub(crate) fn verify(&self, key: &[u8; 32]) -> Option<Receipt> {
        let verifier = VerifyingKey::from_bytes(key).ok()?;
        let signature = Signature::from_slice(&self.1).ok()?;
        verifier.verify_strict(&to_sign(&self.0), &signature).ok()?;
        self.unverified()
    }

    /// What it says; for one that was verified when it came.
    pub(crate) fn unverified(&self) -> Option<Receipt> {
        Receipt::from_bytes(&self.0)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.1
    }
}

impl ReceiptKey {
    /// Of the epoch a group is in.
    pub(crate) fn of(provider: &Provider<'_>, group: &Group) -> Result<Self, MemberError> {
        let context = [group.room().as_bytes().as_slice(), &group.epoch().0.to_be_bytes()].concat();
        let secret = Zeroizing::new(group.export(provider, EXPORT_LABEL, &context, 32)?.to_vec());
        Ok(Self(secret, group.room(), group.epoch()))
    }

    pub(crate) fn seal(&self, device: &DeviceId, signed: &SignedReceipt, cx: &mut Cx<'_>) -> Vec<u8> {
        let nonce: [u8; 24] = cx.bytes();
        let plain = pad(&cbor::to_bytes(signed), PADDING_BYTES);
        let sealed = XChaCha20Poly1305::new((&*self.of_device(device)).into())
            .encrypt((&nonce).into(), Payload { msg: &plain, aad: &self.aad(device) })
            .expect("512 bytes are not too long to seal");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what a device sealed.
    pub(crate) fn open(&self, device: &DeviceId, sealed: &[u8]) -> Option<SignedReceipt> {
        let (nonce, sealed) = sealed.split_at_checked(24)?;
        let plain = XChaCha20Poly1305::new((&*self.of_device(device)).into())
            .decrypt(nonce.into(), Payload { msg: sealed, aad: &self.aad(device) })
            .ok()?;
        cbor::from_bytes(&unpad(Zeroizing::new(plain))?)
    }

    fn of_device(&self, device: &DeviceId) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::from_prk(&self.0)
            .expect("32 bytes are a pseudorandom key of SHA-256")
            .expand(&[b"sc-receipt".as_slice(), device.as_bytes()].concat(), key.as_mut())
            .expect("32 bytes are a valid HKDF length");
        key
    }

    fn aad(&self, device: &DeviceId) -> Vec<u8> {
        cbor::to_bytes(&(1_u8, self.1, self.2.0, device))
    }
}

fn to_sign(receipt: &[u8]) -> Vec<u8> {
    [SIGNATURE_LABEL, Sha256::digest(receipt).as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Chance;

    struct Ones;

    impl Chance for Ones {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.fill(1);
        }
    }

    #[test]
    fn a_receipt_opens_as_its_devices_and_holds_by_its_key_only() {
        let (user, device) = (UserId::from_bytes([2; 16]), DeviceId::from_bytes([3; 16]));
        let member = securechat_mls::Member { user_id: user, device_id: device, root16: [4; 16] };
        let key = DeviceKey::new(member, &Zeroizing::new([5; 32]));
        let room = RoomId::from_bytes([6; 16]);
        let log = LogHead { size: 9, root: [8; 32] };
        let (epoch, seq, transcript, authenticator) = (Epoch(7), Seq(70), [1; 32], [2; 32]);
        let receipt = Receipt { room, epoch, user, device, seq, transcript, authenticator, log };
        let signed = receipt.sign(&key);
        let public = ed25519_dalek::SigningKey::from_bytes(&[5; 32]).verifying_key().to_bytes();
        assert_eq!(signed.verify(&public), Some(receipt.clone()));
        let other = ed25519_dalek::SigningKey::from_bytes(&[6; 32]).verifying_key().to_bytes();
        assert_eq!(signed.verify(&other), None, "another device's key");

        let mut cx = Cx { now: securechat_ids::UnixMillis(0), chance: &mut Ones };
        let sealer = ReceiptKey(Zeroizing::new(vec![9; 32]), room, epoch);
        let sealed = sealer.seal(&device, &signed, &mut cx);
        let silent = Receipt { seq: Seq(0), transcript: [0; 32], ..receipt };
        assert_eq!(sealer.seal(&device, &silent.sign(&key), &mut cx).len(), sealed.len(), "one size");
        assert!(sealer.open(&device, &sealed).is_some());
        assert!(sealer.open(&DeviceId::from_bytes([4; 16]), &sealed).is_none(), "in another device's slot");
        let later = ReceiptKey(Zeroizing::new(vec![9; 32]), room, Epoch(8));
        assert!(later.open(&device, &sealed).is_none(), "of another epoch");
    }
}
