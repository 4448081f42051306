//! Checks a data folder, whether its server runs or not: files, permissions, the database's pages, and what its rows say.

use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use securechat_delivery::check::{Checked, check as check_rows};
use securechat_delivery::{Fault, read_with};
use securechat_store_sqlite::SqliteStore;

use super::AdminError;
use super::manifest::Manifest;
use crate::folder::{self, Folder};
use crate::keys::Keys;
use crate::tls;

/// Whether a data folder or a backup of one holds together. Changes nothing in it. Blocks, and reads every byte.
///
/// # Errors
/// [`AdminError`] when it cannot be read at all; what is wrong with it is a finding.
pub fn check(data: &Path) -> Result<Checked, AdminError> {
    let folder = Folder::existing(data)?;
    let mut problems = check_files(&folder)?;
    if let Some(manifest) = Manifest::read(data)? {
        problems.extend(manifest.differences(data)?);
    }
    let store = SqliteStore::look(&folder.database())?;
    let damage = store.integrity()?;
    problems.extend(damage.into_iter().map(|line| format!("the database is damaged: {line}")));
    let mut checked = read_with(&store, check_rows).map_err(Fault::into_refusal)?;
    checked.problems.splice(0..0, problems);
    Ok(checked)
}

/// Who may read which files, and whether the keys are keys.
fn check_files(folder: &Folder) -> Result<Vec<String>, AdminError> {
    let mut problems = Vec::new();
    let own = folder::metadata(folder.path())?;
    let mut files = vec![(folder.path().to_owned(), ".".to_owned())];
    for path in folder.files()? {
        let name = path.strip_prefix(folder.path()).unwrap_or(&path).display().to_string();
        files.push((path, name));
    }
    for (path, name) in files {
        // Beside a running server some come and go.
        let Ok(file) = fs::symlink_metadata(&path) else { continue };
        problems.extend(check_file(&name, &file, &own));
    }
    if let Err(error) = Keys::look(folder) {
        problems.push(error.to_string());
    }
    if let Err(error) = tls::look(&folder.path().join("tls")) {
        problems.push(error.to_string());
    }
    Ok(problems)
}

fn check_file(name: &str, file: &Metadata, own: &Metadata) -> Option<String> {
    if file.is_symlink() {
        return Some(format!("{name} is a link to elsewhere"));
    }
    if file.uid() != own.uid() {
        return Some(format!(
            "{name} belongs to another user than the folder; the server may fail to read it"
        ));
    }
    let mode = file.permissions().mode() & 0o777;
    let wanted = if file.is_dir() { 0o700 } else { 0o600 };
    (mode & 0o077 != 0)
        .then(|| format!("{name} can be read by others (mode {mode:o}): run `chmod {wanted:o}` on it"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::admin::{Admin, AdminError};
    use crate::config::Config;
    use crate::trial::Trial;

    /// A stopped server's folder, and the name of it.
    async fn stopped() -> (tempfile::TempDir, std::path::PathBuf) {
        let (trial, _ana) = Trial::with_owner().await;
        let Trial { started, app, temp, .. } = trial;
        let data = started.data.clone();
        drop(app);
        started.handle.stop().await.unwrap();
        (temp, data)
    }

    #[tokio::test]
    async fn a_folder_is_whole_with_its_server_running_and_stopped() {
        let (trial, _ana) = Trial::with_owner().await;
        let data = trial.started.data.clone();
        let whole = Checked { users: 1, links: 1, ..Checked::default() };
        let running = {
            let data = data.clone();
            tokio::task::spawn_blocking(move || check(&data).unwrap()).await.unwrap()
        };
        assert_eq!(running, whole);
        let Trial { started, app, temp: _temp, .. } = trial;
        drop(app);
        started.handle.stop().await.unwrap();
        assert_eq!(check(&data).unwrap(), whole);
    }

    #[tokio::test]
    async fn what_is_wrong_with_files_is_said_by_name() {
        let (_temp, data) = stopped().await;
        let mode = |name: &str, mode| {
            fs::set_permissions(data.join(name), fs::Permissions::from_mode(mode)).unwrap();
        };
        mode("securechat.db", 0o640);
        mode("tls", 0o755);
        symlink("/etc/hostname", data.join("elsewhere")).unwrap();
        fs::write(data.join("server.key"), b"short").unwrap();
        fs::write(data.join("tls/ca.key"), b"no key").unwrap();
        let said = check(&data).unwrap().problems.join("\n");
        for sentence in [
            "securechat.db can be read by others (mode 640): run `chmod 600` on it",
            "tls can be read by others (mode 755): run `chmod 700` on it",
            "elsewhere is a link to elsewhere",
            "server.key in the data folder is damaged",
            "tls/ca.key in the data folder is damaged",
        ] {
            assert!(said.contains(sentence), "{said}");
        }
    }

    #[tokio::test]
    async fn a_lost_key_file_is_a_finding_and_is_not_made_anew() {
        let (_temp, data) = stopped().await;
        fs::remove_file(data.join("server.key")).unwrap();
        let said = check(&data).unwrap().problems.join("\n");
        assert!(said.contains("server.key is missing"), "{said}");
        assert!(!data.join("server.key").exists());
    }

    #[test]
    fn an_empty_folder_is_no_data_folder() {
        let temp = tempfile::tempdir().unwrap();
        assert!(matches!(check(temp.path()), Err(AdminError::Folder(_))));
        assert!(Admin::open(temp.path(), Config::default()).is_err());
    }
}
