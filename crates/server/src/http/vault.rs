//! `/api/v1/vault`: the sealed vault, replaced one version at a time.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use securechat_delivery::{Outcome, accounts};
use securechat_proto::http::{Problem as ProblemBody, Vault, path};

use super::bearer::Session;
use super::body::Body;
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::app::App;

/// The vault.
#[utoipa::path(get, path = path::VAULT, operation_id = "read_vault", tag = "vault", security(("session" = [])), responses(
    (status = 200, body = Vault),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn read(State(app): State<Arc<App>>, session: Session) -> Result<Json<Vault>, Problem> {
    Ok(Json(app.read(move |tx, _| accounts::vault(tx, &session.asker)).await?))
}

/// Replaces the vault by its next version.
#[utoipa::path(put, path = path::VAULT, operation_id = "replace_vault", tag = "vault", security(("session" = [])), request_body = Vault, responses(
    (status = 204, description = "replaced"),
    (status = 409, description = "the version is not the next", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn replace(
    State(app): State<Arc<App>>,
    session: Session,
    Body(vault): Body<Vault>,
) -> Result<StatusCode, Problem> {
    app.write(move |tx, app| {
        Ok(Outcome::quiet(accounts::put_vault(tx, &session.asker, &vault, &app.limits)?))
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use securechat_proto::Code;
    use securechat_proto::http::{B64, Vault, path};

    use crate::trial::Trial;

    #[tokio::test]
    async fn the_vault_moves_one_version_at_a_time() {
        let (trial, ana) = Trial::with_owner().await;
        let vault: Vault = trial.get(path::VAULT, Some(ana.token())).await.ok();
        let next = Vault { version: vault.version + 1, sealed: B64(vec![9; 32]) };
        assert_eq!(trial.put(path::VAULT, Some(ana.token()), &next).await.status, 204);
        assert_eq!(trial.put(path::VAULT, Some(ana.token()), &next).await.refused(), Code::Conflict);
        assert_eq!(trial.get(path::VAULT, Some(ana.token())).await.ok::<Vault>(), next);
    }
}
