//! The data folder: where things are in it, who may read them, and that one server uses it at a time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// A data folder, existing.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another server has it.
    #[error("another SecureChat server already uses {}; stop it, or choose another folder with --data", .0.display())]
    InUse(PathBuf),
    /// There is none, and none is to be made.
    #[error("{} is not a SecureChat server's data folder", .0.display())]
    Missing(PathBuf),
    /// The file system refuses.
    #[error("{} cannot be used: {error}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// Held while a server uses the folder; the lock ends with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Folder {
    /// Makes the folder if it is not there, readable by its owner only.
    pub(crate) fn make(path: &Path) -> Result<Self, FolderError> {
        let folder = Self(path.to_owned());
        folder.make_subfolder(path)?;
        Ok(folder)
    }

    /// A folder that a server has used before.
    pub(crate) fn existing(path: &Path) -> Result<Self, FolderError> {
        let folder = Self(path.to_owned());
        if folder.database().is_file() { Ok(folder) } else { Err(FolderError::Missing(path.to_owned())) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("securechat.db")
    }

    /// SQLite's write-ahead log, beside the database while it is open.
    pub(crate) fn write_ahead_log(&self) -> PathBuf {
        self.0.join("securechat.db-wal")
    }

    pub(crate) fn server_key(&self) -> PathBuf {
        self.0.join("server.key")
    }

    pub(crate) fn public_address(&self) -> PathBuf {
        self.0.join("public-address")
    }

    /// The folder of the TLS identity.
    pub(crate) fn tls(&self) -> Result<PathBuf, FolderError> {
        let path = self.0.join("tls");
        self.make_subfolder(&path)?;
        Ok(path)
    }

    /// Everything in it, folders before what is in them, by name.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, FolderError> {
        let mut found = Vec::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(|error| at(&folder, error))? {
                let entry = entry.map_err(|error| at(&folder, error))?;
                found.push(entry.path());
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(entry.path());
                }
            }
        }
        found.sort();
        Ok(found)
    }

    fn make_subfolder(&self, path: &Path) -> Result<(), FolderError> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| at(path, error))
    }

    /// Takes the folder for this process.
    pub(crate) fn lock(&self) -> Result<Lock, FolderError> {
        let path = self.0.join("lock");
        let file =
            private().write(true).create(true).truncate(false).open(&path).map_err(|e| at(&path, e))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Lock { _file: file }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(FolderError::InUse(self.0.clone())),
            Err(error) => Err(at(&path, error.into())),
        }
    }
}

/// Writes a file that only its owner may read, whole or not at all: it is made beside and then put in place.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let beside = path.with_extension("new");
    let write = || -> io::Result<()> {
        // What a crash left here may have any mode, so it is not written into.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private().write(true).create_new(true).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        match path.parent() {
            Some(parent) => File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    };
    write().map_err(|error| at(path, error))
}

/// Takes from everybody but its owner what they may do with a folder.
pub(crate) fn make_private(folder: &Path) -> Result<(), FolderError> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(|error| at(folder, error))
}

/// Copies a file into one that is not there yet and that only its owner may read; it is on the disk when this returns.
pub(crate) fn copy_private(from: &Path, to: &Path) -> Result<(), FolderError> {
    let mut source = File::open(from).map_err(|error| at(from, error))?;
    let mut copy = || -> io::Result<()> {
        let mut file = private().write(true).create_new(true).open(to)?;
        io::copy(&mut source, &mut file)?;
        file.sync_all()?;
        match to.parent() {
            Some(parent) => File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    };
    copy().map_err(|error| at(to, error))
}

/// Owner, mode and kind of a file.
pub(crate) fn metadata(path: &Path) -> Result<fs::Metadata, FolderError> {
    fs::metadata(path).map_err(|error| at(path, error))
}

/// A file's text, or `None` if it is not there.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, FolderError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path, error)),
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

fn at(path: &Path, error: io::Error) -> FolderError {
    FolderError::Io { path: path.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn two_servers_do_not_share_a_folder() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::make(&temp.path().join("data")).unwrap();
        let lock = folder.lock().unwrap();
        let refused = folder.lock().unwrap_err();
        assert!(matches!(refused, FolderError::InUse(_)), "{refused}");
        drop(lock);
        folder.lock().unwrap();
    }

    #[test]
    fn private_files_and_folders_are_their_owners_alone() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::make(&temp.path().join("data")).unwrap();
        let path = folder.server_key();
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(read(&path).unwrap().as_deref(), Some(&b"two"[..]));
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(folder.path()), 0o700);
    }
}
