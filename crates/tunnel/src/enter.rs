//! The way in: the token for the cookie, and nothing beyond it without.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use securechat_proto::{Code, Refusal};
use serde::{Deserialize, Serialize};

use crate::door::outside;
use crate::local::Local;
use crate::problem;

#[derive(Deserialize)]
pub(crate) struct Enter {
    token: String,
}

#[derive(Serialize)]
pub(crate) struct Behind<'a> {
    /// The server's address with its pin, as a log-in link.
    server: &'a str,
}

/// `POST /local/enter`: the token for the cookie.
pub(crate) async fn enter(
    State(local): State<Arc<Local>>,
    asked: Result<Json<Enter>, JsonRejection>,
) -> Response {
    let Json(Enter { token }) = match asked {
        Ok(asked) => asked,
        Err(rejection) => {
            let refusal = Refusal::new(Code::BadRequest, rejection.body_text());
            return problem::with_status(refusal, rejection.status());
        }
    };
    match local.door.try_token(&token) {
        Ok(cookie) => (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response(),
        Err(refusal) if refusal.code == Code::RateLimited => problem::refused(refusal),
        Err(refusal) => problem::with_status(refusal, StatusCode::UNAUTHORIZED),
    }
}

/// `GET /local`: which server is behind.
pub(crate) async fn local(State(local): State<Arc<Local>>) -> Response {
    Json(Behind { server: &local.link }).into_response()
}

/// Lets pass who has the cookie.
pub(crate) async fn inside(State(local): State<Arc<Local>>, request: Request, next: Next) -> Response {
    if local.door.knows(request.headers()) {
        return next.run(request).await;
    }
    problem::with_status(outside(), StatusCode::UNAUTHORIZED)
}
