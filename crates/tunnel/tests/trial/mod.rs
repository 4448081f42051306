//! A real server, a tunnel to it, and a browser that says what a test wants it to say.

use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body;
use hyper_util::rt::TokioIo;
use securechat_client::{Address, InviteLink};
use securechat_engine::{Chance, Cx, account};
use securechat_ids::UnixMillis;
use securechat_proto::Code;
use securechat_proto::http::{Problem, Session, path};
use securechat_server::config::Config;
use securechat_server::{Started, WebBundle, WebFile};
use securechat_tunnel::Tunnel;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

pub(crate) const PAGE: &str = "<!doctype html><title>SecureChat</title>\n";
/// [`PAGE`] as `brotli` makes it.
const PAGE_BROTLI: &[u8] =
    b"\x1b\x28\x00\xf8\xa5\x87\xc2\xd0\xe8\x34\x21\x85\x9c\x22\x8c\xc6\x40\x05\x4f\x30\x72\x28\x1b\x14\x79\x01";
const PAGE_TAG: &str = "\"32632562e2226253a541fb240124a494be92198370701d0a48ab05df68980cb9\"";

const fn file(path: &'static str, etag: &'static str) -> WebFile {
    WebFile { path, content_type: "text/html; charset=utf-8", brotli: PAGE_BROTLI, etag, immutable: false }
}

pub(crate) const BUNDLE: WebBundle =
    WebBundle { files: &[file("index.html", PAGE_TAG), file("assets/app.js", PAGE_TAG)] };
/// As another version would have it.
pub(crate) const OTHER_BUNDLE: WebBundle = WebBundle {
    files: &[file("index.html", "\"00\""), file("assets/app.js", PAGE_TAG), file("assets/more.js", PAGE_TAG)],
};

/// An identity that no server of these tests has.
pub(crate) fn other_pin() -> String {
    "AAECAwQFBgcICQoLDA0ODw".to_owned()
}

pub(crate) struct Trial {
    started: Option<Started>,
    _temp: TempDir,
    /// Runs the tunnel until it is dropped.
    _stop: oneshot::Sender<()>,
    pub(crate) server: Address,
    pub(crate) url: String,
    pub(crate) origin: String,
}

/// Chance enough for keys that nobody has to guess.
struct Counting(u8);

impl Chance for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(5).wrapping_add(17);
            *byte = self.0;
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answered {
    pub(crate) fn ok<T: DeserializeOwned>(&self) -> T {
        assert!(self.status.is_success(), "{self:?}");
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn refused(&self) -> (u16, Code) {
        let problem: Problem = serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{self:?}"));
        assert!(!problem.message.is_empty());
        (self.status.as_u16(), problem.code)
    }
}

impl Trial {
    pub(crate) async fn start() -> Self {
        Self::pinned_to(None).await
    }

    /// With a tunnel that expects another identity, if one is given.
    pub(crate) async fn pinned_to(pin: Option<String>) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let mut config = Config { data: Some(temp.path().join("data")), ..Config::default() };
        config.listen.addresses = vec!["127.0.0.1:0".parse().unwrap()];
        let started = securechat_server::start(&config, Some(BUNDLE)).await.unwrap();
        let link: InviteLink = started.listening[0].parse().unwrap();
        let server = Address { pin: Some(pin.unwrap_or_else(|| started.pin.clone())), ..link.address };
        let tunnel = Tunnel::open(&server, BUNDLE, 0).await.unwrap();
        let url = tunnel.url();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(tunnel.run(async { stopped.await.unwrap_or(()) }));
        let origin = url.split_once("/#").unwrap().0.to_owned();
        Self { started: Some(started), _temp: temp, _stop: stop, server, url, origin }
    }

    pub(crate) async fn stop_server(&mut self) {
        self.started.take().unwrap().handle.stop().await.unwrap();
    }

    pub(crate) fn token(&self) -> &str {
        self.url.split_once("#t=").unwrap().1
    }

    fn host(&self) -> &str {
        self.origin.strip_prefix("http://").unwrap()
    }

    pub(crate) fn port(&self) -> u16 {
        self.host().rsplit_once(':').unwrap().1.parse().unwrap()
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port()))).await.unwrap()
    }

    /// The cookie for the token, as a browser sends it.
    pub(crate) async fn enter(&self) -> String {
        let body = format!(r#"{{"token":"{}"}}"#, self.token());
        let headers = [("origin", self.origin.as_str()), ("content-type", "application/json")];
        let entered = self.ask(Method::POST, "/local/enter", &headers, &body).await;
        let cookie = entered.headers["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// An account by the owner link, made as the engine makes it.
    pub(crate) async fn register(&self, cookie: &str, name: &str) -> Session {
        let link: InviteLink =
            self.started.as_ref().and_then(|started| started.owner_link.as_deref()).unwrap().parse().unwrap();
        let request = {
            let mut cx = Cx { now: UnixMillis(1), chance: &mut Counting(0) };
            let name = name.parse().unwrap();
            account::register(&link.code, &name, "correct horse battery canary", "a browser", &mut cx)
                .unwrap()
                .request
        };
        let headers =
            [("cookie", cookie), ("origin", self.origin.as_str()), ("content-type", "application/json")];
        let body = serde_json::to_string(&request).unwrap();
        self.ask(Method::POST, path::REGISTER, &headers, &body).await.ok()
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answered {
        self.ask(Method::GET, path, headers, "").await
    }

    /// The status; `None` when the connection is closed without an answer.
    pub(crate) async fn try_get(&self, path: &str) -> Option<StatusCode> {
        Some(self.ask_with(Method::GET, path, &[], Full::<Bytes>::default()).await?.status)
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answered {
        self.ask_with(method, path, headers, Full::new(Bytes::from(body.to_owned()))).await.unwrap()
    }

    pub(crate) async fn ask_with<B>(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: B,
    ) -> Option<Answered>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: std::error::Error + Send + Sync,
    {
        let io = TokioIo::new(self.connect().await);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        let driver = tokio::spawn(connection);
        let mut request = http::Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", self.host());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = sender.send_request(request.body(body).unwrap()).await.ok()?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        driver.abort();
        Some(Answered { status: parts.status, headers: parts.headers, body })
    }

    /// A WebSocket through the tunnel, or the status that came instead.
    pub(crate) async fn websocket(&self, cookie: &str) -> Result<WebSocketStream<TcpStream>, StatusCode> {
        let mut request = format!("ws://{}/ws", self.host()).into_client_request().unwrap();
        for (name, value) in [("origin", self.origin.as_str()), ("cookie", cookie)] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match tokio_tungstenite::client_async(request, self.connect().await).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) => Err(response.status()),
            Err(other) => panic!("{other}"),
        }
    }
}
