//! `/api/v1/invites`: who may let people in, and how long.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use securechat_delivery::{Outcome, people};
use securechat_proto::http::{Invite, NewInvite, Problem as ProblemBody, RevokeInvite, path};

use super::bearer::Session;
use super::body::Body;
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::app::App;
use crate::chance::Os;

/// The live invites, without their codes.
#[utoipa::path(get, path = path::INVITES, operation_id = "list_invites", tag = "invites", security(("session" = [])), responses(
    (status = 200, body = [Invite]),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    session: Session,
) -> Result<Json<Vec<Invite>>, Problem> {
    Ok(Json(app.read(move |tx, app| people::invites(tx, &session.asker, app.now())).await?))
}

/// Makes an invite; its code is in this answer only.
#[utoipa::path(post, path = path::INVITES, operation_id = "create_invite", tag = "invites", security(("session" = [])), request_body = NewInvite, responses(
    (status = 200, body = Invite),
    (status = 409, description = "too many live invites", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    session: Session,
    Body(request): Body<NewInvite>,
) -> Result<Json<Invite>, Problem> {
    let made = app.write(move |tx, app| {
        let invite = people::create_invite(tx, &session.asker, &request, app.now(), &mut Os, &app.limits)?;
        Ok(Outcome::quiet(invite))
    });
    Ok(Json(made.await?))
}

/// Ends an invite.
#[utoipa::path(post, path = path::REVOKE_INVITE, operation_id = "revoke_invite", tag = "invites", security(("session" = [])), request_body = RevokeInvite, responses(
    (status = 204, description = "ended"),
    (status = 404, description = "there is no such invite", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    session: Session,
    Body(request): Body<RevokeInvite>,
) -> Result<StatusCode, Problem> {
    app.write(move |tx, _| Ok(Outcome::quiet(people::revoke_invite(tx, &session.asker, &request)?))).await?;
    Ok(StatusCode::NO_CONTENT)
}
