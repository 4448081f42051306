//! The key file beside the database: what a stolen database or backup alone does not open.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use securechat_delivery::Secrets;
use securechat_ids::UserId;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::chance;
use crate::folder::{self, Folder, FolderError};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const SHARE_LABEL: &[u8] = b"securechat/server/share/v1";
const PARAMETERS_LABEL: &[u8] = b"securechat/server/parameters/v1";

/// Keys drawn from the key file.
pub(crate) struct Keys {
    share: XChaCha20Poly1305,
    secrets: Secrets,
}

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system refuses.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Cut off or replaced.
    #[error(
        "server.key in the data folder is damaged: it must hold {KEY_BYTES} bytes; restore it from a backup"
    )]
    Damaged,
    /// There is a database but no key file: a new one would lock everybody out of their vaults.
    #[error(
        "server.key is missing beside the database; restore it from a backup, for without it nobody can log in anew"
    )]
    Missing,
}

impl Keys {
    /// Reads the key file, or makes it together with the database.
    pub(crate) fn open(folder: &Folder) -> Result<Self, KeyFileError> {
        let path = folder.server_key();
        let master = match folder::read(&path)? {
            Some(bytes) => master(bytes)?,
            None if folder.database().exists() => return Err(KeyFileError::Missing),
            None => {
                let master = Zeroizing::new(chance::random::<KEY_BYTES>());
                folder::write_private(&path, master.as_slice())?;
                master
            }
        };
        Ok(Self::of(&master))
    }

    /// Whether the key file of a folder is there and whole. Makes none.
    pub(crate) fn look(folder: &Folder) -> Result<(), KeyFileError> {
        master(folder::read(&folder.server_key())?.ok_or(KeyFileError::Missing)?).map(drop)
    }

    fn of(master: &[u8; KEY_BYTES]) -> Self {
        let share = Zeroizing::new(subkey(master, SHARE_LABEL));
        Self {
            share: XChaCha20Poly1305::new(share.as_slice().into()),
            secrets: Secrets { parameters_key: subkey(master, PARAMETERS_LABEL) },
        }
    }

    /// What the mind needs of it.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Seals a user's share for the database: nonce, then ciphertext.
    pub(crate) fn seal_share(&self, user: &UserId, share: &[u8]) -> Vec<u8> {
        let nonce = chance::random::<NONCE_BYTES>();
        let payload = Payload { msg: share, aad: user.as_bytes() };
        let sealed = self.share.encrypt(XNonce::from_slice(&nonce), payload).expect("a share is short");
        [&nonce[..], &sealed].concat()
    }

    /// A share from the database; `None` if it was sealed under another key or for another user.
    pub(crate) fn open_share(&self, user: &UserId, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES)?;
        let payload = Payload { msg: sealed, aad: user.as_bytes() };
        self.share.decrypt(XNonce::from_slice(nonce), payload).ok()
    }
}

fn master(bytes: Vec<u8>) -> Result<Zeroizing<[u8; KEY_BYTES]>, KeyFileError> {
    Ok(Zeroizing::new(<[u8; KEY_BYTES]>::try_from(bytes).map_err(|_| KeyFileError::Damaged)?))
}

fn subkey(master: &[u8; KEY_BYTES], label: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, master).expand(label, &mut key).expect("32 bytes are within HKDF's bound");
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_opens_for_its_user_under_its_key_only() {
        let keys = Keys::of(&[7; 32]);
        let (ana, bob) = (UserId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        let sealed = keys.seal_share(&ana, b"share");
        assert_eq!(keys.open_share(&ana, &sealed).as_deref(), Some(&b"share"[..]));
        assert_eq!(keys.open_share(&bob, &sealed), None);
        assert_eq!(Keys::of(&[8; 32]).open_share(&ana, &sealed), None);
        assert_eq!(keys.open_share(&ana, b"short"), None);
    }

    #[test]
    fn a_lost_key_file_is_not_silently_replaced() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::make(temp.path()).unwrap();
        Keys::open(&folder).unwrap();
        let first = std::fs::read(folder.server_key()).unwrap();
        Keys::open(&folder).unwrap();
        assert_eq!(std::fs::read(folder.server_key()).unwrap(), first);
        std::fs::write(folder.database(), b"").unwrap();
        std::fs::remove_file(folder.server_key()).unwrap();
        assert!(matches!(Keys::open(&folder), Err(KeyFileError::Missing)));
    }
}
