//! What stands before and behind every endpoint: the origin check, the time limit, the security headers.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use securechat_proto::{Code, Refusal, VERSION};
use tokio::time::timeout;

use super::problem::Problem;
use crate::app::App;

/// Time for a request with its body and its answer; a full queue of password checks fits.
const REQUEST: Duration = Duration::from_secs(60);

const PROTOCOL: HeaderName = HeaderName::from_static("x-securechat-protocol");

/// Headers of every answer. An endpoint's own value goes first.
const HEADERS: [(HeaderName, &str); 8] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

const TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Puts the headers of every answer where an endpoint has none of its own; without the one that is for HTTPS alone.
pub fn secure(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// Wraps the router.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = if is_same_origin(request.headers()) {
        match timeout(REQUEST, next.run(request)).await {
            Ok(response) => response,
            Err(_) => {
                Problem::from(Refusal::new(Code::BadRequest, "the request took too long")).into_response()
            }
        }
    } else {
        Problem::from(Refusal::new(Code::Forbidden, "requests from pages of another origin are refused"))
            .into_response()
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response = wrong_method(&response);
    }
    if let Some(code) = response.extensions().get::<Code>() {
        app.refused.add(*code);
    }
    let headers = response.headers_mut();
    secure(headers);
    headers.insert(header::STRICT_TRANSPORT_SECURITY, TRANSPORT);
    headers.insert(PROTOCOL, VERSION.into());
    response
}

/// A browser sends where a request comes from; others send nothing. What comes from elsewhere acts for somebody who did not
/// ask for it.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.strip_prefix("https://"));
    matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host.trim_end_matches(":443")))
}

/// The router's bare answer in the API's words, with the methods that it names.
fn wrong_method(bare: &Response) -> Response {
    let refusal = Refusal::new(Code::BadRequest, "the path knows other methods");
    let mut response = Problem::with_status(refusal, StatusCode::METHOD_NOT_ALLOWED).into_response();
    if let Some(allow) = bare.headers().get(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, allow.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use http::Method;
    use securechat_proto::http::path;

    use super::*;
    use crate::trial::{Live, Trial};

    fn headers(origin: Option<&'static str>, host: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        headers
    }

    #[test]
    fn only_the_same_origin_or_none_may_ask() {
        for (origin, host) in [
            (None, "h:8765"),
            (Some("https://h:8765"), "h:8765"),
            (Some("https://H:8765"), "h:8765"),
            (Some("https://h"), "h:443"),
            (Some("https://h"), "h"),
        ] {
            assert!(is_same_origin(&headers(origin, host)), "{origin:?} {host}");
        }
        for (origin, host) in [
            ("https://evil.example", "h:8765"),
            ("http://h:8765", "h:8765"),
            ("https://h:8766", "h:8765"),
            ("https://h", "h:8765"),
            ("null", "h:8765"),
            ("https://h:8765.evil.example", "h:8765"),
            ("", "h:8765"),
        ] {
            assert!(!is_same_origin(&headers(Some(origin), host)), "{origin} {host}");
        }
        let mut no_host = HeaderMap::new();
        no_host.insert(header::ORIGIN, HeaderValue::from_static("https://h"));
        assert!(!is_same_origin(&no_host));
    }

    #[tokio::test]
    async fn every_answer_has_the_headers_and_every_refusal_is_a_problem() {
        let trial = Trial::start().await;
        let foreign = [("origin", "https://evil.example")];
        let answers = [
            (200, trial.get("/", None).await),
            (200, trial.get("/i", None).await),
            (200, trial.get(path::HEALTHZ, None).await),
            (200, trial.get(path::READYZ, None).await),
            (200, trial.get(path::SERVER, None).await),
            (200, trial.get(path::OPENAPI, None).await),
            (404, trial.get("/nothing", None).await),
            (405, trial.get(path::LOGIN, None).await),
            (401, trial.get(path::VAULT, None).await),
            (403, trial.request(Method::GET, path::SERVER, &foreign, "").await),
            (400, trial.get(path::WS, None).await),
            (400, trial.post(path::LOGIN, None, &"not a log-in").await),
        ];
        for (status, answer) in &answers {
            assert_eq!(answer.status.as_u16(), *status, "{answer:?}");
            for (name, value) in HEADERS {
                assert_eq!(answer.headers[&name], value, "{answer:?}");
            }
            assert_eq!(answer.headers[header::STRICT_TRANSPORT_SECURITY], TRANSPORT);
            assert_eq!(answer.headers[PROTOCOL], "1");
            if *status >= 400 {
                serde_json::from_slice::<securechat_proto::http::Problem>(&answer.body).unwrap();
            }
        }
        assert_eq!(answers[7].1.headers[header::ALLOW], "POST");
    }

    #[tokio::test]
    async fn a_page_of_another_origin_gets_no_websocket() {
        let trial = Trial::start().await;
        let own = format!("https://{}", trial.address);
        assert!(Live::open_with(&trial, &[("origin", &own)]).await.is_ok());
        let refused = Live::open_with(&trial, &[("origin", "https://evil.example")]).await.err();
        assert_eq!(refused, Some(StatusCode::FORBIDDEN));
        let refused = Live::open_with(&trial, &[("origin", "null")]).await.err();
        assert_eq!(refused, Some(StatusCode::FORBIDDEN));
    }
}
