//! Reads a JSON body: bounded, and refused in the API's own words.

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{StatusCode, header};
use securechat_proto::{Code, Refusal};
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// A request's body.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // A page of another origin can send a form or plain text without being asked first, but not JSON.
        let json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.split(';').next().unwrap_or("").trim() == "application/json");
        if !json {
            return Err(bad("the body must be application/json"));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| refused(&rejection))?;
        // serde's words may quote the body, which may hold a secret: only the place is told.
        serde_json::from_slice(&bytes).map(Body).map_err(|error| {
            bad(&format!(
                "the body is not what this endpoint takes (line {}, column {})",
                error.line(),
                error.column()
            ))
        })
    }
}

fn bad(message: &str) -> Problem {
    Refusal::new(Code::BadRequest, message).into()
}

fn refused(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Refusal::new(Code::TooLarge, "the body is too large").into()
    } else {
        bad("the body did not arrive whole")
    }
}
