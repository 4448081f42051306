//! `POST /api/v1/auth/register`: an account with its first device, for the bearer of an invite.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use securechat_chain::SignedLink;
use securechat_delivery::accounts;
use securechat_proto::http::{Problem as ProblemBody, Register, Session, path};
use securechat_proto::{Code, Refusal};

use super::body::Body;
use super::problem::{Problem, Refusals};
use crate::app::App;
use crate::chance::Os;
use crate::passwords::Auth;

/// Makes an account with its first device.
#[utoipa::path(post, path = path::REGISTER, tag = "auth", request_body = Register, responses(
    (status = 200, body = Session),
    (status = 409, description = "the name is taken, or the team is full", body = ProblemBody),
    (status = 422, description = "the genesis link does not hold", body = ProblemBody),
    Refusals,
))]
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    Body(request): Body<Register>,
) -> Result<Json<Session>, Problem> {
    let auth = Auth::parse(&request.auth)?;
    let request = Arc::new(request);
    let asked = Arc::clone(&request);
    // A stranger without an invite does not get to spend a password hash.
    app.read(move |tx, app| accounts::may_register(tx, &asked, app.now(), &app.limits)).await?;
    let genesis = SignedLink::parse(&request.genesis.0)
        .map_err(|error| Refusal::new(Code::Rejected, error.to_string()))?;
    let sealed_share = app.keys.seal_share(&genesis.link().user_id, &request.share.0);
    let hash = app.passwords.hash(app.passwords.turn()?, auth).await?;
    let session = app.write(move |tx, app| {
        accounts::register(tx, &request, hash, sealed_share, app.now(), &mut Os, &app.limits)
    });
    Ok(Json(session.await?))
}
