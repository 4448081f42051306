//! What an MLS leaf says of itself: CBOR `[1, user_id, device_id, root16]` in a BasicCredential (RFC 9420 §5.3).

use openmls::prelude::{BasicCredential, Credential};
use securechat_ids::{DeviceId, UserId};
use serde::{Deserialize, Serialize};

/// Whose device a leaf is. `root16` ties it to the user's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The person.
    pub user_id: UserId,
    /// The device.
    pub device_id: DeviceId,
    /// First half of the root of the user's chain.
    pub root16: [u8; 16],
}

/// A leaf of a room's ratchet tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaf {
    /// Its index.
    pub index: u32,
    /// Whose device.
    pub member: Member,
    /// Its signature key, equal to the device's key on the chain.
    pub key: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct Wire(u8, UserId, DeviceId, #[serde(with = "serde_bytes")] [u8; 16]);

impl Member {
    /// The credential's identity bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(&Wire(1, self.user_id, self.device_id, self.root16), &mut bytes)
            .expect("writing CBOR to memory cannot fail");
        bytes
    }

    /// Reads the credential's identity bytes; `None` for anything but exactly this form.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let Wire(version, user_id, device_id, root16) = ciborium::from_reader(bytes).ok()?;
        let member = Self { user_id, device_id, root16 };
        (version == 1 && member.to_bytes() == bytes).then_some(member)
    }

    /// The MLS credential.
    pub fn to_credential(&self) -> Credential {
        BasicCredential::new(self.to_bytes()).into()
    }

    /// Reads an MLS credential; `None` for any that is not ours.
    pub fn from_credential(credential: &Credential) -> Option<Self> {
        let basic = BasicCredential::try_from(credential.clone()).ok()?;
        Self::from_bytes(basic.identity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member() -> Member {
        Member {
            user_id: UserId::from_bytes([1; 16]),
            device_id: DeviceId::from_bytes([2; 16]),
            root16: [3; 16],
        }
    }

    #[test]
    fn a_credential_has_these_bytes() {
        let golden = [&[0x84, 1, 0x50][..], &[1; 16], &[0x50], &[2; 16], &[0x50], &[3; 16]].concat();
        assert_eq!(member().to_bytes(), golden);
        assert_eq!(Member::from_credential(&member().to_credential()), Some(member()));
    }

    #[test]
    fn another_form_is_not_ours() {
        let mut longer = member().to_bytes();
        longer.push(0);
        assert_eq!(Member::from_bytes(&longer), None);
        assert_eq!(Member::from_bytes(b"ana"), None);
    }
}
