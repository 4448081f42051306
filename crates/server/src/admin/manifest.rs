//! The list that makes a folder a backup: written last, with the hash of each file. Without it a backup is not finished.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use securechat_ids::UnixMillis;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::folder::{self, FolderError};

const NAME: &str = "backup.json";
const VERSION: u32 = 1;
/// What a backup holds: everything of a data folder that cannot be made anew. The first two are always there.
pub(super) const FILES: [&str; 7] = [
    "securechat.db",
    "server.key",
    "public-address",
    "tls/ca.pem",
    "tls/ca.key",
    "tls/leaf.pem",
    "tls/leaf.key",
];

/// Why a folder cannot be used as a backup.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// No list: something else, or a backup that was not finished.
    #[error("{} is not a finished backup: it has no {NAME}", .0.display())]
    Missing(PathBuf),
    /// The list cannot be read.
    #[error("{} is damaged: {why}", path.display())]
    Damaged {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file is not the one that was backed up.
    #[error("{file} in the backup is not what was backed up; use another backup")]
    Changed {
        /// Which.
        file: String,
    },
}

/// What is in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    version: u32,
    /// When it was begun: everything acknowledged before is in it.
    pub(super) begun_ms: UnixMillis,
    pub(super) files: Vec<Entry>,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Below the folder.
    pub(super) name: String,
    /// How long it is.
    pub(super) bytes: u64,
    sha256: String,
}

impl Manifest {
    /// Lists what lies in a folder.
    pub(super) fn of(folder: &Path, begun_ms: UnixMillis) -> Result<Self, FolderError> {
        let mut files = Vec::new();
        for name in FILES.into_iter().filter(|name| folder.join(name).exists()) {
            files.push(Entry::of(folder, name)?);
        }
        Ok(Self { version: VERSION, begun_ms, files })
    }

    /// Writes the list; with it the backup is finished.
    pub(super) fn write(&self, folder: &Path) -> Result<(), FolderError> {
        let text = serde_json::to_vec_pretty(self).expect("our own types serialise");
        folder::write_private(&folder.join(NAME), &text)
    }

    /// The list of a folder, or `None` where there is none.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, super::AdminError> {
        let path = folder.join(NAME);
        let Some(text) = folder::read(&path)? else { return Ok(None) };
        let damaged = |why: String| ManifestError::Damaged { path: path.clone(), why };
        let found: Self = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        if found.version != VERSION {
            return Err(damaged(format!("it is of version {}", found.version)).into());
        }
        // A name leads nowhere else, and what no server starts without is there.
        let named = |name: &str| found.files.iter().filter(|entry| entry.name == name).count();
        let known = found.files.iter().all(|entry| FILES.contains(&&*entry.name) && named(&entry.name) == 1);
        if !known || !FILES[..2].iter().all(|name| named(name) == 1) {
            return Err(damaged("it does not list what a backup holds".into()).into());
        }
        Ok(Some(found))
    }

    /// As [`Manifest::read`], where a folder has to be a backup.
    pub(super) fn expect(folder: &Path) -> Result<Self, super::AdminError> {
        Ok(Self::read(folder)?.ok_or_else(|| ManifestError::Missing(folder.to_owned()))?)
    }

    /// Which files are not those that were listed, a sentence each.
    pub(super) fn differences(&self, folder: &Path) -> Result<Vec<String>, FolderError> {
        let mut found = Vec::new();
        for entry in &self.files {
            let there = folder.join(&entry.name).exists();
            if !there || Entry::of(folder, &entry.name)? != *entry {
                found.push(ManifestError::Changed { file: entry.name.clone() }.to_string());
            }
        }
        Ok(found)
    }
}

impl Entry {
    fn of(folder: &Path, name: &str) -> Result<Self, FolderError> {
        let path = folder.join(name);
        let (bytes, sha256) = hash(&path).map_err(|error| FolderError::Io { path, error })?;
        Ok(Self { name: name.to_owned(), bytes, sha256 })
    }
}

/// Length and SHA-256 of a file.
fn hash(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut length) = (Sha256::new(), 0);
    let mut piece = vec![0; 1024 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok((length, HEXLOWER.encode(&hash.finalize()))),
            read => {
                hash.update(&piece[..read]);
                length += read as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::AdminError;

    fn small() -> tempfile::TempDir {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("securechat.db"), b"rows").unwrap();
        std::fs::write(temp.path().join("server.key"), b"key").unwrap();
        temp
    }

    #[test]
    fn one_changed_bit_is_found_and_named() {
        let temp = small();
        let manifest = Manifest::of(temp.path(), UnixMillis(1)).unwrap();
        manifest.write(temp.path()).unwrap();
        let read = Manifest::expect(temp.path()).unwrap();
        assert_eq!(read, manifest);
        assert!(read.differences(temp.path()).unwrap().is_empty());
        std::fs::write(temp.path().join("server.key"), b"kez").unwrap();
        let said = read.differences(temp.path()).unwrap();
        assert!(said.len() == 1 && said[0].starts_with("server.key"), "{said:?}");
        std::fs::remove_file(temp.path().join("securechat.db")).unwrap();
        assert_eq!(read.differences(temp.path()).unwrap().len(), 2);
    }

    #[test]
    fn a_list_that_leads_elsewhere_or_lacks_the_key_is_refused() {
        let temp = small();
        let manifest = Manifest::of(temp.path(), UnixMillis(1)).unwrap();
        let refused = |manifest: &Manifest| {
            manifest.write(temp.path()).unwrap();
            matches!(Manifest::read(temp.path()), Err(AdminError::Manifest(ManifestError::Damaged { .. })))
        };
        let mut elsewhere = manifest.clone();
        elsewhere.files.push(Entry { name: "../server.key".into(), ..manifest.files[1].clone() });
        assert!(refused(&elsewhere));
        let mut lacking = manifest.clone();
        lacking.files.pop();
        assert!(refused(&lacking));
        let mut twice = manifest.clone();
        twice.files.push(manifest.files[0].clone());
        assert!(refused(&twice));
        assert!(refused(&Manifest { version: 2, ..manifest.clone() }));
        assert!(!refused(&manifest));
    }

    #[test]
    fn a_folder_without_a_list_is_no_backup() {
        let temp = small();
        let refused = Manifest::expect(temp.path());
        assert!(matches!(refused, Err(AdminError::Manifest(ManifestError::Missing(_)))));
    }
}
