//! `/api/v1/auth/recover`, `/api/v1/auth/password/recover`, `/api/v1/recovery`: in by recovery key, a new password, a new key.
//! A name that does not exist, a wrong key and an old nonce are answered alike.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use http::StatusCode;
use securechat_delivery::{Outcome, accounts};
use securechat_proto::http::{
    Problem as ProblemBody, Recover, RecoverChallenge, RecoverFor, RecoverPassword, Recovered,
    RotateRecovery, path,
};

use super::bearer::Session;
use super::body::Body;
use super::login::{count_attempt, not_too_often};
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::app::App;
use crate::chance::Os;
use crate::passwords::Auth;
use crate::peers::Peer;

/// A nonce for a recovery key to sign.
#[utoipa::path(post, path = path::RECOVER_CHALLENGE, operation_id = "recovery_challenge", tag = "recovery", request_body = RecoverFor, responses(
    (status = 200, body = RecoverChallenge),
    (status = 429, description = "too many failures; wait as long as told", body = ProblemBody),
    Refusals,
))]
pub(crate) async fn challenge(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Body(request): Body<RecoverFor>,
) -> Result<Json<RecoverChallenge>, Problem> {
    not_too_often(&app, &throttled(&request.user_name), peer.address.ip())?;
    let found = app.write(move |tx, app| {
        let secrets = app.keys.secrets();
        Ok(Outcome::quiet(accounts::recovery_challenge(tx, secrets, &request.user_name, app.now(), &mut Os)?))
    });
    Ok(Json(found.await?))
}

/// Logs in by recovery key, to add a device.
#[utoipa::path(post, path = path::RECOVER, operation_id = "recover", tag = "recovery", request_body = Recover, responses(
    (status = 200, body = Recovered),
    (status = 401, description = "wrong name, key or nonce", body = ProblemBody),
    (status = 429, description = "too many failures; wait as long as told", body = ProblemBody),
    Refusals,
))]
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Body(request): Body<Recover>,
) -> Result<Json<Recovered>, Problem> {
    let (name, address) = (throttled(&request.user_name), peer.address.ip());
    count_attempt(&app, &name, address)?;
    let found = app
        .write(move |tx, app| Ok(Outcome::quiet(accounts::recover(tx, &request, app.now(), &mut Os)?)))
        .await?;
    app.throttle().succeeded(&name, address);
    Ok(Json(found))
}

/// Sets a new password without the old one.
#[utoipa::path(post, path = path::RECOVER_PASSWORD, operation_id = "recover_password", tag = "recovery", security(("session" = [])), request_body = RecoverPassword, responses(
    (status = 204, description = "the new password holds"),
    (status = 409, description = "the vault changed meanwhile", body = ProblemBody),
    (status = 429, description = "too many failures; wait as long as told", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn password(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    session: Session,
    Body(request): Body<RecoverPassword>,
) -> Result<StatusCode, Problem> {
    let auth = Auth::parse(&request.auth)?;
    let (asker, address) = (session.asker, peer.address.ip());
    let name = format!("recover {}", asker.user);
    count_attempt(&app, &name, address)?;
    let hash = app.passwords.hash(app.passwords.turn()?, auth).await?;
    let sealed_share = app.keys.seal_share(&asker.user, &request.share.0);
    app.write(move |tx, app| {
        accounts::recover_password(tx, &asker, &request, hash, sealed_share, app.now(), &app.limits)
    })
    .await?;
    app.throttle().succeeded(&name, address);
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces the recovery key.
#[utoipa::path(post, path = path::ROTATE_RECOVERY, operation_id = "rotate_recovery", tag = "recovery", security(("session" = [])), request_body = RotateRecovery, responses(
    (status = 204, description = "the new key holds"),
    (status = 409, description = "chain or vault changed meanwhile", body = ProblemBody),
    (status = 422, description = "the link does not hold", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn rotate(
    State(app): State<Arc<App>>,
    session: Session,
    Body(request): Body<RotateRecovery>,
) -> Result<StatusCode, Problem> {
    app.write(move |tx, app| accounts::rotate_recovery(tx, &session.asker, &request, &app.limits)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Counted apart from passwords: who forgot theirs has just failed with it. No account has a name with a space.
fn throttled(name: &str) -> String {
    format!("recover {name}")
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};
    use securechat_proto::Code;
    use securechat_proto::http::{
        B64, LoggedIn, Login, Recover, RecoverChallenge, RecoverFor, RecoverPassword, Recovered, Session,
        Vault, path, recover_challenge, recover_password_challenge,
    };

    use crate::trial::{Answered, Trial, auth, parameters};

    /// As people in trials have it on their chains.
    fn recovery() -> SigningKey {
        SigningKey::from_bytes(&[200; 32])
    }

    async fn ask(trial: &Trial, name: &str) -> RecoverChallenge {
        trial.post(path::RECOVER_CHALLENGE, None, &RecoverFor { user_name: name.into() }).await.ok()
    }

    async fn recover(trial: &Trial, name: &str, key: &SigningKey, asked: &RecoverChallenge) -> Answered {
        let signed = recover_challenge(&trial.app.server.server_id, &asked.user_id, &asked.nonce.0);
        let signature = B64(key.sign(&signed).to_bytes().to_vec());
        let request = Recover { user_name: name.into(), nonce: asked.nonce.clone(), signature };
        trial.post(path::RECOVER, None, &request).await
    }

    #[tokio::test]
    async fn the_recovery_key_adds_a_device_and_sets_a_password() {
        let (trial, mut ana) = Trial::with_owner().await;
        let asked = ask(&trial, "ana").await;
        let found: Recovered = recover(&trial, "ana", &recovery(), &asked).await.ok();
        assert_eq!((found.user_id, found.chain.len()), (ana.user, 1));
        let again = recover(&trial, "ana", &recovery(), &asked).await;
        assert_eq!(again.refused(), Code::WrongCredentials, "a nonce is for one use");
        let session: Session =
            trial.post(path::DEVICES, Some(&found.ticket.0), &ana.add_device(2)).await.ok();
        let asked = ask(&trial, "ana").await;
        let signed = recover_password_challenge(&trial.app.server.server_id, &ana.user, &asked.nonce.0);
        let change = |signer: &SigningKey| RecoverPassword {
            nonce: asked.nonce.clone(),
            signature: B64(signer.sign(&signed).to_bytes().to_vec()),
            parameters: parameters(),
            auth: auth(7),
            share: B64(vec![5; 32]),
            vault: Vault { version: 2, sealed: B64(vec![6; 64]) },
        };
        let wrong = change(&SigningKey::from_bytes(&[1; 32]));
        let wrong = trial.post(path::RECOVER_PASSWORD, Some(&session.token.0), &wrong).await;
        assert_eq!(wrong.refused(), Code::WrongCredentials);
        let right = trial.post(path::RECOVER_PASSWORD, Some(&session.token.0), &change(&recovery())).await;
        assert_eq!(right.status, 204);
        let by = |byte| Login { user_name: "ana".into(), auth: auth(byte) };
        assert_eq!(trial.post(path::LOGIN, None, &by(1)).await.refused(), Code::WrongCredentials);
        let found: LoggedIn = trial.post(path::LOGIN, None, &by(7)).await.ok();
        assert_eq!((found.share.0, found.vault.version), (vec![5; 32], 2));
    }

    #[tokio::test]
    async fn an_unknown_name_a_wrong_key_and_a_signature_for_something_else_are_answered_alike() {
        let (trial, ana) = Trial::with_owner().await;
        let unknown = ask(&trial, "nobody").await;
        assert_eq!(ask(&trial, "nobody").await.user_id, unknown.user_id, "made up, but always the same");
        assert_ne!(ask(&trial, "somebody").await.user_id, unknown.user_id);
        let known = ask(&trial, "ana").await;
        let wrong = recover(&trial, "ana", &SigningKey::from_bytes(&[1; 32]), &known).await;
        let nobody = recover(&trial, "nobody", &recovery(), &unknown).await;
        let known = ask(&trial, "ana").await;
        let other = recover_password_challenge(&trial.app.server.server_id, &ana.user, &known.nonce.0);
        let signature = B64(recovery().sign(&other).to_bytes().to_vec());
        let other = Recover { user_name: "ana".into(), nonce: known.nonce, signature };
        let other = trial.post(path::RECOVER, None, &other).await;
        assert_eq!(wrong.refused(), Code::WrongCredentials);
        assert_eq!((&nobody.body, nobody.status), (&wrong.body, wrong.status));
        assert_eq!((&other.body, other.status), (&wrong.body, wrong.status));
    }

    #[tokio::test]
    async fn guessing_slows_down_and_is_counted_apart_from_passwords() {
        let (trial, _ana) = Trial::with_owner().await;
        trial.clock.hold_ahead(0);
        let asked = ask(&trial, "ana").await;
        for _ in 0..6 {
            let wrong = recover(&trial, "ana", &SigningKey::from_bytes(&[1; 32]), &asked).await;
            assert_eq!(wrong.refused(), Code::WrongCredentials);
        }
        assert_eq!(recover(&trial, "ana", &recovery(), &asked).await.refused(), Code::RateLimited);
        let challenge = RecoverFor { user_name: "ana".into() };
        let refused = trial.post(path::RECOVER_CHALLENGE, None, &challenge).await;
        assert_eq!(refused.refused(), Code::RateLimited);
    }
}
