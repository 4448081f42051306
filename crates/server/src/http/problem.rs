//! Refusals as HTTP answers, and as the OpenAPI document has them.

use std::collections::BTreeMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use securechat_proto::http::Problem as Body;
use securechat_proto::{Code, Refusal};
use utoipa::openapi::response::Response as ApiResponse;
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema as _};

/// A refusal on its way out.
#[derive(Debug)]
pub(crate) struct Problem {
    refusal: Refusal,
    status: StatusCode,
    header: Option<Box<(HeaderName, &'static str)>>,
}

impl Problem {
    /// A refusal under another status than its code's.
    pub(crate) fn with_status(refusal: Refusal, status: StatusCode) -> Self {
        Self { status, ..Self::from(refusal) }
    }

    /// With a header that says more.
    pub(crate) fn with_header(self, name: HeaderName, value: &'static str) -> Self {
        Self { header: Some(Box::new((name, value))), ..self }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { refusal, status, header: None }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Refusal { code, message, retry_after_ms, .. } = self.refusal;
        let mut response = (self.status, Json(Body { code, message, retry_after_ms })).into_response();
        // For the tally behind every endpoint.
        response.extensions_mut().insert(code);
        if retry_after_ms > 0 {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after_ms.div_ceil(1_000).into());
        }
        if let Some((name, value)) = self.header.map(|header| *header) {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// What any endpoint may refuse with.
pub(crate) struct Refusals;

/// What an endpoint that needs a session may refuse with besides.
pub(crate) struct SessionRefusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<ApiResponse>> {
        documented(&[
            (400, "malformed, or not the protocol", false),
            (403, "not allowed, or from a page of another origin", false),
            (405, "the path knows other methods", false),
            (413, "larger than a named limit", false),
            (500, "a fault of the server", false),
            (503, "a bounded pool or queue is full", true),
            (507, "the server's disk is full", false),
        ])
    }
}

impl IntoResponses for SessionRefusals {
    fn responses() -> BTreeMap<String, RefOr<ApiResponse>> {
        documented(&[(401, "no valid session", false)])
    }
}

fn documented(refusals: &[(u16, &str, bool)]) -> BTreeMap<String, RefOr<ApiResponse>> {
    let one = |&(status, why, waits): &(u16, &str, bool)| {
        let schema = Ref::from_schema_name(Body::name());
        let mut response = ResponseBuilder::new()
            .description(why)
            .content("application/json", ContentBuilder::new().schema(Some(schema)).build());
        if waits {
            response = response
                .header("retry-after", HeaderBuilder::new().description(Some("seconds to wait")).build());
        }
        (status.to_string(), RefOr::T(response.build()))
    };
    refusals.iter().map(one).collect()
}

/// An unknown path.
pub(crate) async fn unknown_path() -> Problem {
    Refusal::new(Code::NotFound, "there is nothing at this path").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helps_to_wait_for_says_how_long_in_whole_seconds() {
        let response = Problem::from(Refusal::later(Code::RateLimited, "wait", 1_001)).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
        let response = Problem::from(Refusal::new(Code::NotFound, "no")).into_response();
        assert!(!response.headers().contains_key(header::RETRY_AFTER));
    }
}
