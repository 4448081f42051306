//! `GET /api/v1/server`: what the server says of itself to anybody.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use securechat_delivery::people;
use securechat_proto::VERSION;
use securechat_proto::http::{ServerInfo, path};

use super::problem::{Problem, Refusals};
use crate::app::App;

/// What the server is.
#[utoipa::path(get, path = path::SERVER, tag = "server", responses(
    (status = 200, body = ServerInfo),
    Refusals,
))]
pub(crate) async fn server_info(State(app): State<Arc<App>>) -> Result<Json<ServerInfo>, Problem> {
    let needs_owner = app.read(|tx, _| Ok(people::needs_owner(tx)?)).await?;
    Ok(Json(ServerInfo {
        server_id: app.server.server_id,
        generation: app.server.generation,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: VERSION,
        words: app.identity.words().map(str::to_owned).to_vec(),
        pin: app.identity.pin(),
        needs_owner,
        now_ms: app.now(),
    }))
}
