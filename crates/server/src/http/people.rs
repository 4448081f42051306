//! `/api/v1/users`: the team, its roles, and the end of accounts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use securechat_delivery::people;
use securechat_proto::http::{Deactivate, Problem as ProblemBody, SetRole, User, path};

use super::bearer::Session;
use super::body::Body;
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::app::App;

/// Everybody of the team.
#[utoipa::path(get, path = path::USERS, operation_id = "list_people", tag = "people", security(("session" = [])), responses(
    (status = 200, body = [User]),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn list(State(app): State<Arc<App>>, _session: Session) -> Result<Json<Vec<User>>, Problem> {
    let mut users = app.read(|tx, _| people::users(tx)).await?;
    let here = app.hub.people();
    for user in &mut users {
        user.online = here.contains(&user.user_id);
    }
    Ok(Json(users))
}

/// Gives a role; `owner` hands the team over.
#[utoipa::path(post, path = path::SET_ROLE, tag = "people", security(("session" = [])), request_body = SetRole, responses(
    (status = 204, description = "given"),
    (status = 404, description = "there is no such person", body = ProblemBody),
    (status = 409, description = "the role cannot be given", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn set_role(
    State(app): State<Arc<App>>,
    session: Session,
    Body(request): Body<SetRole>,
) -> Result<StatusCode, Problem> {
    app.write(move |tx, _| people::set_role(tx, &session.asker, &request)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a person's account.
#[utoipa::path(post, path = path::DEACTIVATE, tag = "people", security(("session" = [])), request_body = Deactivate, responses(
    (status = 204, description = "ended, live connections too"),
    (status = 404, description = "there is no such person", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn deactivate(
    State(app): State<Arc<App>>,
    session: Session,
    Body(request): Body<Deactivate>,
) -> Result<StatusCode, Problem> {
    app.write(move |tx, app| people::deactivate(tx, &session.asker, &request, app.now())).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use securechat_proto::Code;
    use securechat_proto::http::{Deactivate, Invite, NewInvite, Report, Role, User, path};

    use crate::trial::{Live, Person, Trial};

    #[tokio::test]
    async fn a_deactivated_person_is_cut_off_and_cannot_come_back() {
        let (trial, ana) = Trial::with_owner().await;
        let request = NewInvite { uses: 1, expires_s: 60, role: Role::Member };
        let invite: Invite = trial.post(path::INVITES, Some(ana.token()), &request).await.ok();
        let mut bob = Person::new("bob", 2);
        bob.join(&trial, &invite.code.unwrap().0).await;
        let mut live = Live::of(&trial, &bob).await;
        let end = Deactivate { user_id: bob.user };
        assert_eq!(trial.post(path::DEACTIVATE, Some(bob.token()), &end).await.refused(), Code::Forbidden);
        assert_eq!(trial.post(path::DEACTIVATE, Some(ana.token()), &end).await.status, 204);
        assert_eq!(live.bye().await, Code::Deactivated.number());
        assert_eq!(trial.post(path::LOGIN, None, &bob.login()).await.refused(), Code::Deactivated);
        let users: Vec<User> = trial.get(path::USERS, Some(ana.token())).await.ok();
        let active: Vec<(&str, bool)> =
            users.iter().map(|user| (user.user_name.as_str(), user.active)).collect();
        assert_eq!(active, [("ana", true), ("bob", false)]);
    }

    #[tokio::test]
    async fn a_report_is_of_the_asker() {
        let (trial, ana) = Trial::with_owner().await;
        let report: Report = trial.get(path::REPORT, Some(ana.token())).await.ok();
        assert_eq!((report.user.user_id, report.devices.len(), report.vault_bytes), (ana.user, 1, 64));
    }

    #[tokio::test]
    async fn who_has_said_hello_is_online_until_the_connection_is_gone() {
        let (trial, ana) = Trial::with_owner().await;
        let online = async || {
            let users: Vec<User> = trial.get(path::USERS, Some(ana.token())).await.ok();
            let report: Report = trial.get(path::REPORT, Some(ana.token())).await.ok();
            assert_eq!(users, [report.user], "both ask the same registry");
            users[0].online
        };
        let mut silent = Live::open(&trial).await;
        assert!(!online().await, "a connection that has not said who it is");
        silent.hello(1, ana.token()).await;
        assert!(online().await);
        drop(silent);
        while trial.app.hub.count() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(!online().await);
    }
}
