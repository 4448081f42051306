//! `POST /api/v1/auth/prelogin`: how to stretch a password; the same for names that do not exist.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use securechat_delivery::accounts;
use securechat_proto::http::{PasswordParameters, Prelogin, path};

use super::body::Body;
use super::problem::{Problem, Refusals};
use crate::app::App;

/// How to stretch a password.
#[utoipa::path(post, path = path::PRELOGIN, tag = "auth", request_body = Prelogin, responses(
    (status = 200, body = PasswordParameters),
    Refusals,
))]
pub(crate) async fn prelogin(
    State(app): State<Arc<App>>,
    Body(request): Body<Prelogin>,
) -> Result<Json<PasswordParameters>, Problem> {
    let found = app.read(move |tx, app| accounts::parameters_for(tx, app.keys.secrets(), &request.user_name));
    Ok(Json(found.await?))
}
