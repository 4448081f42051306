//! `POST /api/v1/auth/login`: by password. A wrong name and a wrong password are answered alike, after the same work.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use securechat_delivery::{Outcome, accounts};
use securechat_proto::http::{LoggedIn, Login, Problem as ProblemBody, path};
use securechat_proto::{Code, Refusal};

use super::body::Body;
use super::problem::{Problem, Refusals};
use crate::accept::Peer;
use crate::app::App;
use crate::chance::Os;
use crate::passwords::{Auth, Turn};

/// Logs in by password, to add a device.
#[utoipa::path(post, path = path::LOGIN, tag = "auth", request_body = Login, responses(
    (status = 200, body = LoggedIn),
    (status = 401, description = "wrong name or wrong password", body = ProblemBody),
    (status = 429, description = "too many failures; wait as long as told", body = ProblemBody),
    Refusals,
))]
pub(crate) async fn login(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Body(request): Body<Login>,
) -> Result<Json<LoggedIn>, Problem> {
    let auth = Auth::parse(&request.auth)?;
    let address = peer.address.ip();
    let turn = attempt(&app, &request.user_name, address)?;
    let name = request.user_name.clone();
    let record = app.read(move |tx, _| accounts::password_record(tx, &name)).await?;
    let (user, hash) = record.unzip();
    let holds = app.passwords.verify(turn, auth, hash).await?;
    let Some(user) = user.filter(|_| holds) else {
        return Err(wrong_credentials().into());
    };
    app.throttle().succeeded(&request.user_name, address);
    let found = app
        .write(move |tx, app| Ok(Outcome::quiet(accounts::log_in(tx, &user, app.now(), &mut Os)?)))
        .await?;
    let share = app.keys.open_share(&found.user, &found.sealed_share).ok_or_else(|| {
        tracing::error!(
            "a share does not open under server.key: the key file and the database are not of one server"
        );
        Refusal::new(Code::Internal, "the server failed")
    })?;
    Ok(Json(LoggedIn {
        user_id: found.user,
        ticket: found.ticket,
        share: share.into(),
        vault: found.vault,
        chain: found.chain,
    }))
}

/// Begins an attempt: a place in the queue first, for who is turned away there has not failed. The attempt counts as failed
/// until it succeeds, so that many at once do not slip through together.
pub(super) fn attempt(app: &App, name: &str, address: IpAddr) -> Result<Turn, Refusal> {
    let turn = app.passwords.turn()?;
    let now = app.now();
    let mut throttle = app.throttle();
    throttle.check(name, address, now).map_err(|wait| {
        Refusal::later(Code::RateLimited, "too many failed attempts; try again later", wait)
    })?;
    throttle.failed(name, address, now);
    Ok(turn)
}

pub(super) fn wrong_credentials() -> Refusal {
    Refusal::new(Code::WrongCredentials, "wrong name or wrong password")
}
