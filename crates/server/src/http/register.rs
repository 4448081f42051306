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

#[cfg(test)]
mod tests {
    use securechat_proto::Code;
    use securechat_proto::http::{Invite, NewInvite, Role, ServerInfo, Session, path};

    use crate::trial::{Person, Trial};

    async fn invite(trial: &Trial, owner: &Person, uses: u32) -> String {
        let request = NewInvite { uses, expires_s: 60, role: Role::Member };
        let invite: Invite = trial.post(path::INVITES, Some(owner.token()), &request).await.ok();
        invite.code.unwrap().0
    }

    #[tokio::test]
    async fn the_owner_link_makes_one_owner_and_no_second() {
        let trial = Trial::start().await;
        let code = trial.owner_code();
        assert!(trial.get(path::SERVER, None).await.ok::<ServerInfo>().needs_owner);
        let ana: Session =
            trial.post(path::REGISTER, None, &Person::new("ana", 1).register(&code)).await.ok();
        assert_eq!(ana.role, Role::Owner);
        assert!(!trial.get(path::SERVER, None).await.ok::<ServerInfo>().needs_owner);
        let refused = trial.post(path::REGISTER, None, &Person::new("bob", 2).register(&code)).await;
        assert_eq!(refused.refused(), Code::InviteInvalid);
    }

    #[tokio::test]
    async fn of_two_that_race_for_a_name_one_wins() {
        let (trial, ana) = Trial::with_owner().await;
        let code = invite(&trial, &ana, 2).await;
        let (one, two) = (Person::new("bob", 2).register(&code), Person::new("bob", 3).register(&code));
        let (one, two) =
            tokio::join!(trial.post(path::REGISTER, None, &one), trial.post(path::REGISTER, None, &two));
        let (won, lost) = if one.status.is_success() { (one, two) } else { (two, one) };
        assert_eq!(won.ok::<Session>().role, Role::Member);
        assert_eq!(lost.refused(), Code::NameTaken);
    }

    #[tokio::test]
    async fn without_an_invite_no_password_is_hashed() {
        let trial = Trial::start().await;
        let refused = trial.post(path::REGISTER, None, &Person::new("eve", 2).register("guessed")).await;
        assert_eq!(refused.refused(), Code::InviteInvalid);
        assert_eq!(trial.app.passwords.made(), 0);
        let mut weak = Person::new("eve", 2).register(&trial.owner_code());
        weak.auth.0.push('\0');
        assert_eq!(trial.post(path::REGISTER, None, &weak).await.refused(), Code::BadRequest);
    }

    #[tokio::test]
    async fn a_member_may_not_invite() {
        let (trial, ana) = Trial::with_owner().await;
        let mut bob = Person::new("bob", 2);
        bob.join(&trial, &invite(&trial, &ana, 1).await).await;
        let request = NewInvite { uses: 1, expires_s: 60, role: Role::Member };
        assert_eq!(trial.post(path::INVITES, Some(bob.token()), &request).await.refused(), Code::Forbidden);
    }
}
