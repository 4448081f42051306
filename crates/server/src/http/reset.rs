//! `/api/v1/auth/reset`, `/api/v1/users/reset-code`: beginning anew after everything was lost.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use securechat_delivery::{Outcome, accounts, people};
use securechat_proto::http::{
    NewResetCode, Problem as ProblemBody, Reset, ResetCode, ResetFor, ResetStart, Session as Opened, path,
};

use super::bearer::Session;
use super::body::Body;
use super::login::count_attempt;
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::app::App;
use crate::chance::Os;
use crate::passwords::Auth;
use crate::peers::Peer;

/// Attempts are counted under a name that no account has: those have no space.
const THROTTLED: &str = "reset code";

/// What a reset builds on.
#[utoipa::path(post, path = path::RESET_START, operation_id = "reset_start", tag = "recovery", request_body = ResetFor, responses(
    (status = 200, body = ResetStart),
    (status = 429, description = "too many failures; wait as long as told", body = ProblemBody),
    Refusals,
))]
pub(crate) async fn start(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Body(request): Body<ResetFor>,
) -> Result<Json<ResetStart>, Problem> {
    let (name, address) = (throttled(&request.user_name), peer.address.ip());
    count_attempt(&app, &name, address)?;
    let found = app.read(move |tx, app| accounts::reset_start(tx, &request, app.now())).await?;
    app.throttle().succeeded(&name, address);
    Ok(Json(found))
}

/// Begins an account anew: every old device ends.
#[utoipa::path(post, path = path::RESET, operation_id = "reset", tag = "recovery", request_body = Reset, responses(
    (status = 200, body = Opened),
    (status = 409, description = "chain or vault changed meanwhile", body = ProblemBody),
    (status = 422, description = "the link does not hold", body = ProblemBody),
    (status = 429, description = "too many failures; wait as long as told", body = ProblemBody),
    Refusals,
))]
pub(crate) async fn reset(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Body(request): Body<Reset>,
) -> Result<Json<Opened>, Problem> {
    let auth = Auth::parse(&request.auth)?;
    let (name, address) = (throttled(&request.user_name), peer.address.ip());
    count_attempt(&app, &name, address)?;
    let request = Arc::new(request);
    let asked = Arc::clone(&request);
    // A stranger without a code does not get to spend a password hash.
    let user = app.read(move |tx, app| accounts::may_reset(tx, &asked, app.now())).await?;
    app.throttle().succeeded(&name, address);
    let hash = app.passwords.hash(app.passwords.turn()?, auth).await?;
    let sealed_share = app.keys.seal_share(&user, &request.share.0);
    let opened = app.write(move |tx, app| {
        accounts::reset(tx, &request, hash, sealed_share, app.now(), &mut Os, &app.limits)
    });
    Ok(Json(opened.await?))
}

/// Makes a code by which somebody who lost everything begins anew.
#[utoipa::path(post, path = path::RESET_CODE, operation_id = "make_reset_code", tag = "people", security(("session" = [])), request_body = NewResetCode, responses(
    (status = 200, body = ResetCode),
    (status = 404, description = "there is no such person", body = ProblemBody),
    (status = 409, description = "the account was deactivated", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn code(
    State(app): State<Arc<App>>,
    session: Session,
    Body(request): Body<NewResetCode>,
) -> Result<Json<ResetCode>, Problem> {
    let made = app.write(move |tx, app| {
        let now = app.now();
        Ok(Outcome::quiet(people::reset_code(tx, &session.asker, &request.user_id, now, &mut Os)?))
    });
    Ok(Json(made.await?))
}

fn throttled(name: &str) -> String {
    format!("{THROTTLED} {name}")
}
