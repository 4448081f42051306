//! `POST /api/v1/auth/password`: changes the password, all or nothing.

use std::sync::Arc;

use axum::extract::{Extension, State};
use http::StatusCode;
use securechat_delivery::accounts;
use securechat_proto::http::{ChangePassword, Problem as ProblemBody, path};

use super::bearer::Session;
use super::body::Body;
use super::login::{attempt, wrong_credentials};
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::accept::Peer;
use crate::app::App;
use crate::passwords::Auth;

/// Changes the password.
#[utoipa::path(post, path = path::PASSWORD, tag = "auth", security(("session" = [])), request_body = ChangePassword, responses(
    (status = 204, description = "the new password holds"),
    (status = 409, description = "the vault changed meanwhile", body = ProblemBody),
    (status = 429, description = "too many failures; wait as long as told", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    session: Session,
    Body(request): Body<ChangePassword>,
) -> Result<StatusCode, Problem> {
    let (old, new) = (Auth::parse(&request.auth)?, Auth::parse(&request.new_auth)?);
    let (asker, address) = (session.asker, peer.address.ip());
    // Guessing with a stolen session is guessing all the same. No account has a name with a space.
    let throttled = format!("user {}", asker.user);
    let turn = attempt(&app, &throttled, address)?;
    let hash = app.read(move |tx, _| accounts::password_hash_of(tx, &asker.user)).await?;
    if !app.passwords.verify(turn, old, Some(hash)).await? {
        return Err(wrong_credentials().into());
    }
    app.throttle().succeeded(&throttled, address);
    let hash = app.passwords.hash(app.passwords.turn()?, new).await?;
    let sealed_share = app.keys.seal_share(&asker.user, &request.new_share.0);
    app.write(move |tx, app| {
        accounts::change_password(tx, &asker, &request, hash, sealed_share, &app.limits)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
