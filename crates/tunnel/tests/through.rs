//! A tunnel between a browser and a real server, with everything that stands in its way.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod trial;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http::{Method, StatusCode};
use securechat_client::Address;
use securechat_proto::Code;
use securechat_proto::VERSION;
use securechat_proto::frame::{Answer, ClientFrame, Hello, Request, ServerFrame};
use securechat_proto::http::{PasswordParameters, Problem, ServerInfo, Vault, path};
use securechat_proto::limits::HTTP_BODY_BYTES_MAX;
use securechat_tunnel::{Difference, OpenError, Tunnel, Wrong, compare};
use tokio_tungstenite::tungstenite::Message;
use trial::{BUNDLE, OTHER_BUNDLE, PAGE, Trial, other_pin};

#[tokio::test]
async fn the_page_is_this_programs_and_anybody_of_this_machine_may_have_it() {
    let trial = Trial::start().await;
    for path in ["/", "/i", "/index.html"] {
        let answer = trial.get(path, &[]).await;
        assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, PAGE.as_bytes()), "{path}");
        assert!(answer.headers["content-security-policy"].to_str().unwrap().contains("trusted-types"));
        assert_eq!(answer.headers["x-frame-options"], "DENY");
        assert_eq!(answer.headers["cross-origin-opener-policy"], "same-origin");
        assert!(
            !answer.headers.contains_key("strict-transport-security"),
            "it would shut out plain loopback"
        );
    }
    assert_eq!(trial.get("/nothing", &[]).await.refused(), (404, Code::NotFound));
    let posted = trial.ask(Method::POST, "/", &[("origin", &trial.origin)], "").await;
    assert_eq!(posted.refused(), (405, Code::BadRequest));
}

#[tokio::test]
async fn the_url_has_the_token_in_its_fragment_and_the_server_its_pin() {
    let trial = Trial::start().await;
    assert!(trial.url.starts_with(&format!("{}/#t=", trial.origin)), "{}", trial.url);
    assert_eq!(trial.token().len(), 43);
    let cookie = trial.enter().await;
    let local = trial.get("/local", &[("cookie", &cookie)]).await;
    let local: serde_json::Value = serde_json::from_slice(&local.body).unwrap();
    let link = format!("https://{}/i#.{}", trial.server.authority(), trial.server.pin.as_deref().unwrap());
    assert_eq!(local, serde_json::json!({ "server": link }));
}

#[tokio::test]
async fn without_the_cookie_only_the_files_answer() {
    let trial = Trial::start().await;
    let right = trial.enter().await;
    let (name, _) = right.split_once('=').unwrap();
    let token_as_cookie = format!("{name}={}", trial.token());
    for cookie in ["", "securechat_local=x", &token_as_cookie, &format!("{right}x")] {
        let headers = [("cookie", cookie), ("origin", trial.origin.as_str())];
        for path in ["/local", path::SERVER, path::HEALTHZ, path::WS, "/api/nothing"] {
            let refused = trial.get(path, &headers).await.refused();
            assert_eq!(refused, (401, Code::Forbidden), "{path} {cookie}");
        }
        let posted = trial.ask(Method::POST, path::PRELOGIN, &headers, r#"{"user_name":"ana"}"#).await;
        assert_eq!(posted.refused(), (401, Code::Forbidden), "{cookie}");
    }
}

#[tokio::test]
async fn a_wrong_token_opens_nothing_and_too_many_not_even_the_right_one() {
    let trial = Trial::start().await;
    let headers = [("origin", trial.origin.as_str()), ("content-type", "application/json")];
    let enter = async |body: &str| trial.ask(Method::POST, "/local/enter", &headers, body).await;
    assert_eq!(enter("{}").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let long = format!(r#"{{"token":"{}"}}"#, "x".repeat(2000));
    assert_eq!(enter(&long).await.refused(), (413, Code::BadRequest));
    let as_form = [("origin", trial.origin.as_str()), ("content-type", "text/plain")];
    let form = trial.ask(Method::POST, "/local/enter", &as_form, r#"{"token":"x"}"#).await;
    assert_eq!(form.refused(), (415, Code::BadRequest));
    let right = format!(r#"{{"token":"{}"}}"#, trial.token());
    let answer = enter(&right).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; HttpOnly; SameSite=Strict; Path=/"), "{cookie}");
    assert!(!cookie.contains(trial.token()), "{cookie}");
    for _ in 0..10 {
        assert_eq!(enter(r#"{"token":"wrong"}"#).await.refused(), (401, Code::Forbidden));
    }
    let late = enter(&right).await;
    assert_eq!(late.refused(), (429, Code::RateLimited));
    assert!(late.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn other_hosts_and_origins_are_refused_whatever_cookie_they_bring() {
    let trial = Trial::start().await;
    let cookie = trial.enter().await;
    let host = [("host", "rebound.example:8766"), ("cookie", cookie.as_str())];
    assert_eq!(trial.get(path::SERVER, &host).await.refused(), (421, Code::Forbidden));
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let asked = trial.get(path::SERVER, &[("cookie", &cookie), (name, value)]).await;
        assert_eq!(asked.refused(), (403, Code::Forbidden), "{name} {value}");
    }
    let posted = trial.ask(Method::POST, path::PRELOGIN, &[("cookie", &cookie)], "{}").await;
    assert_eq!(posted.refused(), (403, Code::Forbidden), "a POST says where it comes from");
    assert_eq!(trial.get(path::WS, &[("cookie", &cookie)]).await.refused(), (403, Code::Forbidden));
}

#[tokio::test]
async fn the_api_is_the_servers() {
    let trial = Trial::start().await;
    let cookie = trial.enter().await;
    let inside =
        [("cookie", cookie.as_str()), ("origin", &trial.origin), ("content-type", "application/json")];
    let info: ServerInfo = trial.get(path::SERVER, &inside).await.ok();
    assert_eq!(Some(info.pin), trial.server.pin);
    let asked = trial.ask(Method::POST, path::PRELOGIN, &inside, r#"{"user_name":"ana"}"#).await;
    let _parameters: PasswordParameters = asked.ok();
    let bearer = [inside[0], ("authorization", "Bearer wrong")];
    assert_eq!(trial.get(path::VAULT, &bearer).await.refused(), (401, Code::Unauthenticated));
    let healthy = trial.get(path::HEALTHZ, &inside).await;
    assert_eq!(&healthy.body[..], b"ok\n");
    let large = "x".repeat(HTTP_BODY_BYTES_MAX + 1);
    let asked = trial.ask(Method::POST, path::PRELOGIN, &inside, &large).await;
    assert_eq!(asked.refused(), (413, Code::TooLarge));
}

#[tokio::test]
async fn an_account_is_made_and_a_session_opened_through_it() {
    let trial = Trial::start().await;
    let cookie = trial.enter().await;
    let session = trial.register(&cookie, "ana").await;
    let bearer = format!("Bearer {}", session.token.0);
    let vault = trial.get(path::VAULT, &[("cookie", &cookie), ("authorization", &bearer)]).await;
    let _sealed: Vault = vault.ok();
    assert_eq!(hello(&trial, &cookie, &session.token.0).await, "ready");
    assert_eq!(hello(&trial, &cookie, "nobody's").await, "refused");
    assert_eq!(trial.websocket("a=b").await.err(), Some(StatusCode::UNAUTHORIZED));
}

/// What the server answers to the first frame of a WebSocket through the tunnel.
async fn hello(trial: &Trial, cookie: &str, token: &str) -> &'static str {
    let mut socket = trial.websocket(cookie).await.unwrap();
    let hello = Hello { version: VERSION, token: token.to_owned() };
    let frame = ClientFrame::new(7, Request::Hello(hello)).to_bytes();
    socket.send(Message::Binary(frame)).await.unwrap();
    loop {
        if let Message::Binary(bytes) = socket.next().await.unwrap().unwrap() {
            match ServerFrame::parse(bytes).unwrap().answer {
                Some(Answer::Ready(_)) => return "ready",
                Some(Answer::Refused(_) | Answer::Bye(_)) => return "refused",
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_is_gone_and_one_that_is_another_are_told_apart() {
    let mut trial = Trial::start().await;
    trial.stop_server().await;
    let problem = unreachable(&trial).await;
    assert_eq!(problem.code, Code::Busy);
    assert!(problem.message.starts_with("cannot reach the server: "), "{}", problem.message);

    let trial = Trial::pinned_to(Some(other_pin())).await;
    let problem = unreachable(&trial).await;
    assert_eq!(problem.code, Code::Rejected);
    assert!(problem.message.contains("its identity has changed; nothing was sent"), "{}", problem.message);
}

/// What the tunnel says of the server it does not reach, the same on both ways.
async fn unreachable(trial: &Trial) -> Problem {
    let cookie = trial.enter().await;
    assert_eq!(trial.websocket(&cookie).await.err(), Some(StatusCode::BAD_GATEWAY));
    let answer = trial.get(path::SERVER, &[("cookie", &cookie)]).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn there_is_no_tunnel_to_just_anybody_and_none_on_a_taken_port() {
    let trial = Trial::start().await;
    let anybody = Address { pin: None, ..trial.server.clone() };
    let refused = Tunnel::open(&anybody, BUNDLE, 0).await.err();
    assert!(matches!(refused, Some(OpenError::Unpinned(_))));
    let refused = Tunnel::open(&trial.server, BUNDLE, trial.port()).await.err().unwrap().to_string();
    assert!(refused.contains(&trial.port().to_string()) && refused.contains("--port"), "{refused}");
}

#[tokio::test]
async fn what_a_server_serves_is_compared_file_by_file() {
    let trial = Trial::start().await;
    assert_eq!(compare(&trial.server, &BUNDLE).await.unwrap(), []);
    let difference = |path: &str, wrong| Difference { path: path.to_owned(), wrong };
    assert_eq!(
        compare(&trial.server, &OTHER_BUNDLE).await.unwrap(),
        [
            difference("/", Wrong::Differs),
            difference("/i", Wrong::Differs),
            difference("/index.html", Wrong::Differs),
            difference("/assets/more.js", Wrong::Missing),
        ]
    );
    let other = Address { pin: Some(other_pin()), ..trial.server.clone() };
    assert!(compare(&other, &BUNDLE).await.is_err());
}

#[tokio::test]
async fn no_more_connections_than_there_are_places() {
    let trial = Trial::start().await;
    let mut held = Vec::new();
    for _ in 0..64 {
        held.push(trial.connect().await);
    }
    assert_eq!(trial.try_get("/").await, None);
    held.clear();
    // The places are free when the tunnel has seen that they were left.
    for _ in 0..100 {
        if trial.try_get("/").await.is_some() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no place was given back");
}

#[tokio::test]
async fn a_body_that_never_ends_is_not_waited_for_for_ever() {
    let trial = Trial::start().await;
    let cookie = trial.enter().await;
    tokio::time::pause();
    let body = http_body_util::StreamBody::new(futures_util::stream::pending::<
        Result<hyper::body::Frame<Bytes>, std::convert::Infallible>,
    >());
    let headers = [("cookie", cookie.as_str()), ("origin", &trial.origin), ("transfer-encoding", "chunked")];
    let answer = trial.ask_with(Method::POST, path::PRELOGIN, &headers, body).await.unwrap();
    assert_eq!(answer.refused(), (400, Code::BadRequest));
}
