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
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::accept;
use crate::app::{App, READERS};
use crate::chance::Os;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Connections};
use crate::folder::{Folder, FolderError, Lock};
use crate::keys::{KeyFileError, Keys};
use crate::links::{self, Addresses, invite_link};
use crate::listen::{ListenError, listen};
use crate::live::Hub;
use crate::passwords::Pool;
use crate::peers::Peers;
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

/// Starts a server and returns when it listens.
///
/// # Errors
/// [`StartError`].
pub async fn start(config: &Config) -> Result<Started, StartError> {
    start_with(config, Clock::default()).await.map(|(started, _)| started)
}

/// [`start`], with a clock to turn and a look inside.
pub(crate) async fn start_with(config: &Config, clock: Clock) -> Result<(Started, Arc<App>), StartError> {
    let folder = Folder::make(&config.data_folder()?)?;
    let lock = folder.lock()?;
    let listeners = listen(&config.listen.addresses)?;
    let bound =
        listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect::<Vec<SocketAddr>>();
    let app = open(config, &folder, &bound, clock)?;
    let addresses = Addresses::of(&bound, &primary_addresses(), config.listen.public_host.as_deref());
    links::keep_public(&folder, &addresses.public)?;
    let owner_code =
        app.write(|tx, app| Ok(Outcome::quiet(people::owner_code(tx, app.now(), &mut Os)?))).await?;
    let pin = app.identity.pin();
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
    let options = Options { readers: READERS, ..Options::default() };
    let (store, server) = SqliteStore::open(&folder.database(), options, &mut Os, fatal)?;
    let connections = Connections {
        max: config.connections.max.min(files.saturating_sub(FILES_ASIDE).max(1)),
        ..config.connections.clone()
    };
    Ok(Arc::new(App {
        store: Arc::new(store),
        server,
        identity: Arc::new(identity),
        keys,
        clock,
        hub: Hub::default(),
        limits: config.limits.clone().bounded(),
        passwords: Pool::start(&config.passwords),
        peers: Peers::new(&connections),
        throttle: Mutex::new(Throttle::default()),
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
        // The sender is dropped, never used: that is the signal.
        let ended = accept::run(listeners, app, async { stopped.await.unwrap_or(()) }).await;
        renewing.abort();
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
                tracing::warn!(%error, "the certificate could not be renewed; the present one is served on")
            }
            Err(error) => tracing::error!(%error, "renewing failed"),
        }
    }
}
