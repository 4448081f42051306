//! `POST /api/v1/auth/prelogin`: how to stretch a password; the same for names that do not exist.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use securechat_delivery::accounts;
use securechat_proto::http::{PasswordParameters, Prelogin, path};

use super::body::Body;
use super::problem::{Problem, Refusals};
use crate::app::App;

/// How to stretch a password.
#[utoipa::path(post, path = path::PRELOGIN, tag = "auth", request_body = Prelogin, responses(
    (status = 200, body = PasswordParameters),
    Refusals,
))]
pub(crate) async fn prelogin(
    State(app): State<Arc<App>>,
    Body(request): Body<Prelogin>,
) -> Result<Json<PasswordParameters>, Problem> {
    let found = app.read(move |tx, app| accounts::parameters_for(tx, app.keys.secrets(), &request.user_name));
    Ok(Json(found.await?))
}

#[cfg(test)]
mod tests {
    use securechat_proto::Code;
    use securechat_proto::http::{PasswordParameters, Prelogin, path};

    use crate::trial::{Trial, parameters};

    #[tokio::test]
    async fn a_name_that_does_not_exist_is_answered_like_one_that_does() {
        let (trial, _ana) = Trial::with_owner().await;
        let ask = |name: &str| {
            let request = Prelogin { user_name: name.to_owned() };
            let trial = &trial;
            async move { trial.post(path::PRELOGIN, None, &request).await }
        };
        let known: PasswordParameters = ask("ana").await.ok();
        assert_eq!(known, parameters());
        let unknown = ask("nobody").await;
        let made_up: PasswordParameters = unknown.ok();
        assert_eq!((made_up.memory_kib, made_up.passes), (known.memory_kib, known.passes));
        assert_eq!(made_up.salt.0.len(), known.salt.0.len());
        assert_eq!(ask("nobody").await.body, unknown.body, "the same each time");
        assert_ne!(ask("somebody").await.body, unknown.body);
    }

    #[tokio::test]
    async fn a_body_that_is_not_the_endpoints_is_refused_without_quoting_it() {
        let trial = Trial::start().await;
        let json = [("content-type", "application/json")];
        for body in ["", "{", "[]", r#"{"user_name":1}"#, r#"{"user_name":"a","hunter2":1}"#] {
            let refused = trial.request(http::Method::POST, path::PRELOGIN, &json, body).await;
            assert_eq!(refused.refused(), Code::BadRequest);
            assert!(!String::from_utf8_lossy(&refused.body).contains("hunter2"));
        }
        let form = [("content-type", "text/plain")];
        let refused = trial.request(http::Method::POST, path::PRELOGIN, &form, r#"{"user_name":"a"}"#).await;
        assert_eq!(refused.refused(), Code::BadRequest);
    }

    #[tokio::test]
    async fn an_oversize_body_is_refused() {
        let trial = Trial::start().await;
        let request = Prelogin { user_name: "a".repeat(64 * 1024) };
        assert_eq!(trial.post(path::PRELOGIN, None, &request).await.refused(), Code::TooLarge);
    }
}
