//! What stands before and behind every answer: who asks from where, the time limit, the security headers.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use securechat_proto::http::path;
use securechat_proto::{Code, Refusal};
use tokio::time::timeout;

use crate::local::{Local, Place};
use crate::problem;

/// Time for a request with its body and its answer; longer than the server takes at most.
const REQUEST: Duration = Duration::from_secs(90);

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Wraps the router.
pub(crate) async fn guard(State(local): State<Arc<Local>>, request: Request, next: Next) -> Response {
    let mut response = match refusal(&local.place, &request) {
        Some(refused) => refused,
        None => timeout(REQUEST, next.run(request)).await.unwrap_or_else(|_| {
            problem::refused(Refusal::new(Code::BadRequest, "the request took too long"))
        }),
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response = wrong_method(&response);
    }
    securechat_server::secure(response.headers_mut());
    response
}

/// Why a request is not answered. A name other than this one's in `Host` is a page that had its own name point here; another
/// origin is a page that acts for somebody who did not ask for it.
fn refusal(place: &Place, request: &Request) -> Option<Response> {
    let headers = request.headers();
    let named = request.uri().authority().is_none_or(|authority| authority.as_str() == place.host);
    if !named || !is_only(headers, &header::HOST, &place.host) {
        let refusal = Refusal::new(Code::Forbidden, format!("this is {} and nothing else", place.origin));
        return Some(problem::with_status(refusal, StatusCode::MISDIRECTED_REQUEST));
    }
    let has_origin = headers.contains_key(header::ORIGIN);
    let must_have = !request.method().is_safe() || request.uri().path() == path::WS;
    let allowed = if has_origin { is_only(headers, &header::ORIGIN, &place.origin) } else { !must_have };
    let refusal = Refusal::new(Code::Forbidden, "requests from pages of another origin are refused");
    (!allowed || !is_own(request.method(), headers)).then(|| problem::refused(refusal))
}

/// Whether the browser says that the page itself asks, or a person did by opening a link. Others say nothing.
fn is_own(method: &Method, headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all(FETCH_SITE).iter();
    sites.all(|site| match site.as_bytes() {
        b"same-origin" => true,
        b"none" => {
            let navigates = headers.get(FETCH_MODE).is_none_or(|mode| mode == "navigate");
            *method == Method::GET && navigates
        }
        _ => false,
    })
}

/// Whether a header is there once and has this value.
fn is_only(headers: &HeaderMap, name: &HeaderName, value: &str) -> bool {
    let mut values = headers.get_all(name).iter();
    values.next().is_some_and(|first| first == value) && values.next().is_none()
}

/// The router's bare answer in the API's words, with the methods that it names.
fn wrong_method(bare: &Response) -> Response {
    let refusal = Refusal::new(Code::BadRequest, "the path knows other methods");
    let mut response = problem::with_status(refusal, StatusCode::METHOD_NOT_ALLOWED);
    if let Some(allow) = bare.headers().get(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, allow.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    const HOST: (&str, &str) = ("host", "localhost:8766");
    const ORIGIN: (&str, &str) = ("origin", "http://localhost:8766");
    const SAME: (&str, &str) = ("sec-fetch-site", "same-origin");
    const NONE: (&str, &str) = ("sec-fetch-site", "none");

    fn status(method: &str, uri: &str, headers: &[(&str, &str)]) -> Option<u16> {
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        refusal(&Place::new(8766), &request).map(|response| response.status().as_u16())
    }

    #[test]
    fn the_page_itself_and_a_link_that_is_opened_pass() {
        for (method, uri, headers) in [
            ("GET", "/", &[HOST][..]),
            ("GET", "http://localhost:8766/", &[HOST]),
            ("GET", "/", &[HOST, NONE]),
            ("GET", "/", &[HOST, NONE, ("sec-fetch-mode", "navigate")]),
            ("GET", "/api/v1/server", &[HOST, SAME]),
            ("POST", "/api/v1/server", &[HOST, SAME, ORIGIN]),
            ("GET", "/ws", &[HOST, ORIGIN]),
        ] {
            assert_eq!(status(method, uri, headers), None, "{method} {uri} {headers:?}");
        }
    }

    #[test]
    fn another_host_or_origin_is_refused() {
        for host in ["127.0.0.1:8766", "[::1]:8766", "localhost", "localhost:8767", "evil.example:8766", ""] {
            assert_eq!(status("GET", "/", &[("host", host)]), Some(421), "{host}");
        }
        assert_eq!(status("GET", "/", &[]), Some(421));
        assert_eq!(status("GET", "/", &[HOST, HOST]), Some(421));
        assert_eq!(status("GET", "http://evil.example/", &[HOST]), Some(421));
        for origin in ["null", "http://localhost", "https://localhost:8766", "http://127.0.0.1:8766", ""] {
            assert_eq!(status("GET", "/", &[HOST, ("origin", origin)]), Some(403), "{origin}");
        }
        assert_eq!(status("GET", "/", &[HOST, ORIGIN, ORIGIN]), Some(403));
    }

    #[test]
    fn what_changes_something_says_where_it_comes_from() {
        for (method, uri) in [("POST", "/local/enter"), ("PUT", "/api/v1/vault"), ("GET", "/ws")] {
            assert_eq!(status(method, uri, &[HOST]), Some(403), "{method} {uri}");
            assert_eq!(status(method, uri, &[HOST, ORIGIN, NONE]), (method != "GET").then_some(403));
        }
        for site in ["cross-site", "same-site", "", "strange"] {
            assert_eq!(status("GET", "/", &[HOST, ("sec-fetch-site", site)]), Some(403), "{site}");
        }
        assert_eq!(status("GET", "/", &[HOST, NONE, ("sec-fetch-mode", "no-cors")]), Some(403));
        assert_eq!(status("GET", "/", &[HOST, SAME, ("sec-fetch-site", "cross-site")]), Some(403));
    }
}
