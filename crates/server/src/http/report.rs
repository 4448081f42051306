//! `GET /api/v1/report`: all that the server holds about the asker.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use securechat_delivery::people;
use securechat_proto::http::{Report, path};

use super::bearer::Session;
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::app::App;

/// All that the server holds about the asker.
#[utoipa::path(get, path = path::REPORT, tag = "people", security(("session" = [])), responses(
    (status = 200, body = Report),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn report(State(app): State<Arc<App>>, session: Session) -> Result<Json<Report>, Problem> {
    let mut report = app.read(move |tx, app| people::report(tx, &session.asker, app.now())).await?;
    report.user.online = app.hub.people().contains(&report.user.user_id);
    Ok(Json(report))
}
