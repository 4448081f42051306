//! How the server is doing: whether it can write, what room is left, how long its certificate holds.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use securechat_delivery::Outcome;
use securechat_ids::UnixMillis;
use securechat_proto::Refusal;
use securechat_proto::http::{Certificate, Check, Storage};
use tokio::time::timeout;

use crate::app::App;
use crate::folder::Folder;
use crate::tls::Identity;

/// Who looks does not wait for a writer that hangs.
const WRITE: Duration = Duration::from_secs(5);
/// With less left on the disk it is time to make room: the write-ahead log alone may keep 64 MiB, and a copy of the
/// database is made beside it.
const FREE_BYTES_MIN: u64 = 256 * 1024 * 1024;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// The server renews its own certificate thirty days before the end; with fewer left, somebody has to look.
const CERTIFICATE_DAYS_MIN: u64 = 14;

/// Shows that the writer takes and commits jobs: by an empty one.
///
/// # Errors
/// Why it does not.
pub(crate) async fn write_nothing(app: &Arc<App>) -> Result<(), Refusal> {
    app.write(|_, _| Ok(Outcome::quiet(()))).await
}

/// Room taken and left. Blocks.
pub(crate) fn storage(folder: &Folder) -> Storage {
    let disk = rustix::fs::statvfs(folder.path());
    Storage {
        database_bytes: length(&folder.database()),
        wal_bytes: length(&folder.write_ahead_log()),
        free_bytes: disk.ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
    }
}

/// What is shown to TLS clients.
pub(crate) fn certificate(identity: &Identity) -> Certificate {
    Certificate {
        words: identity.words().map(str::to_owned).to_vec(),
        expires_ms: identity.validity().1,
        own_files: identity.is_own(),
    }
}

/// Looks at everything.
pub(crate) async fn checks(app: &Arc<App>, storage: &Storage) -> Vec<Check> {
    let written = timeout(WRITE, write_nothing(app)).await;
    let bytes_max = app.in_force.iter().find(|limit| limit.name == "storage.bytes_max");
    vec![
        check(
            "database",
            match written {
                Ok(Ok(())) => Ok("takes writes".to_owned()),
                Ok(Err(refusal)) => Err(refusal.message),
                Err(_) => Err(format!("has not taken a write for {} seconds", WRITE.as_secs())),
            },
        ),
        check("disk", room(storage, bytes_max.map(|limit| limit.value))),
        check("certificate", certificate_holds(app.identity.validity(), app.now())),
    ]
}

fn check(name: &str, found: Result<String, String>) -> Check {
    let ok = found.is_ok();
    Check { name: name.to_owned(), ok, detail: found.unwrap_or_else(|why| why) }
}

fn room(storage: &Storage, bytes_max: Option<u64>) -> Result<String, String> {
    if let (Some(bytes), Some(bytes_max)) = (storage.database_bytes, bytes_max)
        && bytes >= bytes_max
    {
        return Err("the database has reached storage.bytes_max; raise it".to_owned());
    }
    match storage.free_bytes {
        Some(free) if free < FREE_BYTES_MIN => Err(format!("only {} MiB are left", free >> 20)),
        Some(free) => Ok(format!("{} MiB are left", free >> 20)),
        None => Err("cannot be asked how much is left".to_owned()),
    }
}

fn certificate_holds((from, until): (UnixMillis, UnixMillis), now: UnixMillis) -> Result<String, String> {
    if now < from {
        return Err("is not good yet: look at the machine's clock".to_owned());
    }
    match until.since(now) / DAY_MS {
        _ if now >= until => Err("has ended; clients that check its time refuse it".to_owned()),
        days if days < CERTIFICATE_DAYS_MIN => Err(format!("ends in {days} days and was not renewed")),
        days => Ok(format!("holds for {days} days")),
    }
}

/// A write-ahead log that is not there takes no room; what cannot be looked at is not known.
fn length(path: &Path) -> Option<u64> {
    match fs::metadata(path) {
        Ok(metadata) => Some(metadata.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(0),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Trial;

    #[test]
    fn too_little_room_is_said_and_unknown_room_is_not_enough() {
        let storage = |free_bytes| Storage { database_bytes: Some(8_192), wal_bytes: Some(0), free_bytes };
        assert_eq!(room(&storage(Some(1 << 40)), Some(8_193)), Ok("1048576 MiB are left".to_owned()));
        assert_eq!(room(&storage(Some(3 << 20)), None), Err("only 3 MiB are left".to_owned()));
        assert!(room(&storage(Some(1 << 40)), Some(8_192)).is_err(), "the operator's own bound");
        assert!(room(&storage(None), None).is_err());
    }

    #[test]
    fn a_certificate_holds_between_its_times_and_is_missed_before_it_ends() {
        let validity = (UnixMillis(10 * DAY_MS), UnixMillis(100 * DAY_MS));
        let at = |day: u64| certificate_holds(validity, UnixMillis(day * DAY_MS));
        assert!(at(9).unwrap_err().contains("clock"));
        assert_eq!(at(10), Ok("holds for 90 days".to_owned()));
        assert_eq!(at(86), Ok("holds for 14 days".to_owned()));
        assert!(at(87).is_err() && at(100).unwrap_err().starts_with("has ended"));
    }

    #[tokio::test]
    async fn a_server_that_has_just_started_is_well_and_knows_its_sizes() {
        let trial = Trial::start().await;
        let storage = storage(&trial.app.folder);
        assert!(storage.database_bytes.unwrap() + storage.wal_bytes.unwrap() > 0, "{storage:?}");
        assert!(storage.free_bytes.is_some());
        let checks = checks(&trial.app, &storage).await;
        assert_eq!(checks.len(), 3);
        assert!(checks.iter().all(|check| check.ok || check.name == "disk"), "{checks:?}");
    }
}
