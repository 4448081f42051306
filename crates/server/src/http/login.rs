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
use crate::app::App;
use crate::chance::Os;
use crate::passwords::{Auth, Turn};
use crate::peers::Peer;

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
    count_attempt(app, name, address)?;
    Ok(turn)
}

/// An attempt that needs no hashing, counted as failed until it succeeds.
pub(super) fn count_attempt(app: &App, name: &str, address: IpAddr) -> Result<(), Refusal> {
    let now = app.now();
    let mut throttle = app.throttle();
    throttle.check(name, address, now).map_err(too_often)?;
    throttle.failed(name, address, now);
    Ok(())
}

/// Whether an attempt would be let through now.
pub(super) fn not_too_often(app: &App, name: &str, address: IpAddr) -> Result<(), Refusal> {
    app.throttle().check(name, address, app.now()).map_err(too_often)
}

fn too_often(wait: u64) -> Refusal {
    Refusal::later(Code::RateLimited, "too many failed attempts; try again later", wait)
}

pub(super) fn wrong_credentials() -> Refusal {
    Refusal::new(Code::WrongCredentials, "wrong name or wrong password")
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use http::header;
    use securechat_proto::Code;
    use securechat_proto::http::{LoggedIn, Login, Session, path};

    use crate::trial::{Live, Person, Trial, auth};

    fn login(name: &str, byte: u8) -> Login {
        Login { user_name: name.to_owned(), auth: auth(byte) }
    }

    #[tokio::test]
    async fn a_log_in_adds_a_device_that_says_hello() {
        let (trial, mut ana) = Trial::with_owner().await;
        let found: LoggedIn = trial.post(path::LOGIN, None, &ana.login()).await.ok();
        assert_eq!(found.user_id, ana.user);
        assert_eq!(found.share.0, vec![1; 32], "the share as it was registered");
        assert_eq!(found.chain.len(), 1);
        let add = ana.add_device(2);
        let second: Session = trial.post(path::DEVICES, Some(&found.ticket.0), &add).await.ok();
        Live::open(&trial).await.hello(1, &second.token.0).await;
        let again = trial.post(path::DEVICES, Some(&found.ticket.0), &ana.add_device(3)).await;
        assert_eq!(again.refused(), Code::Unauthenticated, "a ticket is for one device");
    }

    #[tokio::test]
    async fn a_wrong_password_and_an_unknown_name_are_answered_alike_after_the_same_work() {
        let (trial, _ana) = Trial::with_owner().await;
        let wrong = trial.post(path::LOGIN, None, &login("ana", 9)).await;
        assert_eq!((trial.app.passwords.checked(), trial.app.passwords.dummies()), (1, 0));
        let unknown = trial.post(path::LOGIN, None, &login("nobody", 9)).await;
        assert_eq!((trial.app.passwords.checked(), trial.app.passwords.dummies()), (2, 1));
        let impossible = trial.post(path::LOGIN, None, &login("no\nbody:", 9)).await;
        assert_eq!((trial.app.passwords.checked(), trial.app.passwords.dummies()), (3, 2));
        assert_eq!(wrong.refused(), Code::WrongCredentials);
        for other in [unknown, impossible] {
            assert_eq!((other.status, &other.body), (wrong.status, &wrong.body));
            let names =
                |headers: &http::HeaderMap| headers.keys().map(ToString::to_string).collect::<Vec<_>>();
            assert_eq!(names(&other.headers), names(&wrong.headers));
        }
    }

    #[tokio::test]
    async fn guessing_slows_down_whatever_the_connection_and_ends_with_the_wait() {
        let (trial, ana) = Trial::with_owner().await;
        trial.clock.hold_ahead(0);
        // Each request is a connection of its own.
        for _ in 0..6 {
            assert_eq!(
                trial.post(path::LOGIN, None, &login("ana", 9)).await.refused(),
                Code::WrongCredentials
            );
        }
        let checked = trial.app.passwords.checked();
        let refused = trial.post(path::LOGIN, None, &ana.login()).await;
        assert_eq!(refused.refused(), Code::RateLimited);
        assert_eq!(refused.headers[header::RETRY_AFTER], "1");
        assert_eq!(trial.app.passwords.checked(), checked, "nothing is hashed meanwhile");
        trial.clock.hold_ahead(1_000);
        let _: LoggedIn = trial.post(path::LOGIN, None, &ana.login()).await.ok();
    }

    #[tokio::test]
    async fn many_attempts_at_once_do_not_slip_through_together() {
        let trial = Trial::start().await;
        trial.clock.hold_ahead(0);
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let begun = (0..20).filter(|_| super::attempt(&trial.app, "ana", address).is_ok()).count();
        assert_eq!(begun, 6);
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_has_not_failed() {
        let trial = Trial::start_with(|config| {
            config.passwords.queue = 1;
            config.passwords.threads = 1;
        })
        .await;
        let mut ana = Person::new("ana", 1);
        ana.join(&trial, &trial.owner_code()).await;
        let turns = [trial.app.passwords.turn().unwrap(), trial.app.passwords.turn().unwrap()];
        for _ in 0..10 {
            let busy = trial.post(path::LOGIN, None, &ana.login()).await;
            assert_eq!(busy.refused(), Code::Busy);
            assert!(busy.headers.contains_key(header::RETRY_AFTER));
        }
        drop(turns);
        let _: LoggedIn = trial.post(path::LOGIN, None, &ana.login()).await.ok();
    }
}
