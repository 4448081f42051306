//! Starts a server from its configuration: folder, keys, identity, store, sockets, in the order in which they may fail.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use securechat_delivery::fairness::Limiter;
use securechat_delivery::throttle::Throttle;
use securechat_delivery::{Outcome, people};
use securechat_proto::Refusal;
use securechat_store_sqlite::{OpenError, Options, SqliteStore};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::accept;
use crate::app::{App, READERS};
use crate::chance::Os;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Connections};
use crate::folder::{Folder, FolderError, Lock};
use crate::http::{Web, WebBundle};
use crate::in_force;
use crate::keys::{KeyFileError, Keys};
use crate::links::{self, Addresses, invite_link};
use crate::listen::{ListenError, listen};
use crate::live::Hub;
use crate::passwords::Pool;
use crate::peers::Peers;
use crate::sweep;
use crate::tally::Tally;
use crate::tls::{Identity, IdentityError, Names, primary_addresses};

/// How often own certificate files are looked at, and whether the leaf is due.
const IDENTITY_CHECK: Duration = Duration::from_secs(60);
/// Files that are open beside connections.
const FILES_ASIDE: usize = 128;

/// Why a server did not start. One sentence each: what, why, what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The key file.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The TLS identity.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The database.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The sockets.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The store does not take the first write.
    #[error("the database does not take writes: {0}")]
    Write(#[from] Refusal),
}

/// A running server, and what to print of it.
pub struct Started {
    /// URLs, the nearest first.
    pub listening: Vec<String>,
    /// Makes its bearer the owner; while there is none. Good for 30 minutes and one use.
    pub owner_link: Option<String>,
    /// Four words of the TLS identity, to compare by voice.
    pub server_code: [&'static str; 4],
    /// The data folder.
    pub data: PathBuf,
    /// What clients pin.
    pub pin: String,
    /// Ends it.
    pub handle: Handle,
}

/// Holds a running server. Dropped, the server stops as well, but nobody waits for it.
pub struct Handle {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), IdentityError>>,
}

impl Handle {
    /// Says goodbye to all who are connected, waits a few seconds for them, and closes the store.
    ///
    /// # Errors
    /// [`StartError::Identity`] if TLS could not be set up.
    pub async fn stop(mut self) -> Result<(), StartError> {
        drop(self.stop.take());
        self.ended().await
    }

    /// Waits until the server has ended.
    ///
    /// # Errors
    /// [`StartError::Identity`] if TLS could not be set up.
    pub async fn ended(&mut self) -> Result<(), StartError> {
        match (&mut self.task).await {
            Ok(ended) => Ok(ended?),
            Err(panicked) => {
                tracing::error!(%panicked, "the server ended");
                Ok(())
            }
        }
    }
}

/// Starts a server and returns when it listens. Without a web app, browsers are told how to join by other means.
///
/// # Errors
/// [`StartError`].
pub async fn start(config: &Config, web: Option<WebBundle>) -> Result<Started, StartError> {
    start_with(config, web, Clock::default()).await.map(|(started, _)| started)
}

/// [`start`], with a clock to turn and a look inside.
pub(crate) async fn start_with(
    config: &Config,
    web: Option<WebBundle>,
    clock: Clock,
) -> Result<(Started, Arc<App>), StartError> {
    let folder = Folder::make(&config.data_folder()?)?;
    let lock = folder.lock()?;
    let listeners = listen(&config.listen.addresses)?;
    let bound =
        listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect::<Vec<SocketAddr>>();
    let app = open(config, web, &folder, &bound, clock)?;
    let addresses = Addresses::of(&bound, &primary_addresses(), config.listen.public_host.as_deref());
    let owner_code =
        app.write(|tx, app| Ok(Outcome::quiet(people::owner_code(tx, app.now(), &mut Os)?))).await?;
    let pin = app.identity.pin();
    links::keep_public(&folder, &addresses.public, &pin)?;
    let near = addresses.listening.first().map_or("", String::as_str);
    let started = Started {
        owner_link: owner_code.map(|code| invite_link(near, &code, &pin)),
        server_code: app.identity.words(),
        data: folder.path().to_owned(),
        pin,
        handle: run_in_task(listeners, &app, lock),
        listening: addresses.listening,
    };
    Ok((started, app))
}

fn open(
    config: &Config,
    web: Option<WebBundle>,
    folder: &Folder,
    bound: &[SocketAddr],
    clock: Clock,
) -> Result<Arc<App>, StartError> {
    let files = raise_limits();
    // The key file goes first: it must not come into being beside an old database.
    let keys = Keys::open(folder)?;
    let identity = match config.tls.files() {
        Some((certificate, key)) => Identity::own(certificate, key)?,
        None => {
            let mut names = config.listen.names.clone();
            names.extend(config.listen.public_host.iter().map(|host| links::bare_host(host).to_owned()));
            Identity::open(&folder.tls()?, Names::detect(bound, &names), clock.now())?
        }
    };
    let options = Options { readers: READERS, pages_max: config.storage.pages_max(), ..Options::default() };
    let (store, server) = SqliteStore::open(&folder.database(), options, &mut Os, fatal)?;
    let connections = Connections {
        max: config.connections.max.min(files.saturating_sub(FILES_ASIDE).max(1)),
        ..config.connections.clone()
    };
    let limits = config.limits.clone().bounded();
    Ok(Arc::new(App {
        store: Arc::new(store),
        server,
        identity: Arc::new(identity),
        keys,
        started: clock.now(),
        clock,
        folder: folder.clone(),
        hub: Hub::default(),
        in_force: in_force::limits(config, &connections, &limits),
        refused: Tally::default(),
        limits,
        web: web.map(Web::new),
        passwords: Pool::start(&config.passwords),
        peers: Peers::new(&connections),
        throttle: Mutex::new(Throttle::default()),
        linkings: Mutex::default(),
        linking_said: Notify::new(),
        limiter: Mutex::new(Limiter::new(config.rates)),
        readers: Arc::new(Semaphore::new(READERS)),
    }))
}

/// Nothing that was not written is ever acknowledged: the process ends before anybody can be told otherwise.
pub(crate) fn fatal(why: &str) {
    tracing::error!(%why, "the store failed; the server ends so that nothing false is acknowledged");
    std::process::abort();
}

/// As many open files as the system allows, and no memory dumps, which would hold keys. Returns the former.
fn raise_limits() -> usize {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = setrlimit(Resource::Core, none);
    let files = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files });
    getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX)
}

fn run_in_task(listeners: Vec<TcpListener>, app: &Arc<App>, lock: Lock) -> Handle {
    let (stop, stopped) = oneshot::channel::<()>();
    let app = Arc::clone(app);
    let task = tokio::spawn(async move {
        let _lock = lock;
        let renewing = tokio::spawn(renew(Arc::clone(&app)));
        let sweeping = tokio::spawn(sweep::run(Arc::clone(&app)));
        // The sender is dropped, never used: that is the signal.
        let ended = accept::run(listeners, app, async { stopped.await.unwrap_or(()) }).await;
        renewing.abort();
        sweeping.abort();
        ended
    });
    Handle { stop: Some(stop), task }
}

/// Keeps the certificate fresh while the server runs.
async fn renew(app: Arc<App>) {
    let mut ticks = interval(IDENTITY_CHECK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (identity, now) = (Arc::clone(&app.identity), app.now());
        match tokio::task::spawn_blocking(move || identity.refresh(now)).await {
            Ok(Ok(true)) => tracing::info!("the certificate was renewed"),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "the certificate could not be renewed; the present one is served on");
            }
            Err(error) => tracing::error!(%error, "renewing failed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{pause, sleep, timeout};

    use super::*;
    use crate::trial::{Person, Trial, config};

    #[tokio::test]
    async fn what_is_printed_is_what_clients_need() {
        let trial = Trial::start().await;
        let started = &trial.started;
        assert_eq!(started.listening, [format!("https://{}", trial.address)]);
        assert_eq!(started.pin.len(), 22);
        let link = started.owner_link.as_deref().unwrap();
        assert!(link.starts_with(&format!("https://{}/i#", trial.address)), "{link}");
        assert!(link.ends_with(&format!(".{}", started.pin)), "{link}");
        assert_eq!(started.server_code, trial.app.identity.words());
    }

    #[tokio::test]
    async fn a_restart_keeps_identity_and_people_and_asks_for_no_second_owner() {
        let (trial, ana) = Trial::with_owner().await;
        let Trial { started, app, config, temp: _temp, .. } = trial;
        let (pin, server) = (started.pin.clone(), app.server);
        drop(app);
        started.handle.stop().await.unwrap();
        let (again, app) = start_with(&config, None, Clock::default()).await.unwrap();
        assert_eq!((again.pin, again.owner_link), (pin, None));
        assert_eq!(app.server, server);
        let hash = securechat_delivery::sessions::token_hash(ana.token());
        let found =
            app.read(move |tx, app| Ok(securechat_delivery::sessions::find_by_token(tx, &hash, app.now())?));
        assert_eq!(found.await.unwrap().unwrap().user, ana.user);
    }

    #[tokio::test]
    async fn a_new_start_without_an_owner_replaces_the_owner_link() {
        let trial = Trial::start().await;
        let former = trial.owner_code();
        let Trial { started, app, config, temp, clock, .. } = trial;
        drop(app);
        started.handle.stop().await.unwrap();
        let (started, app) = start_with(&config, None, clock.clone()).await.unwrap();
        let address = started.listening[0].strip_prefix("https://").unwrap().parse().unwrap();
        let trial = Trial { started, app, config, temp, clock, address };
        let refused =
            trial.post("/api/v1/auth/register", None, &Person::new("eve", 2).register(&former)).await;
        assert_eq!(refused.refused(), securechat_proto::Code::InviteInvalid);
        Person::new("ana", 1).join(&trial, &trial.owner_code()).await;
    }

    #[tokio::test]
    async fn a_second_server_on_the_same_folder_says_so() {
        let trial = Trial::start().await;
        let refused = start(&config(&trial.temp), None).await.err().unwrap();
        assert!(matches!(refused, StartError::Folder(FolderError::InUse(_))), "{refused}");
    }

    #[tokio::test]
    async fn the_certificate_is_renewed_while_the_server_runs() {
        const DAYS_61_MS: u64 = 61 * 24 * 60 * 60 * 1_000;
        let trial = Trial::start().await;
        let before = trial.app.identity.served();
        trial.clock.hold_ahead(DAYS_61_MS);
        pause();
        let renewed = timeout(2 * IDENTITY_CHECK, async {
            while trial.app.identity.served() == before {
                sleep(Duration::from_secs(1)).await;
            }
        });
        renewed.await.unwrap();
        assert_eq!(trial.app.identity.pin(), trial.started.pin);
    }
}
