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
#[utoipa::path(post, path = path::SESSION, operation_id = "open_session", tag = "auth", request_body = ProveDevice, responses(
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

#[cfg(test)]
mod tests {
    use securechat_ids::DeviceId;
    use securechat_proto::Code;
    use securechat_proto::http::{Session, Vault, path};

    use crate::trial::{Live, Person, Trial};

    #[tokio::test]
    async fn a_device_opens_a_session_with_its_key_and_with_no_other() {
        let (trial, ana) = Trial::with_owner().await;
        let session: Session = ana.prove(&trial, 1).await.ok();
        Live::open(&trial).await.hello(1, &session.token.0).await;
        let wrong = ana.prove(&trial, 2).await;
        assert_eq!(wrong.refused(), Code::WrongCredentials);
        let mut stranger = Person::new("eve", 7);
        stranger.device = DeviceId::from_bytes([77; 16]);
        let unknown = stranger.prove(&trial, 7).await;
        assert_eq!((unknown.status, unknown.body), (wrong.status, wrong.body));
    }

    #[tokio::test]
    async fn logging_out_ends_the_token_and_its_live_connection() {
        let (trial, ana) = Trial::with_owner().await;
        let mut live = Live::of(&trial, &ana).await;
        let other: Session = ana.prove(&trial, 1).await.ok();
        assert_eq!(trial.post(path::LOGOUT, Some(&other.token.0), &()).await.status, 204);
        assert_eq!(trial.app.hub.count(), 1, "the live connection is of another token");
        assert_eq!(trial.post(path::LOGOUT, Some(ana.token()), &()).await.status, 204);
        assert_eq!(live.bye().await, Code::Unauthenticated.number());
        let refused = trial.get(path::VAULT, Some(ana.token())).await;
        assert_eq!(refused.refused(), Code::Unauthenticated);
        assert_eq!(refused.headers["www-authenticate"], "Bearer");
    }

    #[tokio::test]
    async fn what_needs_a_session_is_refused_without_one() {
        let (trial, ana) = Trial::with_owner().await;
        let _: Vault = trial.get(path::VAULT, Some(ana.token())).await.ok();
        for path in [path::VAULT, path::DEVICES, path::INVITES, path::USERS, path::REPORT, path::OVERVIEW] {
            for token in [None, Some(""), Some("guess")] {
                assert_eq!(trial.get(path, token).await.refused(), Code::Unauthenticated, "{path} {token:?}");
            }
        }
    }
}
