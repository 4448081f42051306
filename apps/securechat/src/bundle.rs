//! The web app that this program holds.

/// The web app, unless the program was built without it.
pub(crate) const WEB: Option<securechat_server::WebBundle> =
    include!(concat!(env!("OUT_DIR"), "/web_bundle.rs"));
