//! All routes, in one list that the OpenAPI document is tested against.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use securechat_proto::http::path;
use securechat_proto::limits::HTTP_BODY_BYTES_MAX;

use super::{
    devices, guard, health, invites, linking, login, openapi, overview, password, people, prelogin, recover,
    register, report, reset, server_info, session, vault, web,
};
use crate::app::App;
use crate::live;

/// Path, methods, endpoint.
type Route = (&'static str, &'static [&'static str], MethodRouter<Arc<App>>);

/// What HTTP answers with.
pub(crate) fn router(app: Arc<App>) -> Router {
    let mut router =
        Router::new().route("/", get(web::home)).route("/i", get(web::invite)).route("/l", get(web::invite));
    for (path, _, endpoint) in routes() {
        router = router.route(path, endpoint);
    }
    router
        .fallback(web::file)
        .layer(DefaultBodyLimit::max(HTTP_BODY_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(&app), guard::guard))
        .with_state(app)
}

fn routes() -> Vec<Route> {
    vec![
        (path::SERVER, &["get"], get(server_info::server_info)),
        (path::PRELOGIN, &["post"], post(prelogin::prelogin)),
        (path::REGISTER, &["post"], post(register::register)),
        (path::LOGIN, &["post"], post(login::login)),
        (path::CHALLENGE, &["post"], post(session::challenge)),
        (path::SESSION, &["post"], post(session::open)),
        (path::LOGOUT, &["post"], post(session::logout)),
        (path::PASSWORD, &["post"], post(password::change)),
        (path::RECOVER_CHALLENGE, &["post"], post(recover::challenge)),
        (path::RECOVER, &["post"], post(recover::open)),
        (path::RECOVER_PASSWORD, &["post"], post(recover::password)),
        (path::ROTATE_RECOVERY, &["post"], post(recover::rotate)),
        (path::RESET_START, &["post"], post(reset::start)),
        (path::RESET, &["post"], post(reset::reset)),
        (path::RESET_CODE, &["post"], post(reset::code)),
        (path::VAULT, &["get", "put"], get(vault::read).put(vault::replace)),
        (path::DEVICES, &["get", "post"], get(devices::list).post(devices::add)),
        (path::REVOKE_DEVICE, &["post"], post(devices::revoke)),
        (path::LOST_DEVICE, &["post"], post(devices::lost)),
        (path::VOUCH_DEVICE, &["post"], post(devices::vouch)),
        (path::LINK, &["post"], post(linking::open)),
        (path::TAKE_LINK, &["post"], post(linking::take)),
        (path::PUT_LINK, &["post"], post(linking::put)),
        (path::GET_LINK, &["post"], post(linking::get)),
        (path::INVITES, &["get", "post"], get(invites::list).post(invites::create)),
        (path::REVOKE_INVITE, &["post"], post(invites::revoke)),
        (path::USERS, &["get"], get(people::list)),
        (path::SET_ROLE, &["post"], post(people::set_role)),
        (path::DEACTIVATE, &["post"], post(people::deactivate)),
        (path::REPORT, &["get"], get(report::report)),
        (path::OVERVIEW, &["get"], get(overview::overview)),
        (path::OPENAPI, &["get"], get(openapi::openapi)),
        (path::WS, &["get"], get(live::ws)),
        (path::HEALTHZ, &["get"], get(health::alive)),
        (path::READYZ, &["get"], get(health::ready)),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_document_has_every_route_and_no_other() {
        let document = serde_json::to_value(openapi::document()).unwrap();
        let documented: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(|m| (path.clone(), m.clone()))
            })
            .collect();
        let routed: BTreeSet<(String, String)> = routes()
            .iter()
            .flat_map(|(path, methods, _)| methods.iter().map(|m| ((*path).to_owned(), (*m).to_owned())))
            .collect();
        assert_eq!(documented, routed);
    }

    #[test]
    fn every_reference_in_the_document_leads_somewhere() {
        let document = serde_json::to_value(openapi::document()).unwrap();
        let text = document.to_string();
        let references: BTreeSet<&str> = text
            .split("\"$ref\":\"#/components/schemas/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(references.contains("Problem") && references.contains("Register"), "{references:?}");
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for reference in references {
            assert!(schemas.contains_key(reference), "{reference} is not defined");
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let document = serde_json::to_value(openapi::document()).unwrap();
        let mut names = BTreeSet::new();
        for methods in document["paths"].as_object().unwrap().values() {
            for operation in methods.as_object().unwrap().values() {
                let name = operation["operationId"].as_str().unwrap().to_owned();
                assert!(names.insert(name.clone()), "{name} names two operations");
            }
        }
    }
}
