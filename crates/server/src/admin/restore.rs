//! Puts a backup in a data folder's place: checked first, and as a new generation, so that every client says what happened.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use securechat_delivery::check::Checked;
use securechat_delivery::{Fault, StoreError, identity, write_with};
use securechat_ids::UnixMillis;
use securechat_store_sqlite::{Options, SqliteStore};

use super::manifest::{Manifest, ManifestError};
use super::{AdminError, check};
use crate::chance::Os;
use crate::clock::Clock;
use crate::folder::{self, Folder, FolderError};
use crate::start::fatal;

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When the backup was begun: what came after is gone.
    pub begun: UnixMillis,
    /// Where the former data was moved.
    pub former: Option<PathBuf>,
    /// What was found in it.
    pub checked: Checked,
}

/// Makes a data folder of a backup, which stays as it is. `replace`: a folder that a server has used is moved aside.
/// Blocks.
///
/// # Errors
/// [`AdminError`]; the data folder is then as it was.
pub fn restore(from: &Path, data: &Path, replace: bool) -> Result<Restored, AdminError> {
    let manifest = Manifest::expect(from)?;
    let former = Folder::existing(data).ok();
    if former.is_some() && !replace {
        return Err(AdminError::Occupied(data.to_owned()));
    }
    if former.is_none() && data.exists() && !is_empty(data)? {
        return Err(AdminError::NotEmpty(data.to_owned()));
    }
    // Held until this returns: a server that runs is not robbed of its folder, and none begins meanwhile.
    let _lock = former.as_ref().map(Folder::lock).transpose()?;
    let beside = named_beside(data, "restoring")?;
    // What an attempt that was cut off left.
    if beside.exists() {
        fs::remove_dir_all(&beside).map_err(|error| at(&beside, error))?;
    }
    let checked = build(&manifest, from, &beside).inspect_err(|_| {
        let _ = fs::remove_dir_all(&beside);
    })?;
    let aside = match &former {
        Some(_) => Some(move_aside(data, &beside)?),
        None => None,
    };
    fs::rename(&beside, data).map_err(|error| at(data, error))?;
    sync_parent(data)?;
    Ok(Restored { begun: manifest.begun_ms, former: aside, checked })
}

/// The whole new folder, before anybody can see it under its name.
fn build(manifest: &Manifest, from: &Path, beside: &Path) -> Result<Checked, AdminError> {
    let folder = Folder::make(beside)?;
    for entry in &manifest.files {
        if entry.name.starts_with("tls/") {
            folder.tls()?;
        }
        folder::copy_private(&from.join(&entry.name), &beside.join(&entry.name))?;
    }
    // Of the copies, so that what was checked is what is used.
    if let Some(changed) = manifest.differences(beside)?.into_iter().next() {
        let file = changed.split(' ').next().unwrap_or_default().to_owned();
        return Err(ManifestError::Changed { file }.into());
    }
    begin_anew(&folder)?;
    let checked = check(beside)?;
    if checked.problems.is_empty() { Ok(checked) } else { Err(AdminError::Broken(checked.problems)) }
}

/// A new generation, and nothing handed out a second time.
fn begin_anew(folder: &Folder) -> Result<(), AdminError> {
    let (store, _) = SqliteStore::open(&folder.database(), Options::default(), &mut Os, fatal)?;
    let (answer, answered) = channel();
    let broken = || AdminError::Read(StoreError::Broken("no answer".into()));
    write_with(
        &store,
        |tx| identity::restored(tx, &mut Os),
        move |result| {
            let _ = answer.send(result);
        },
    )
    .map_err(|_| broken())?;
    answered.recv().map_err(|_| broken())?.map_err(Fault::into_refusal)?;
    Ok(())
}

/// Gives the former folder another name, and its owner to the new one.
fn move_aside(data: &Path, beside: &Path) -> Result<PathBuf, AdminError> {
    let owner = folder::metadata(data)?;
    let new = folder::metadata(beside)?;
    if (owner.uid(), owner.gid()) != (new.uid(), new.gid()) {
        let files = Folder::existing(beside)?.files()?;
        for path in files.iter().map(PathBuf::as_path).chain([beside]) {
            chown(path, Some(owner.uid()), Some(owner.gid())).map_err(|error| at(path, error))?;
        }
    }
    let seconds = Clock::default().now().0 / 1_000;
    let aside = named_beside(data, &format!("before-restore-{seconds}"))?;
    fs::rename(data, &aside).map_err(|error| at(data, error))?;
    Ok(aside)
}

/// A path in the same folder, hence on the same file system.
fn named_beside(data: &Path, word: &str) -> Result<PathBuf, AdminError> {
    let name = data.file_name().ok_or_else(|| FolderError::Missing(data.to_owned()))?;
    let mut name = name.to_owned();
    name.push(format!(".{word}"));
    Ok(data.with_file_name(name))
}

fn is_empty(folder: &Path) -> Result<bool, AdminError> {
    Ok(fs::read_dir(folder).map_err(|error| at(folder, error))?.next().is_none())
}

fn sync_parent(path: &Path) -> Result<(), AdminError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let synced = fs::File::open(parent).and_then(|parent| parent.sync_all());
    Ok(synced.map_err(|error| at(parent, error))?)
}

fn at(path: &Path, error: std::io::Error) -> FolderError {
    FolderError::Io { path: path.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::backup;
    use crate::start::start_with;
    use crate::trial::{Person, Trial, code_of};

    /// A stopped server of two people, with a backup from when there was one.
    async fn two_with_a_backup_of_one() -> (Trial2, PathBuf) {
        let (trial, _ana) = Trial::with_owner().await;
        let (data, to) = (trial.started.data.clone(), trial.temp.path().join("backup"));
        let target = to.clone();
        let invite = tokio::task::spawn_blocking(move || {
            backup(&data, &target).unwrap();
            crate::admin::Admin::open(&data, crate::Config::default()).unwrap().create_invite(1, 60).unwrap()
        });
        let code = code_of(&invite.await.unwrap().link);
        Person::new("bob", 2).join(&trial, &code).await;
        let Trial { started, app, config, temp, .. } = trial;
        let (data, server) = (started.data.clone(), app.server);
        drop(app);
        started.handle.stop().await.unwrap();
        (Trial2 { temp, data, config, server }, to)
    }

    struct Trial2 {
        temp: tempfile::TempDir,
        data: PathBuf,
        config: crate::Config,
        server: identity::Identity,
    }

    #[tokio::test]
    async fn a_restored_server_is_the_same_of_a_new_generation() {
        let (two, backup) = two_with_a_backup_of_one().await;
        let refused = restore(&backup, &two.data, false).unwrap_err();
        assert!(matches!(refused, AdminError::Occupied(_)), "{refused}");
        let restored = restore(&backup, &two.data, true).unwrap();
        assert_eq!(restored.checked.users, 1);
        let former = restored.former.unwrap();
        assert_eq!(check(&former).unwrap().users, 2, "nothing of the former data is gone");
        assert_eq!(check(&two.data).unwrap().problems, Vec::<String>::new());
        let (started, app) = start_with(&two.config, None, Clock::default()).await.unwrap();
        assert_eq!(app.server.server_id, two.server.server_id);
        assert_ne!(app.server.generation, two.server.generation);
        drop(app);
        started.handle.stop().await.unwrap();
        // The backup can be used again.
        let elsewhere = two.temp.path().join("elsewhere");
        assert_eq!(restore(&backup, &elsewhere, false).unwrap().former, None);
    }

    #[tokio::test]
    async fn a_running_server_keeps_its_folder() {
        let (trial, _ana) = Trial::with_owner().await;
        let (data, to) = (trial.started.data.clone(), trial.temp.path().join("backup"));
        let refused = tokio::task::spawn_blocking(move || {
            backup(&data, &to).unwrap();
            restore(&to, &data, true)
        });
        let refused = refused.await.unwrap().unwrap_err();
        assert!(matches!(refused, AdminError::Folder(FolderError::InUse(_))), "{refused}");
    }

    #[tokio::test]
    async fn a_changed_or_unfinished_backup_changes_nothing() {
        let (two, backup) = two_with_a_backup_of_one().await;
        let database = backup.join("securechat.db");
        let bytes = fs::read(&database).unwrap();
        let mut changed = bytes.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        fs::write(&database, changed).unwrap();
        let refused = restore(&backup, &two.data, true).unwrap_err();
        assert!(refused.to_string().starts_with("securechat.db in the backup is not"), "{refused}");
        fs::write(&database, bytes).unwrap();
        fs::remove_file(backup.join("backup.json")).unwrap();
        let refused = restore(&backup, &two.data, true).unwrap_err();
        assert!(refused.to_string().contains("not a finished backup"), "{refused}");
        assert_eq!(check(&two.data).unwrap().users, 2);
        let names = fs::read_dir(two.temp.path()).unwrap().count();
        assert_eq!(names, 2, "data and backup, and nothing beside them");
    }
}
