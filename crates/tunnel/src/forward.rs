//! `/api/*` and `/healthz`: asked of the server with what the API needs of a request, and nothing else of it.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use http_body_util::Full;
use securechat_client::Failure;
use securechat_proto::limits::HTTP_BODY_BYTES_MAX;
use securechat_proto::{Code, Refusal};

use crate::local::Local;
use crate::{line, problem};

/// Most bytes of an answer.
pub(crate) const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Headers of a request that go on. Not among them: where it comes from, and the cookie.
const ASKED: [HeaderName; 2] = [header::AUTHORIZATION, header::CONTENT_TYPE];
/// Headers of an answer that come back.
const ANSWERED: [HeaderName; 3] = [header::CONTENT_TYPE, header::RETRY_AFTER, header::ALLOW];
/// What the API answers with. Under this origin a server's answer must never be a script or a page.
const HARMLESS: [&str; 2] = ["application/json", "text/plain"];

/// Passes a request on.
pub(crate) async fn forward(State(local): State<Arc<Local>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, HTTP_BODY_BYTES_MAX).await else {
        let why = format!("the body broke off or has more than {HTTP_BODY_BYTES_MAX} bytes");
        return problem::refused(Refusal::new(Code::TooLarge, why));
    };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut asked = http::Request::builder().method(parts.method).uri(path);
    for (name, value) in picked(&parts.headers, &ASKED) {
        asked = asked.header(name, value);
    }
    let Ok(asked) = asked.body(Full::new(body)) else {
        return problem::refused(Refusal::new(Code::BadRequest, "the request cannot be passed on"));
    };
    match line::ask(&local.server, asked, ANSWER_BYTES_MAX).await {
        Ok(answer) => back(answer),
        Err(failure) => lost(&local, &failure),
    }
}

/// The server's answer as the browser gets it.
pub(crate) fn back(answer: http::Response<Bytes>) -> Response {
    let (parts, body) = answer.into_parts();
    let mut response = (parts.status, body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for (name, value) in picked(&parts.headers, &ANSWERED) {
        headers.insert(name, value.clone());
    }
    if headers.get(header::CONTENT_TYPE).is_some_and(|value| !is_harmless(value)) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    }
    response
}

/// What the browser gets when nothing came from the server.
pub(crate) fn lost(local: &Local, failure: &Failure) -> Response {
    tracing::debug!(server = %local.server, %failure, "no answer");
    problem::no_answer(failure)
}

fn picked<'a>(
    headers: &'a HeaderMap,
    names: &'static [HeaderName],
) -> impl Iterator<Item = (&'static HeaderName, &'a HeaderValue)> {
    names.iter().filter_map(|name| Some((name, headers.get(name)?)))
}

fn is_harmless(value: &HeaderValue) -> bool {
    let value = value.to_str().unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    HARMLESS.iter().any(|harmless| essence.eq_ignore_ascii_case(harmless))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_type(content_type: &'static str) -> Response {
        let answer = http::Response::builder()
            .header(header::CONTENT_TYPE, content_type)
            .header(header::SET_COOKIE, "a=b")
            .header(header::LOCATION, "https://evil.example")
            .header(header::RETRY_AFTER, "3");
        back(answer.body(Bytes::from_static(b"alert(1)")).unwrap())
    }

    #[test]
    fn an_answer_is_never_a_script_or_a_page_and_sets_nothing() {
        for content_type in
            ["text/javascript", "text/html; charset=utf-8", "image/svg+xml", "", "application/wasm"]
        {
            let response = of_type(content_type);
            assert_eq!(response.headers()["content-type"], "application/octet-stream", "{content_type}");
            assert!(!response.headers().contains_key(header::SET_COOKIE));
            assert!(!response.headers().contains_key(header::LOCATION));
        }
        let response = of_type("application/json; charset=utf-8");
        assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
        assert_eq!(response.headers()["retry-after"], "3");
    }
}
