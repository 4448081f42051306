//! What the operator does on the server's own machine, whether the server runs or not: the write-ahead log lets both in.

mod backup;
mod check;
mod manifest;
mod restore;

pub use backup::{BackedUp, backup};
pub use check::check;
pub use manifest::ManifestError;
pub use restore::{Restored, restore};
pub use securechat_delivery::check::Checked;

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use securechat_delivery::{Asker, Fault, Limits, StoreError, Tx, people, read_with, write_with};
use securechat_ids::{DeviceId, UnixMillis, UserId};
use securechat_proto::http::{NewInvite, Role, User};
use securechat_proto::{Code, Refusal};
use securechat_store_sqlite::{OpenError, Options, SqliteStore};

use crate::chance::Os;
use crate::clock::Clock;
use crate::config::Config;
use crate::folder::{Folder, FolderError};
use crate::links::{invite_link, kept_public};
use crate::start::fatal;

/// Why the operator's wish was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The server's mind refuses, or the disk is full.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No server has run in this folder yet.
    #[error("the server has not run yet, so its address is not known: start it once with `securechat serve`")]
    NoAddress,
    /// There is an owner.
    #[error("the team has an owner already; ask them for an invite")]
    HasOwner,
    /// The database cannot be read.
    #[error(transparent)]
    Read(#[from] StoreError),
    /// The backup is not one, or not whole.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A backup goes into a folder of its own.
    #[error("{} is there already and not empty; a backup goes into a new folder", .0.display())]
    NotEmpty(PathBuf),
    /// Restoring over a server's data has to be asked for.
    #[error("{} holds a server's data; --replace moves it aside and puts the backup in its place", .0.display())]
    Occupied(PathBuf),
    /// What was copied does not hold together.
    #[error("what was copied does not hold together ({}); nothing was kept of it", .0.join("; "))]
    Broken(Vec<String>),
}

/// An invite, as the operator hands it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeInvite {
    /// The whole link.
    pub link: String,
    /// How many may use it.
    pub uses: u32,
    /// When it ends.
    pub expires: UnixMillis,
}

/// A data folder, opened for its operator. Blocks; not for an async thread.
pub struct Admin {
    folder: Folder,
    config: Config,
    store: SqliteStore,
    clock: Clock,
}

impl Admin {
    /// Opens the folder of a server that has run before. SQLite's own check is part of it.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn open(data: &Path, config: Config) -> Result<Self, AdminError> {
        let folder = Folder::existing(data)?;
        let options = Options { readers: 1, ..Options::default() };
        let (store, _) = SqliteStore::open(&folder.database(), options, &mut Os, fatal)?;
        Ok(Self { folder, config, store, clock: Clock::default() })
    }

    /// Makes an invite for members.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn create_invite(&self, uses: u32, expires_s: u64) -> Result<MadeInvite, AdminError> {
        let (address, pin) = self.address_and_pin()?;
        let (now, limits) = (self.clock.now(), self.limits());
        let request = NewInvite { uses, expires_s, role: Role::Member };
        let invite =
            self.write(move |tx| people::create_invite(tx, &operator(), &request, now, &mut Os, &limits))?;
        let code = invite.code.unwrap_or_default();
        Ok(MadeInvite {
            link: invite_link(&address, &code, &pin),
            uses: invite.uses,
            expires: invite.expires_ms,
        })
    }

    /// Makes a new owner link; the former one ends.
    ///
    /// # Errors
    /// [`AdminError::HasOwner`] once there is one.
    pub fn owner_link(&self) -> Result<String, AdminError> {
        let (address, pin) = self.address_and_pin()?;
        let now = self.clock.now();
        let code = self.write(move |tx| people::owner_code(tx, now, &mut Os))?.ok_or(AdminError::HasOwner)?;
        Ok(invite_link(&address, &code, &pin))
    }

    /// Makes a link by which somebody who lost everything begins anew; their former one ends.
    ///
    /// # Errors
    /// [`AdminError`]; `NotFound` for a name that nobody has.
    pub fn reset_link(&self, name: &str) -> Result<MadeInvite, AdminError> {
        let (address, pin) = self.address_and_pin()?;
        let now = self.clock.now();
        let user = self
            .users()?
            .into_iter()
            .find(|user| user.user_name == name.trim_start_matches('@').to_ascii_lowercase())
            .ok_or_else(|| Refusal::new(Code::NotFound, format!("there is nobody called {name}")))?;
        let code = self.write(move |tx| people::reset_code(tx, &operator(), &user.user_id, now, &mut Os))?;
        Ok(MadeInvite { link: invite_link(&address, &code.code, &pin), uses: 1, expires: code.expires_ms })
    }

    /// Everybody of the team.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn users(&self) -> Result<Vec<User>, AdminError> {
        self.read(people::users)
    }

    fn address_and_pin(&self) -> Result<(String, String), AdminError> {
        kept_public(&self.folder)?.ok_or(AdminError::NoAddress)
    }

    fn limits(&self) -> Limits {
        self.config.limits.clone().bounded()
    }

    fn read<T>(&self, query: impl FnMut(&mut dyn Tx) -> Result<T, Fault>) -> Result<T, AdminError> {
        Ok(read_with(&self.store, query).map_err(Fault::into_refusal)?)
    }

    fn write<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut dyn Tx) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, AdminError> {
        let (answer, answered) = channel();
        let failed = || Fault::Store(StoreError::Broken("no answer".into())).into_refusal();
        write_with(&self.store, run, move |result| {
            let _ = answer.send(result);
        })
        .map_err(|_| failed())?;
        let result = answered.recv().map_err(|_| failed())?;
        Ok(result.map_err(Fault::into_refusal)?)
    }
}

/// The operator has no account; what they may do is what the machine lets them.
fn operator() -> Asker {
    Asker { user: UserId::from_bytes([0; 16]), device: DeviceId::from_bytes([0; 16]), role: Role::Owner }
}

#[cfg(test)]
mod tests {
    use securechat_proto::Code;
    use securechat_proto::http::path;

    use super::*;
    use crate::trial::{Person, Trial, code_of};

    /// Beside the running server, as the command line does it.
    async fn beside<T: Send + 'static>(
        trial: &Trial,
        act: impl FnOnce(&Admin) -> Result<T, AdminError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let (data, config) = (trial.started.data.clone(), trial.config.clone());
        tokio::task::spawn_blocking(move || act(&Admin::open(&data, config)?)).await.unwrap()
    }

    #[tokio::test]
    async fn an_invite_made_beside_the_running_server_lets_somebody_in() {
        let (trial, _ana) = Trial::with_owner().await;
        let invite = beside(&trial, |admin| admin.create_invite(1, 60)).await.unwrap();
        assert!(invite.link.starts_with(&format!("https://{}/i#", trial.address)), "{}", invite.link);
        assert!(invite.link.ends_with(&trial.started.pin));
        let code = code_of(&invite.link);
        Person::new("bob", 2).join(&trial, &code).await;
        let refused = trial.post(path::REGISTER, None, &Person::new("eve", 3).register(&code)).await;
        assert_eq!(refused.refused(), Code::InviteInvalid);
        let users = beside(&trial, Admin::users).await.unwrap();
        let names: Vec<&str> = users.iter().map(|user| user.user_name.as_str()).collect();
        assert_eq!(names, ["ana", "bob"]);
    }

    #[tokio::test]
    async fn a_new_owner_link_replaces_the_printed_one_while_there_is_no_owner() {
        let trial = Trial::start().await;
        let link = beside(&trial, Admin::owner_link).await.unwrap();
        let former =
            trial.post(path::REGISTER, None, &Person::new("eve", 2).register(&trial.owner_code())).await;
        assert_eq!(former.refused(), Code::InviteInvalid);
        Person::new("ana", 1).join(&trial, &code_of(&link)).await;
        let refused = beside(&trial, Admin::owner_link).await;
        assert!(matches!(refused, Err(AdminError::HasOwner)), "{refused:?}");
    }

    #[test]
    fn a_folder_without_a_server_is_not_made_into_one() {
        let temp = tempfile::tempdir().unwrap();
        let refused = Admin::open(temp.path(), Config::default()).err().unwrap();
        assert!(matches!(refused, AdminError::Folder(FolderError::Missing(_))), "{refused}");
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);
    }
}
