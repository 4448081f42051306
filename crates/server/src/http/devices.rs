//! `/api/v1/devices`: a person's devices, added by a log-in's ticket and ended by a signed link.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use securechat_delivery::accounts;
use securechat_proto::http::{
    AddDevice, Device, Problem as ProblemBody, RevokeDevice, Session as Opened, path,
};

use super::bearer::{self, Session};
use super::body::Body;
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::app::App;
use crate::chance::Os;

/// The person's devices.
#[utoipa::path(get, path = path::DEVICES, tag = "devices", security(("session" = [])), responses(
    (status = 200, body = [Device]),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    session: Session,
) -> Result<Json<Vec<Device>>, Problem> {
    Ok(Json(app.read(move |tx, _| accounts::devices(tx, &session.asker)).await?))
}

/// Adds the device that a link names. The bearer token is the ticket of a log-in.
#[utoipa::path(post, path = path::DEVICES, tag = "devices", security(("ticket" = [])), request_body = AddDevice, responses(
    (status = 200, body = Opened),
    (status = 401, description = "the ticket is unknown, used or over", body = ProblemBody),
    (status = 409, description = "the link does not continue the chain, or there are too many devices", body = ProblemBody),
    (status = 422, description = "the link does not hold", body = ProblemBody),
    Refusals,
))]
pub(crate) async fn add(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(request): Body<AddDevice>,
) -> Result<Json<Opened>, Problem> {
    let ticket = bearer::token(&headers)?.to_owned();
    let opened = app
        .write(move |tx, app| accounts::add_device(tx, &ticket, &request, app.now(), &mut Os, &app.limits));
    Ok(Json(opened.await?))
}

/// Ends the device that a link names.
#[utoipa::path(post, path = path::REVOKE_DEVICE, tag = "devices", security(("session" = [])), request_body = RevokeDevice, responses(
    (status = 204, description = "ended, its live connection too"),
    (status = 409, description = "the link does not continue the chain", body = ProblemBody),
    (status = 422, description = "the link does not hold", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    session: Session,
    Body(request): Body<RevokeDevice>,
) -> Result<StatusCode, Problem> {
    app.write(move |tx, app| accounts::revoke_device(tx, &session.asker, &request, app.now())).await?;
    Ok(StatusCode::NO_CONTENT)
}
