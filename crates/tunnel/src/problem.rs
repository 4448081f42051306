//! Refusals in the API's shape, so that the app reads those of the tunnel as it reads the server's.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use securechat_client::Failure;
use securechat_proto::http::Problem;
use securechat_proto::{Code, Refusal};

/// A refusal under its code's own status.
pub(crate) fn refused(refusal: Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    with_status(refusal, status)
}

/// A refusal under another status.
pub(crate) fn with_status(refusal: Refusal, status: StatusCode) -> Response {
    let Refusal { code, message, retry_after_ms, .. } = refusal;
    let mut response = (status, Json(Problem { code, message, retry_after_ms })).into_response();
    if retry_after_ms > 0 {
        let seconds = HeaderValue::from(retry_after_ms.div_ceil(1_000));
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// The server behind the tunnel gave no answer. Whether to come again follows from the code: an identity that has changed
/// does not change back.
pub(crate) fn no_answer(failure: &Failure) -> Response {
    let refusal = match failure {
        Failure::Trust(why) => {
            tracing::error!("{why}");
            Refusal::new(Code::Rejected, why)
        }
        other => Refusal::new(Code::Busy, other.to_string()),
    };
    with_status(refusal, StatusCode::BAD_GATEWAY)
}
