//! `/api/v1/auth/challenge`, `…/session`, `…/logout`: sessions by device key, and their end.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use securechat_delivery::{Outcome, sessions};
use securechat_proto::http::{
    Challenge, ChallengeFor, Problem as ProblemBody, ProveDevice, Session as Opened, path,
};

use super::bearer::Session;
use super::body::Body;
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::app::App;
use crate::chance::Os;

/// A nonce for a device to sign.
#[utoipa::path(post, path = path::CHALLENGE, tag = "auth", request_body = ChallengeFor, responses(
    (status = 200, body = Challenge),
    Refusals,
))]
pub(crate) async fn challenge(
    State(app): State<Arc<App>>,
    Body(request): Body<ChallengeFor>,
) -> Result<Json<Challenge>, Problem> {
    let challenge = app.write(move |tx, app| {
        Ok(Outcome::quiet(sessions::open_challenge(tx, &request, app.now(), &mut Os)?))
    });
    Ok(Json(challenge.await?))
}

/// Opens a session for a device that signed its nonce.
#[utoipa::path(post, path = path::SESSION, tag = "auth", request_body = ProveDevice, responses(
    (status = 200, body = Opened),
    (status = 401, description = "the device did not prove itself", body = ProblemBody),
    Refusals,
))]
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    Body(request): Body<ProveDevice>,
) -> Result<Json<Opened>, Problem> {
    let opened = app.write(move |tx, app| {
        Ok(Outcome::quiet(sessions::prove(tx, &request, app.now(), &mut Os, &app.limits)?))
    });
    Ok(Json(opened.await?))
}

/// Ends the session.
#[utoipa::path(post, path = path::LOGOUT, tag = "auth", security(("session" = [])), responses(
    (status = 204, description = "the session has ended, its live connection too"),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn logout(State(app): State<Arc<App>>, session: Session) -> Result<StatusCode, Problem> {
    let token_hash = session.token_hash;
    app.write(move |tx, _| Ok(Outcome::quiet(sessions::logout(tx, &token_hash)?))).await?;
    app.hub.end_token(&session.asker.device, &token_hash);
    Ok(StatusCode::NO_CONTENT)
}
