//! `POST /api/v1/auth/password`: changes the password, all or nothing.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Extension, State};
use http::StatusCode;
use securechat_delivery::{Asker, accounts};
use securechat_proto::http::{ChangePassword, Problem as ProblemBody, Secret, path};

use super::bearer::Session;
use super::body::Body;
use super::login::{attempt, wrong_credentials};
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::app::App;
use crate::passwords::Auth;
use crate::peers::Peer;

/// Changes the password.
#[utoipa::path(post, path = path::PASSWORD, operation_id = "change_password", tag = "auth", security(("session" = [])), request_body = ChangePassword, responses(
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
    let new = Auth::parse(&request.new_auth)?;
    let (asker, address) = (session.asker, peer.address.ip());
    check_password(&app, &asker, &request.auth, address).await?;
    let hash = app.passwords.hash(app.passwords.turn()?, new).await?;
    let sealed_share = app.keys.seal_share(&asker.user, &request.new_share.0);
    app.write(move |tx, app| {
        accounts::change_password(tx, &asker, &request, hash, sealed_share, &app.limits)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a session knows its account's password.
pub(super) async fn check_password(
    app: &Arc<App>,
    asker: &Asker,
    auth: &Secret,
    address: IpAddr,
) -> Result<(), Problem> {
    let (auth, user) = (Auth::parse(auth)?, asker.user);
    // Guessing with a stolen session is guessing all the same. No account has a name with a space.
    let throttled = format!("user {user}");
    let turn = attempt(app, &throttled, address)?;
    let hash = app.read(move |tx, _| accounts::password_hash_of(tx, &user)).await?;
    if !app.passwords.verify(turn, auth, Some(hash)).await? {
        return Err(wrong_credentials().into());
    }
    app.throttle().succeeded(&throttled, address);
    Ok(())
}

#[cfg(test)]
mod tests {
    use securechat_proto::Code;
    use securechat_proto::http::{B64, ChangePassword, LoggedIn, Login, Vault, path};

    use crate::trial::{Person, Trial, auth, parameters};

    fn change(old: u8, new: u8, version: u64) -> ChangePassword {
        ChangePassword {
            auth: auth(old),
            new_parameters: parameters(),
            new_auth: auth(new),
            new_share: B64(vec![5; 32]),
            new_vault: Vault { version, sealed: B64(vec![6; 64]) },
            end_other_sessions: false,
        }
    }

    async fn log_in(trial: &Trial, person: &Person, byte: u8) -> crate::trial::Answered {
        trial.post(path::LOGIN, None, &Login { user_name: person.name.clone(), auth: auth(byte) }).await
    }

    #[tokio::test]
    async fn the_new_password_holds_and_the_old_one_no_longer() {
        let (trial, ana) = Trial::with_owner().await;
        let wrong = trial.post(path::PASSWORD, Some(ana.token()), &change(9, 2, 2)).await;
        assert_eq!(wrong.refused(), Code::WrongCredentials);
        let stale = trial.post(path::PASSWORD, Some(ana.token()), &change(1, 2, 5)).await;
        assert_eq!(stale.refused(), Code::Conflict);
        assert_eq!(trial.post(path::PASSWORD, Some(ana.token()), &change(1, 2, 2)).await.status, 204);
        assert_eq!(log_in(&trial, &ana, 1).await.refused(), Code::WrongCredentials);
        let found: LoggedIn = log_in(&trial, &ana, 2).await.ok();
        assert_eq!((found.share.0, found.vault.version), (vec![5; 32], 2));
    }

    #[tokio::test]
    async fn guessing_with_a_stolen_session_slows_down_too() {
        let (trial, ana) = Trial::with_owner().await;
        trial.clock.hold_ahead(0);
        for _ in 0..6 {
            let wrong = trial.post(path::PASSWORD, Some(ana.token()), &change(9, 2, 2)).await;
            assert_eq!(wrong.refused(), Code::WrongCredentials);
        }
        let refused = trial.post(path::PASSWORD, Some(ana.token()), &change(1, 2, 2)).await;
        assert_eq!(refused.refused(), Code::RateLimited);
    }
}
