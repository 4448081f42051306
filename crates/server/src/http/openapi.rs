//! `GET /api/v1/openapi.json`: the document of this API, generated from the endpoints themselves.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header;
use securechat_proto::http::{Problem as ProblemBody, path};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::problem::Refusals;
use super::{
    devices, health, invites, linking, login, overview, password, people, prelogin, recover, register,
    report, reset, server_info, session, vault,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "SecureChat",
        description = "Accounts, devices, invites and people. Everything live goes over the WebSocket at /ws.",
    ),
    paths(
        server_info::server_info,
        prelogin::prelogin,
        register::register,
        login::login,
        session::challenge,
        session::open,
        session::logout,
        password::change,
        recover::challenge,
        recover::open,
        recover::password,
        recover::rotate,
        reset::start,
        reset::reset,
        reset::code,
        vault::read,
        vault::replace,
        devices::list,
        devices::add,
        devices::revoke,
        devices::lost,
        devices::vouch,
        linking::open,
        linking::take,
        linking::put,
        linking::get,
        invites::list,
        invites::create,
        invites::revoke,
        people::list,
        people::set_role,
        people::deactivate,
        report::report,
        overview::overview,
        health::alive,
        health::ready,
        openapi,
        ws,
    ),
    components(schemas(ProblemBody)),
    modifiers(&Schemes),
)]
struct Api;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = |what: &str| {
            SecurityScheme::Http(
                HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(what)).build(),
            )
        };
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("session", bearer("token of a session"));
        components.add_security_scheme("linking", bearer("token of a new device's linking"));
        components.add_security_scheme("ticket", bearer("ticket of a log-in, good for one device"));
    }
}

/// The document.
pub(super) fn document() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// This document.
#[utoipa::path(get, path = path::OPENAPI, tag = "server", responses(
    (status = 200, description = "OpenAPI 3.1", body = Object),
    Refusals,
))]
pub(crate) async fn openapi() -> Response {
    static JSON: LazyLock<Bytes> =
        LazyLock::new(|| document().to_json().expect("the document is plain data").into());
    ([(header::CONTENT_TYPE, "application/json")], JSON.clone()).into_response()
}

/// The WebSocket: binary protobuf frames, `Hello` first (docs/protocol.md §4).
#[utoipa::path(get, path = path::WS, tag = "live", responses(
    (status = 101, description = "the connection is a WebSocket now"),
    (status = 426, description = "another WebSocket version", body = ProblemBody),
    Refusals,
))]
#[expect(dead_code, reason = "only its documentation is used; the handler is in `live`")]
fn ws() {}
