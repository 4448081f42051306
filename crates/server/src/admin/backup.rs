//! Copies a data folder while its server runs: everything acknowledged before it began is in it.

use std::fs;
use std::path::{Path, PathBuf};

use securechat_delivery::check::Checked;
use securechat_store_sqlite::SqliteStore;

use super::manifest::{FILES, Manifest};
use super::{AdminError, check};
use crate::clock::Clock;
use crate::folder::{self, Folder, FolderError};

/// A finished backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// Its folder.
    pub folder: PathBuf,
    /// Size of its files.
    pub bytes: u64,
    /// What was found in it.
    pub checked: Checked,
}

/// Makes a backup of a data folder in a new folder, and checks the copy. Blocks; nothing of the server's waits for it.
///
/// # Errors
/// [`AdminError`]; nothing is left of an unfinished backup.
pub fn backup(data: &Path, to: &Path) -> Result<BackedUp, AdminError> {
    let from = Folder::existing(data)?;
    let begun = Clock::default().now();
    let made = make(to)?;
    copy(&from, to, begun).inspect_err(|_| {
        // Whatever cannot be taken away lacks the list, and is no backup to anybody.
        let _ = if made { fs::remove_dir_all(to) } else { empty(to) };
    })
}

fn copy(from: &Folder, to: &Path, begun: securechat_ids::UnixMillis) -> Result<BackedUp, AdminError> {
    for name in FILES.into_iter().skip(1) {
        if let Some(bytes) = folder::read(&from.path().join(name))? {
            let target = Folder::make(to)?;
            if name.starts_with("tls/") {
                target.tls()?;
            }
            folder::write_private(&to.join(name), &bytes)?;
        }
    }
    SqliteStore::look(&from.database())?.backup(&to.join(FILES[0]))?;
    let checked = check(to)?;
    if !checked.problems.is_empty() {
        return Err(AdminError::Broken(checked.problems));
    }
    let manifest = Manifest::of(to, begun)?;
    manifest.write(to)?;
    let bytes = manifest.files.iter().map(|entry| entry.bytes).sum();
    Ok(BackedUp { folder: to.to_owned(), bytes, checked })
}

/// A folder for its owner alone that is empty; whether it was made now.
fn make(to: &Path) -> Result<bool, AdminError> {
    let io = |error| FolderError::Io { path: to.to_owned(), error };
    if to.exists() {
        let mut entries = fs::read_dir(to).map_err(io)?;
        return if entries.next().is_none() {
            folder::make_private(to)?;
            Ok(false)
        } else {
            Err(AdminError::NotEmpty(to.to_owned()))
        };
    }
    Folder::make(to)?;
    Ok(true)
}

fn empty(folder: &Path) -> std::io::Result<()> {
    for name in FILES {
        let _ = fs::remove_file(folder.join(name));
    }
    fs::remove_dir(folder.join("tls"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::trial::Trial;

    async fn blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
        tokio::task::spawn_blocking(act).await.unwrap()
    }

    #[tokio::test]
    async fn a_running_servers_backup_is_whole_private_and_finished() {
        let (trial, _ana) = Trial::with_owner().await;
        let (data, to) = (trial.started.data.clone(), trial.temp.path().join("backups/monday"));
        let target = to.clone();
        let made = blocking(move || backup(&data, &target)).await.unwrap();
        assert_eq!(made.checked, Checked { users: 1, links: 1, ..Checked::default() });
        assert!(made.bytes > 4_096);
        let mut names: Vec<String> = Folder::existing(&to)
            .unwrap()
            .files()
            .unwrap()
            .iter()
            .map(|path| path.strip_prefix(&to).unwrap().display().to_string())
            .collect();
        names.sort();
        let mut expected: Vec<&str> = FILES.into_iter().chain(["backup.json", "tls"]).collect();
        expected.sort_unstable();
        assert_eq!(names, expected);
        for name in names {
            let file = fs::metadata(to.join(&name)).unwrap();
            let wanted = if file.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(file.permissions().mode() & 0o777, wanted, "{name}");
        }
        assert_eq!(check(&to).unwrap().problems, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_folder_with_something_in_it_is_left_alone() {
        let (trial, _ana) = Trial::with_owner().await;
        let to = trial.temp.path().join("taken");
        fs::create_dir(&to).unwrap();
        fs::write(to.join("letter"), b"mine").unwrap();
        let (data, target) = (trial.started.data.clone(), to.clone());
        let refused = blocking(move || backup(&data, &target)).await.unwrap_err();
        assert!(matches!(refused, AdminError::NotEmpty(_)), "{refused}");
        assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn what_does_not_hold_together_is_no_backup() {
        let (trial, _ana) = Trial::with_owner().await;
        fs::remove_file(trial.started.data.join("server.key")).unwrap();
        let to = trial.temp.path().join("monday");
        let (data, target) = (trial.started.data.clone(), to.clone());
        let refused = blocking(move || backup(&data, &target)).await.unwrap_err();
        assert!(refused.to_string().contains("server.key is missing"), "{refused}");
        assert!(!to.exists(), "nothing is left of it");
    }
}
