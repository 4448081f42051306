//! Where a home's key lies: decided once, when the home is made, written down, and from then on never guessed.

use std::fmt::{self, Display, Formatter};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use securechat_engine::Chance;
use zeroize::Zeroizing;

use super::keyring::{DeviceKey, Keyring, KeyringTrouble, TO_DECIDE, TO_OPEN};
use super::{HomeError, private_file};

/// The key itself.
const KEY: &str = "device.key";
/// The name of the keyring's entry. Random, so that a home may be moved or copied and two homes never meet in one.
const NAME: &str = "device.keyring";

/// Where the key of a home's database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// A file beside the database that only its owner reads (mode 600).
    File(PathBuf),
    /// The keyring of the owner's desktop session, under this name.
    Keyring(String),
}

impl Display for KeyPlace {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            KeyPlace::File(path) => write!(f, "in the file {} (mode 600)", path.display()),
            KeyPlace::Keyring(name) => {
                write!(f, "in this session's keyring (entry 'SecureChat device key {name}')")
            }
        }
    }
}

/// Whether a new home may put its key into a keyring. Says nothing about a home that has its key already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewKey {
    /// Into the keyring if one is open, else into a file.
    KeyringIfOpen,
    /// Into a file.
    File,
}

/// What is written down about the key, if anything is.
pub(super) fn place(dir: &Path) -> Result<Option<KeyPlace>, HomeError> {
    let path = dir.join(NAME);
    match fs::read_to_string(&path) {
        Ok(name) => {
            let name = name.trim_end().to_owned();
            let fits = name.len() == 32 && HEXLOWER.decode(name.as_bytes()).is_ok();
            let damaged = || io::Error::new(io::ErrorKind::InvalidData, "it does not name a keyring entry");
            fits.then_some(Some(KeyPlace::Keyring(name)))
                .ok_or_else(|| HomeError::Io { path, error: damaged() })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let file = dir.join(KEY);
            Ok(file.exists().then_some(KeyPlace::File(file)))
        }
        Err(error) => Err(HomeError::Io { path, error }),
    }
}

/// The key of a home, from where it was put.
pub(super) fn read(dir: &Path, place: &KeyPlace, keyring: &dyn Keyring) -> Result<DeviceKey, HomeError> {
    match place {
        KeyPlace::File(path) => {
            let mut key = Zeroizing::new([0; 32]);
            let io = |error| HomeError::Io { path: path.clone(), error };
            File::open(path).and_then(|mut file| file.read_exact(key.as_mut())).map_err(io)?;
            Ok(key)
        }
        KeyPlace::Keyring(name) => {
            let trouble = |trouble| HomeError::Keyring { dir: dir.to_owned(), trouble };
            let found = keyring.find(name, TO_OPEN).map_err(trouble)?;
            found.ok_or_else(|| HomeError::EntryGone { dir: dir.to_owned(), name: name.clone() })
        }
    }
}

/// A new key, kept for good in one place before anything is encrypted with it.
pub(super) fn make(
    dir: &Path,
    wish: NewKey,
    keyring: &dyn Keyring,
    chance: &mut dyn Chance,
) -> Result<DeviceKey, HomeError> {
    let mut key = Zeroizing::new([0; 32]);
    chance.fill(key.as_mut());
    if wish == NewKey::KeyringIfOpen {
        let mut name = [0; 16];
        chance.fill(&mut name);
        let name = HEXLOWER.encode(&name);
        match into_keyring(&name, &key, keyring) {
            Ok(()) => {
                // Only now: an entry without a home is litter, a home without its entry is lost.
                write_whole(dir, NAME, format!("{name}\n").as_bytes())?;
                return Ok(key);
            }
            Err(trouble) => tracing::debug!("key goes into a file: {trouble}"),
        }
    }
    write_whole(dir, KEY, key.as_ref())?;
    Ok(key)
}

/// Keeps a key and sees that it is really there.
fn into_keyring(name: &str, key: &DeviceKey, keyring: &dyn Keyring) -> Result<(), KeyringTrouble> {
    keyring.keep(name, key, TO_DECIDE)?;
    match keyring.find(name, TO_DECIDE)? {
        Some(found) if found == *key => Ok(()),
        Some(_) | None => Err(KeyringTrouble::Failed("it did not keep what it was given".into())),
    }
}

/// Takes the key away. A keyring that does not answer keeps an entry that opens nothing any more.
pub(super) fn forget(dir: &Path, keyring: &dyn Keyring) -> Result<(), HomeError> {
    if let Ok(Some(KeyPlace::Keyring(name))) = place(dir)
        && let Err(trouble) = keyring.forget(&name, TO_OPEN)
    {
        tracing::warn!("the entry 'SecureChat device key {name}' stays in the keyring: {trouble}");
    }
    for name in [KEY, NAME] {
        super::remove(&dir.join(name))?;
    }
    Ok(())
}

/// Whole or not at all: half a key, or half its name, would lock the database for ever.
fn write_whole(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), HomeError> {
    let path = dir.join(name);
    let io = |error| HomeError::Io { path: path.clone(), error };
    let fresh = path.with_extension("new");
    super::remove(&fresh)?;
    let mut file = private_file(&fresh).map_err(io)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io)?;
    fs::rename(&fresh, &path).map_err(io)?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io)
}

#[cfg(test)]
mod tests;
