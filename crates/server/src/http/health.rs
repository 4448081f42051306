//! `/healthz` and `/readyz`: for those who watch the process.

use std::sync::Arc;

use axum::extract::State;
use securechat_proto::http::path;

use super::problem::{Problem, Refusals};
use crate::app::App;
use crate::vitals;

/// Whether the process lives.
#[utoipa::path(get, path = path::HEALTHZ, tag = "server", responses(
    (status = 200, description = "it does", body = String, content_type = "text/plain"),
    Refusals,
))]
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// Whether the server can take writes.
#[utoipa::path(get, path = path::READYZ, tag = "server", responses(
    (status = 200, description = "it can", body = String, content_type = "text/plain"),
    Refusals,
))]
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<&'static str, Problem> {
    vitals::write_nothing(&app).await?;
    Ok("ready\n")
}
