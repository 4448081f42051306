//! The web app: a bundle of files that the program brings along, served as they lie in it, brotli and all.

use std::io::Read as _;
use std::sync::{Arc, OnceLock};

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use brotli_decompressor::Decompressor;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use securechat_proto::{Code, Refusal};

use super::pages;
use super::problem::{Problem, unknown_path};
use crate::app::App;

/// What `/` and `/i` answer with.
const INDEX: &str = "index.html";
/// Where an invite link leads.
const INVITE: &str = "/i";
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";
/// Nothing but the bundle's own files, and no text that becomes code or markup unseen. `connect-src 'self'` covers the
/// WebSocket of the same origin.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types svelte-trusted-html securechat";

/// The web app's files, made when the program was built.
#[derive(Clone, Copy, Debug)]
pub struct WebBundle {
    /// All of them; `index.html` is the page itself.
    pub files: &'static [WebFile],
}

/// One file of the web app.
#[derive(Clone, Copy, Debug)]
pub struct WebFile {
    /// Where it is served, without the leading slash: `assets/app-3f2a.js`.
    pub path: &'static str,
    /// Its media type, with the character set where there is one.
    pub content_type: &'static str,
    /// What it holds, brotli-compressed.
    pub brotli: &'static [u8],
    /// SHA-256 of what it holds, in double quotes.
    pub etag: &'static str,
    /// Whether its path changes when its content does.
    pub immutable: bool,
}

/// The bundle being served. A copy shares what the first has unpacked.
#[derive(Clone)]
pub struct Web(Arc<Files>);

struct Files {
    bundle: WebBundle,
    /// Files as they were before compression, for the few who ask: made once, so that asking often costs nothing.
    plain: Vec<OnceLock<Option<Bytes>>>,
}

impl Web {
    /// Serves these files.
    pub fn new(bundle: WebBundle) -> Self {
        Self(Arc::new(Files { bundle, plain: bundle.files.iter().map(|_| OnceLock::new()).collect() }))
    }

    /// The answer to a request, with the web app's policy and without the other headers of [`super::guard`]; `None` where
    /// the bundle has no file. A method that no file knows is answered with a bare 405.
    pub async fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
        let path = if path == "/" || path == INVITE { INDEX } else { path.strip_prefix('/')? };
        let number = self.0.bundle.files.iter().position(|file| file.path == path)?;
        if method != Method::GET && method != Method::HEAD {
            return Some((StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET,HEAD")]).into_response());
        }
        Some(self.file(number, headers).await)
    }

    async fn file(&self, number: usize, headers: &HeaderMap) -> Response {
        let file = self.0.bundle.files[number];
        let packed = takes_brotli(headers);
        // Two forms of one file are not the same bytes: the tag of the unpacked one is weak.
        let etag = if packed { file.etag.to_owned() } else { format!("W/{}", file.etag) };
        // A browser puts the headers of a 304 over those it has: the policy must be among them.
        let common: [(HeaderName, String); 5] = [
            (header::ETAG, etag),
            (header::VARY, "accept-encoding".to_owned()),
            (header::CACHE_CONTROL, if file.immutable { IMMUTABLE } else { ASK_AGAIN }.to_owned()),
            (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
            (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp".to_owned()),
        ];
        if has_already(headers, file.etag) {
            return (StatusCode::NOT_MODIFIED, common).into_response();
        }
        let of_type = [(header::CONTENT_TYPE, file.content_type)];
        if packed {
            let packed = [(header::CONTENT_ENCODING, "br")];
            return (common, of_type, packed, Bytes::from_static(file.brotli)).into_response();
        }
        let files = Arc::clone(&self.0);
        match tokio::task::spawn_blocking(move || files.plain(number)).await {
            Ok(Some(plain)) => (common, of_type, plain).into_response(),
            Ok(None) | Err(_) => {
                tracing::error!(path = file.path, "the web app's bundle is damaged");
                let refusal = Refusal::new(Code::Internal, "this program's copy of the web app is damaged");
                Problem::from(refusal).into_response()
            }
        }
    }
}

impl Files {
    /// The file as it was before compression; `None` if the bundle is damaged. The first time takes a while.
    fn plain(&self, number: usize) -> Option<Bytes> {
        let unpack = || {
            let packed = self.bundle.files[number].brotli;
            let mut plain = Vec::new();
            Decompressor::new(packed, packed.len().clamp(1, 64 * 1024)).read_to_end(&mut plain).ok()?;
            Some(Bytes::from(plain))
        };
        self.plain[number].get_or_init(unpack).clone()
    }
}

/// `GET /`.
pub(crate) async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match found(&app, &Method::GET, "/", &headers).await {
        Some(index) => index,
        None => pages::home().await.into_response(),
    }
}

/// `GET /i`, where an invite link leads. Code and pin are in the fragment, which stays in the browser.
pub(crate) async fn invite(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match found(&app, &Method::GET, INVITE, &headers).await {
        Some(index) => index,
        None => pages::invite().await.into_response(),
    }
}

/// Every path that is no endpoint: a file of the bundle, or nothing. The guard puts a wrong method into words.
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    match found(&app, &method, uri.path(), &headers).await {
        Some(file) => file,
        None => unknown_path().await.into_response(),
    }
}

async fn found(app: &App, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
    app.web.as_ref()?.answer(method, path, headers).await
}

/// Whether brotli is taken (RFC 9110 §12.5.3). Who says nothing gets the file unpacked: such clients rarely unpack.
fn takes_brotli(headers: &HeaderMap) -> bool {
    let weight = |wanted: &str| {
        list(headers, &header::ACCEPT_ENCODING).find_map(|part| {
            let mut parts = part.split(';').map(str::trim);
            let name = parts.next()?;
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            name.eq_ignore_ascii_case(wanted).then(|| weight.map_or(1.0, |q| q.parse().unwrap_or(0.0_f32)))
        })
    };
    weight("br").or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
}

/// Whether one of the copies that the client has is this one (RFC 9110 §13.1.2, where weak tags match too).
fn has_already(headers: &HeaderMap, etag: &str) -> bool {
    list(headers, &header::IF_NONE_MATCH)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// The parts of a header that is a list.
fn list<'a>(headers: &'a HeaderMap, name: &'a HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests;
