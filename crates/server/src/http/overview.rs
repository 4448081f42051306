//! `GET /api/v1/overview`: how the server fares, for those who run it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use securechat_delivery::people;
use securechat_proto::http::{Overview, path};

use super::bearer::Session;
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::app::App;
use crate::vitals;

/// How the server fares. For the owner and admins.
#[utoipa::path(get, path = path::OVERVIEW, tag = "server", security(("session" = [])), responses(
    (status = 200, body = Overview),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn overview(
    State(app): State<Arc<App>>,
    session: Session,
) -> Result<Json<Overview>, Problem> {
    // Who may not see it costs no look at the disk and no write.
    let counted = app.read(move |tx, app| {
        let counts = people::overview(tx, &session.asker, app.now())?;
        Ok((counts, vitals::storage(&app.folder)))
    });
    let (counts, storage) = counted.await?;
    Ok(Json(Overview {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_ms: app.started,
        now_ms: app.now(),
        people: counts.people,
        online: app.hub.people().len() as u64,
        devices: app.hub.count() as u64,
        connections: app.peers.count() as u64,
        rooms: counts.rooms,
        invites: counts.invites,
        health: vitals::checks(&app, &storage).await,
        storage,
        certificate: vitals::certificate(&app.identity),
        limits: app.in_force.clone(),
        refusals: app.refused.counts(),
    }))
}

#[cfg(test)]
mod tests {
    use http::Method;
    use securechat_proto::Code;
    use securechat_proto::frame::{Answer, Request};
    use securechat_proto::http::{Invite, NewInvite, Overview, RefusalCount, Role, SetRole, path};

    use crate::trial::{Live, Person, Trial, publish, room};

    async fn with_member(trial: &Trial, owner: &Person) -> Person {
        let request = NewInvite { uses: 2, expires_s: 60, role: Role::Member };
        let invite: Invite = trial.post(path::INVITES, Some(owner.token()), &request).await.ok();
        let mut bob = Person::new("bob", 2);
        bob.join(trial, &invite.code.unwrap().0).await;
        bob
    }

    #[tokio::test]
    async fn owner_and_admins_see_it_and_members_do_not() {
        let (trial, ana) = Trial::with_owner().await;
        let bob = with_member(&trial, &ana).await;
        let see = async |token: &str| trial.get(path::OVERVIEW, Some(token)).await;
        assert_eq!(see(bob.token()).await.refused(), Code::Forbidden);
        let admin = SetRole { user_id: bob.user, role: Role::Admin };
        assert_eq!(trial.post(path::SET_ROLE, Some(ana.token()), &admin).await.status, 204);
        for token in [ana.token(), bob.token()] {
            assert_eq!(see(token).await.ok::<Overview>().people, 2);
        }
    }

    #[tokio::test]
    async fn it_counts_what_is_there_and_says_who_it_is() {
        let (trial, ana) = Trial::with_owner().await;
        let bob = with_member(&trial, &ana).await;
        room(&trial, 9, &[&ana, &bob]).await;
        let _live = Live::of(&trial, &bob).await;
        let answer = trial.get(path::OVERVIEW, Some(ana.token())).await;
        let seen: Overview = answer.ok();
        assert_eq!((seen.people, seen.rooms, seen.invites), (2, 1, 1));
        assert_eq!((seen.online, seen.devices), (1, 1));
        assert!(seen.connections >= 2, "bob's and the asker's own");
        assert_eq!(seen.certificate.words, trial.app.identity.words());
        assert!(!seen.certificate.own_files && seen.certificate.expires_ms > seen.now_ms);
        assert_eq!(seen.started_ms, trial.app.started);
        let names: Vec<&str> = seen.health.iter().map(|check| check.name.as_str()).collect();
        assert_eq!(names, ["database", "disk", "certificate"]);
        assert!(seen.health[0].ok && seen.health[2].ok, "{:?}", seen.health);
        assert_eq!(seen.limits, trial.app.in_force);
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        for told in ["ana", "bob", "127.0.0.1"] {
            assert!(!text.contains(told), "{told}: {text}");
        }
    }

    #[tokio::test]
    async fn refusals_of_both_ways_in_are_counted_by_code() {
        let (trial, ana) = Trial::with_owner().await;
        let room = room(&trial, 9, &[]).await;
        let mut live = Live::of(&trial, &ana).await;
        let refused = live.ask(2, Request::Publish(publish(room, 1, b""))).await;
        assert!(matches!(refused, Answer::Refused(_)), "{refused:?}");
        let mut stranger = Live::open(&trial).await;
        stranger.raw(tokio_tungstenite::tungstenite::Message::Text("hello".into())).await;
        assert_eq!(stranger.bye().await, Code::BadRequest.number());
        assert_eq!(trial.get("/nothing", None).await.status, 404);
        assert_eq!(trial.get(path::VAULT, None).await.status, 401);
        let foreign = [("origin", "https://evil.example")];
        assert_eq!(trial.request(Method::GET, path::SERVER, &foreign, "").await.status, 403);
        let seen: Overview = trial.get(path::OVERVIEW, Some(ana.token())).await.ok();
        let codes =
            [Code::BadRequest, Code::Unauthenticated, Code::Forbidden, Code::NotFound, Code::NotMember];
        assert_eq!(seen.refusals, codes.map(|code| RefusalCount { code, count: 1 }));
    }
}
