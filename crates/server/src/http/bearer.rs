//! Who asks: the session of a bearer token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use securechat_delivery::{Asker, sessions};
use securechat_proto::{Code, Refusal};

use super::problem::Problem;
use crate::app::App;

/// A request with an open session.
pub(crate) struct Session {
    pub(crate) asker: Asker,
    pub(crate) token_hash: [u8; 32],
}

impl FromRequestParts<Arc<App>> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let token_hash = sessions::token_hash(token(&parts.headers)?);
        let found = app.read(move |tx, app| Ok(sessions::find_by_token(tx, &token_hash, app.now())?)).await?;
        match found {
            Some(asker) => Ok(Session { asker, token_hash }),
            None => Err(unauthenticated("the session has ended; log in again")),
        }
    }
}

/// The text after `Authorization: Bearer`.
///
/// # Errors
/// `Unauthenticated`.
pub(crate) fn token(headers: &HeaderMap) -> Result<&str, Problem> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| unauthenticated("a session is needed"))
}

fn unauthenticated(message: &str) -> Problem {
    Problem::from(Refusal::new(Code::Unauthenticated, message))
        .with_header(header::WWW_AUTHENTICATE, "Bearer")
}
