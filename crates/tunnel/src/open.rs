//! A tunnel from its parts: the server, the bundle, the port; and its routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use securechat_client::{Address, InviteLink};
use securechat_proto::http::path;
use securechat_proto::{Code, Refusal};
use securechat_server::{Web, WebBundle};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::door::Door;
use crate::enter;
use crate::forward::forward;
use crate::guard::guard;
use crate::listen::{CONNECTIONS_MAX, ListenError, accept, listen};
use crate::local::{Local, Place};
use crate::{problem, upgrade};

/// The usual port. It stays the same from run to run because a browser keeps what it stores by host and port.
pub const PORT: u16 = 8766;

/// Largest body of `/local/enter`, in bytes.
const ENTER_BYTES_MAX: usize = 1024;

/// Why there is no tunnel.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The sockets.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// Without a pin anybody could answer in the server's place.
    #[error("the identity of {0} is not known; use a link of the server, which carries it")]
    Unpinned(Address),
}

/// A tunnel that listens. Dropped, it is closed.
pub struct Tunnel {
    local: Arc<Local>,
    listeners: Vec<TcpListener>,
    stop: watch::Sender<()>,
}

impl Tunnel {
    /// Listens on loopback for a browser that is to use this server. Port 0 is any that is free.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(server: &Address, web: WebBundle, port: u16) -> Result<Self, OpenError> {
        if server.pin.as_deref().is_none_or(str::is_empty) {
            return Err(OpenError::Unpinned(server.clone()));
        }
        let (port, listeners) = listen(port).await?;
        let (stop, stopped) = watch::channel(());
        let link = InviteLink { address: server.clone(), code: String::new() };
        let local = Arc::new(Local {
            server: server.clone(),
            link: link.to_string(),
            place: Place::new(port),
            door: Door::new(port),
            stopped,
            web: Web::new(web),
        });
        Ok(Self { local, listeners, stop })
    }

    /// What to open in a browser. Its fragment lets in whoever has it.
    pub fn url(&self) -> String {
        format!("{}/#t={}", self.local.place.origin, self.local.door.token())
    }

    /// The server behind, as a log-in link with its pin.
    pub fn server(&self) -> &str {
        &self.local.link
    }

    /// Serves until `stop` is ready; then ends every connection.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let router = router(&self.local);
        let seats = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut loops = JoinSet::new();
        for listener in self.listeners {
            let stopped = self.local.stopped.clone();
            loops.spawn(accept(listener, router.clone(), Arc::clone(&seats), stopped));
        }
        stop.await;
        loops.shutdown().await;
        drop(self.stop);
    }
}

fn router(local: &Arc<Local>) -> Router {
    let forwarded =
        || -> MethodRouter<Arc<Local>> { get(forward).post(forward).put(forward).delete(forward) };
    let inside = Router::new()
        .route("/local", get(enter::local))
        .route("/api/{*path}", forwarded())
        .route(path::HEALTHZ, get(forward))
        .route(path::WS, get(upgrade::ws))
        .route_layer(from_fn_with_state(Arc::clone(local), enter::inside));
    Router::new()
        .route("/local/enter", post(enter::enter).layer(DefaultBodyLimit::max(ENTER_BYTES_MAX)))
        .merge(inside)
        .fallback(file)
        .layer(from_fn_with_state(Arc::clone(local), guard))
        .with_state(Arc::clone(local))
}

/// Every other path: a file of the bundle, or nothing. They hold no secret, so anybody on this machine may have them.
async fn file(State(local): State<Arc<Local>>, request: Request) -> Response {
    let answer = local.web.answer(request.method(), request.uri().path(), request.headers()).await;
    answer.unwrap_or_else(|| problem::refused(Refusal::new(Code::NotFound, "there is nothing at this path")))
}
