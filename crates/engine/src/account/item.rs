//! One sealed item: what a user's devices keep for each other at the server (docs/protocol.md §2.1).

use hkdf::Hkdf;
use securechat_ids::UserId;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::VaultKey;
use super::vault::{open, seal};
use crate::padding::{pad, unpad};
use crate::{Cx, cbor};

/// Sizes are rounded up to this, so that they tell little.
const PADDING_BYTES: usize = 256;

/// What an item says.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// What it is about, from a closed list; others are left alone.
    pub kind: String,
    /// Of whom or which room.
    pub subject: Vec<u8>,
    /// What it holds, as its kind has it.
    pub value: Zeroizing<Vec<u8>>,
}

/// `[kind, subject, value]`
#[derive(Serialize, Deserialize)]
struct Wire(String, ByteBuf, ByteBuf);

/// The name under which the server keeps an item: it tells nothing to whoever has not the vault key.
pub(crate) fn item_name(vault: &VaultKey, kind: &str, subject: &[u8]) -> [u8; 16] {
    let mut name = [0; 16];
    let info = [b"securechat/item-name/v1/".as_slice(), kind.as_bytes(), b"/", subject].concat();
    expand(vault, &info, &mut name);
    name
}

/// Seals an item as one version of it.
pub(crate) fn seal_item(
    vault: &VaultKey,
    user: &UserId,
    item: &Item,
    version: u64,
    cx: &mut Cx<'_>,
) -> Vec<u8> {
    let value = ByteBuf::from(item.value.to_vec());
    let wire = Wire(item.kind.clone(), ByteBuf::from(item.subject.clone()), value);
    let plain = pad(&Zeroizing::new(cbor::to_bytes(&wire)), PADDING_BYTES);
    let name = item_name(vault, &item.kind, &item.subject);
    seal(&seal_key(vault), &aad(user, &name, version), &plain, cx)
}

/// Opens an item; `None` if it is not one of this user, name and version.
pub(crate) fn open_item(
    vault: &VaultKey,
    user: &UserId,
    name: &[u8; 16],
    version: u64,
    sealed: &[u8],
) -> Option<Item> {
    let plain = unpad(open(&seal_key(vault), &aad(user, name, version), sealed)?)?;
    let Wire(kind, subject, value) = cbor::from_bytes(&plain)?;
    let item = Item { kind, subject: subject.into_vec(), value: Zeroizing::new(value.into_vec()) };
    (item_name(vault, &item.kind, &item.subject) == *name).then_some(item)
}

fn seal_key(vault: &VaultKey) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    expand(vault, b"securechat/item-seal/v1", key.as_mut());
    key
}

fn expand(vault: &VaultKey, info: &[u8], out: &mut [u8]) {
    Hkdf::<Sha256>::new(None, vault.as_bytes()).expand(info, out).expect("at most 32 bytes are asked for");
}

fn aad(user: &UserId, name: &[u8; 16], version: u64) -> Vec<u8> {
    [b"securechat/item/v1/".as_slice(), user.as_bytes(), name, &version.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use securechat_ids::UnixMillis;

    use super::*;
    use crate::Chance;

    struct Ones;

    impl Chance for Ones {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.fill(1);
        }
    }

    #[test]
    fn an_item_opens_as_what_it_is_and_as_nothing_else() {
        let mut cx = Cx { now: UnixMillis(0), chance: &mut Ones };
        let (vault, user) = (VaultKey::from_bytes([2; 32]), UserId::from_bytes([3; 16]));
        let item = Item { kind: "keys".into(), subject: vec![4; 16], value: Zeroizing::new(vec![5; 100]) };
        let name = item_name(&vault, "keys", &[4; 16]);
        let sealed = seal_item(&vault, &user, &item, 7, &mut cx);
        assert!(open_item(&vault, &user, &name, 7, &sealed) == Some(item.clone()));
        assert!(open_item(&vault, &user, &name, 8, &sealed).is_none(), "as another version");
        assert!(
            open_item(&vault, &UserId::from_bytes([9; 16]), &name, 7, &sealed).is_none(),
            "of another user"
        );
        let other = item_name(&vault, "keys", &[6; 16]);
        assert_ne!(name, other);
        assert!(open_item(&vault, &user, &other, 7, &sealed).is_none(), "under another name");
        assert!(open_item(&VaultKey::from_bytes([8; 32]), &user, &name, 7, &sealed).is_none());
        let shorter = Item { value: Zeroizing::new(vec![5; 10]), ..item };
        assert_eq!(seal_item(&vault, &user, &shorter, 7, &mut cx).len(), sealed.len(), "sizes tell little");
    }
}
