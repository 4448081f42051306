//! `/api/v1/users`: the team, its roles, and the end of accounts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use securechat_delivery::people;
use securechat_proto::http::{Deactivate, Problem as ProblemBody, SetRole, User, path};

use super::bearer::Session;
use super::body::Body;
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::app::App;

/// Everybody of the team.
#[utoipa::path(get, path = path::USERS, tag = "people", security(("session" = [])), responses(
    (status = 200, body = [User]),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn list(State(app): State<Arc<App>>, _session: Session) -> Result<Json<Vec<User>>, Problem> {
    Ok(Json(app.read(|tx, _| people::users(tx)).await?))
}

/// Gives a role; `owner` hands the team over.
#[utoipa::path(post, path = path::SET_ROLE, tag = "people", security(("session" = [])), request_body = SetRole, responses(
    (status = 204, description = "given"),
    (status = 404, description = "there is no such person", body = ProblemBody),
    (status = 409, description = "the role cannot be given", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn set_role(
    State(app): State<Arc<App>>,
    session: Session,
    Body(request): Body<SetRole>,
) -> Result<StatusCode, Problem> {
    app.write(move |tx, _| people::set_role(tx, &session.asker, &request)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a person's account.
#[utoipa::path(post, path = path::DEACTIVATE, tag = "people", security(("session" = [])), request_body = Deactivate, responses(
    (status = 204, description = "ended, live connections too"),
    (status = 404, description = "there is no such person", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn deactivate(
    State(app): State<Arc<App>>,
    session: Session,
    Body(request): Body<Deactivate>,
) -> Result<StatusCode, Problem> {
    app.write(move |tx, app| people::deactivate(tx, &session.asker, &request, app.now())).await?;
    Ok(StatusCode::NO_CONTENT)
}
