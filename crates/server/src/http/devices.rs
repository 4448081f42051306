//! `/api/v1/devices`: a person's devices, added by a log-in's ticket and ended by a signed link.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use http::{HeaderMap, StatusCode};
use securechat_delivery::accounts;
use securechat_proto::http::{
    AddDevice, Device, LostDevice, Problem as ProblemBody, RevokeDevice, Session as Opened, path,
};

use super::bearer::{self, Session};
use super::body::Body;
use super::password::check_password;
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::app::App;
use crate::chance::Os;
use crate::passwords::Auth;
use crate::peers::Peer;

/// The person's devices.
#[utoipa::path(get, path = path::DEVICES, operation_id = "list_devices", tag = "devices", security(("session" = [])), responses(
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
#[utoipa::path(post, path = path::DEVICES, operation_id = "add_device", tag = "devices", security(("ticket" = [])), request_body = AddDevice, responses(
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

/// Adds the device that a link names, which a device of the same person has let in. It opens its session by its key.
#[utoipa::path(post, path = path::VOUCH_DEVICE, operation_id = "vouch_device", tag = "devices", security(("session" = [])), request_body = AddDevice, responses(
    (status = 204, description = "on the chain"),
    (status = 409, description = "the link does not continue the chain, or there are too many devices", body = ProblemBody),
    (status = 422, description = "the link does not hold", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn vouch(
    State(app): State<Arc<App>>,
    session: Session,
    Body(request): Body<AddDevice>,
) -> Result<StatusCode, Problem> {
    let vouched = app
        .write(move |tx, app| accounts::vouch_device(tx, &session.asker, &request, app.now(), &app.limits));
    vouched.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the device that a link names.
#[utoipa::path(post, path = path::REVOKE_DEVICE, operation_id = "revoke_device", tag = "devices", security(("session" = [])), request_body = RevokeDevice, responses(
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

/// Ends a device that may be in other hands, and replaces the keys that it knew.
#[utoipa::path(post, path = path::LOST_DEVICE, operation_id = "lost_device", tag = "devices", security(("session" = [])), request_body = LostDevice, responses(
    (status = 204, description = "ended, and the new keys hold"),
    (status = 409, description = "chain or vault changed meanwhile", body = ProblemBody),
    (status = 422, description = "a link does not hold", body = ProblemBody),
    (status = 429, description = "too many failures; wait as long as told", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn lost(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    session: Session,
    Body(request): Body<LostDevice>,
) -> Result<StatusCode, Problem> {
    let (asker, address) = (session.asker, peer.address.ip());
    check_password(&app, &asker, &request.auth, address).await?;
    let hash = app.passwords.hash(app.passwords.turn()?, Auth::parse(&request.new_auth)?).await?;
    let sealed_share = app.keys.seal_share(&asker.user, &request.share.0);
    app.write(move |tx, app| accounts::lost_device(tx, &asker, &request, hash, sealed_share, &app.limits))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use securechat_proto::Code;
    use securechat_proto::http::{Device, LoggedIn, Session, path};

    use crate::trial::{Live, Trial};

    #[tokio::test]
    async fn a_revoked_device_is_cut_off_at_once() {
        let (trial, mut ana) = Trial::with_owner().await;
        let found: LoggedIn = trial.post(path::LOGIN, None, &ana.login()).await.ok();
        let add = ana.add_device(2);
        let second: Session = trial.post(path::DEVICES, Some(&found.ticket.0), &add).await.ok();
        let mut live = Live::open(&trial).await;
        live.hello(1, &second.token.0).await;
        assert_eq!(trial.get(path::DEVICES, Some(ana.token())).await.ok::<Vec<Device>>().len(), 2);
        let revoke = ana.revoke_device(2);
        assert_eq!(trial.post(path::REVOKE_DEVICE, Some(ana.token()), &revoke).await.status, 204);
        live.bye().await;
        assert_eq!(trial.get(path::VAULT, Some(&second.token.0)).await.refused(), Code::Unauthenticated);
        let left: Vec<Device> = trial.get(path::DEVICES, Some(ana.token())).await.ok();
        assert!(left.len() == 1 && left[0].current);
    }
}
