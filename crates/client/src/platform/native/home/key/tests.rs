//! The decision and what keeps it, against keyrings that live in memory and misbehave on order.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::platform::Os;

/// A keyring whose state a test sets.
#[derive(Default)]
struct InMemory {
    entries: Mutex<BTreeMap<String, DeviceKey>>,
    trouble: Mutex<Option<KeyringTrouble>>,
    /// Says yes and keeps nothing.
    forgetful: bool,
}

impl InMemory {
    fn fine(&self) -> Result<(), KeyringTrouble> {
        self.trouble.lock().expect("whole").clone().map_or(Ok(()), Err)
    }

    fn set(&self, trouble: Option<KeyringTrouble>) {
        *self.trouble.lock().expect("whole") = trouble;
    }

    fn names(&self) -> Vec<String> {
        self.entries.lock().expect("whole").keys().cloned().collect()
    }
}

impl Keyring for InMemory {
    fn keep(&self, name: &str, key: &DeviceKey, _: Duration) -> Result<(), KeyringTrouble> {
        self.fine()?;
        if !self.forgetful {
            self.entries.lock().expect("whole").insert(name.to_owned(), key.clone());
        }
        Ok(())
    }

    fn find(&self, name: &str, _: Duration) -> Result<Option<DeviceKey>, KeyringTrouble> {
        self.fine()?;
        Ok(self.entries.lock().expect("whole").get(name).cloned())
    }

    fn forget(&self, name: &str, _: Duration) -> Result<(), KeyringTrouble> {
        self.fine()?;
        self.entries.lock().expect("whole").remove(name);
        Ok(())
    }
}

fn made(dir: &Path, wish: NewKey, keyring: &InMemory) -> (DeviceKey, KeyPlace) {
    let key = make(dir, wish, keyring, &mut Os).expect("a key");
    (key, place(dir).expect("readable").expect("a place"))
}

#[test]
fn an_open_keyring_is_used_and_no_file_holds_the_key() {
    let dir = tempfile::tempdir().expect("a folder");
    let keyring = InMemory::default();
    let (key, at) = made(dir.path(), NewKey::KeyringIfOpen, &keyring);
    let [name] = &keyring.names()[..] else { panic!("one entry") };
    assert_eq!(at, KeyPlace::Keyring(name.clone()));
    assert!(!name.contains(dir.path().to_str().expect("UTF-8")));
    assert_eq!(read(dir.path(), &at, &keyring).expect("there"), key);
    for entry in fs::read_dir(dir.path()).expect("lists") {
        let bytes = fs::read(entry.expect("an entry").path()).expect("reads");
        assert!(!bytes.windows(32).any(|window| window == key.as_slice()));
    }
}

#[test]
fn whatever_is_wrong_with_a_keyring_a_new_home_gets_a_file() {
    let troubles = [
        KeyringTrouble::NoSession,
        KeyringTrouble::Absent,
        KeyringTrouble::Locked,
        KeyringTrouble::Silent(TO_DECIDE),
        KeyringTrouble::Failed("so".into()),
    ];
    for trouble in troubles {
        let dir = tempfile::tempdir().expect("a folder");
        let keyring = InMemory::default();
        keyring.set(Some(trouble.clone()));
        let (key, at) = made(dir.path(), NewKey::KeyringIfOpen, &keyring);
        assert_eq!(at, KeyPlace::File(dir.path().join(KEY)), "{trouble}");
        assert_eq!(read(dir.path(), &at, &keyring).expect("there"), key);
    }
    let dir = tempfile::tempdir().expect("a folder");
    let forgetful = InMemory { forgetful: true, ..InMemory::default() };
    assert!(matches!(made(dir.path(), NewKey::KeyringIfOpen, &forgetful).1, KeyPlace::File(_)));
}

#[test]
fn a_person_may_insist_on_the_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let keyring = InMemory::default();
    assert!(matches!(made(dir.path(), NewKey::File, &keyring).1, KeyPlace::File(_)));
    assert!(keyring.names().is_empty());
}

#[test]
fn a_locked_or_missing_keyring_is_said_and_nothing_is_made_or_lost() {
    let dir = tempfile::tempdir().expect("a folder");
    let keyring = InMemory::default();
    let (key, at) = made(dir.path(), NewKey::KeyringIfOpen, &keyring);
    for trouble in [KeyringTrouble::Locked, KeyringTrouble::NoSession, KeyringTrouble::Absent] {
        keyring.set(Some(trouble.clone()));
        let error = read(dir.path(), &at, &keyring).expect_err("closed");
        assert!(matches!(&error, HomeError::Keyring { trouble: why, .. } if *why == trouble), "{error}");
        assert!(!dir.path().join(KEY).exists());
    }
    keyring.set(None);
    assert_eq!(read(dir.path(), &at, &keyring).expect("open again"), key);
    let other = InMemory::default();
    assert!(matches!(read(dir.path(), &at, &other), Err(HomeError::EntryGone { .. })));
}

#[test]
fn a_damaged_note_is_not_taken_for_a_home_without_one() {
    let dir = tempfile::tempdir().expect("a folder");
    assert_eq!(place(dir.path()).expect("readable"), None);
    for text in ["", "short", "../../../../../../../../etc/passwd", "zz112233445566778899aabbccddeeff"] {
        fs::write(dir.path().join(NAME), text).expect("writes");
        assert!(matches!(place(dir.path()), Err(HomeError::Io { .. })), "{text}");
    }
}

#[test]
fn forgetting_takes_the_entry_too_and_a_closed_keyring_does_not_keep_the_home_alive() {
    let keyring = InMemory::default();
    let dir = tempfile::tempdir().expect("a folder");
    made(dir.path(), NewKey::KeyringIfOpen, &keyring);
    forget(dir.path(), &keyring).expect("wiped");
    assert!(keyring.names().is_empty());
    assert_eq!(place(dir.path()).expect("readable"), None);

    made(dir.path(), NewKey::KeyringIfOpen, &keyring);
    keyring.set(Some(KeyringTrouble::Locked));
    forget(dir.path(), &keyring).expect("wiped");
    assert_eq!(place(dir.path()).expect("readable"), None);
}
