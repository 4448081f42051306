//! The web app that this program holds.

use securechat_server::WebBundle;
#[expect(unused_imports, reason = "used where a web app was packed")]
use securechat_server::WebFile;

/// The web app, unless the program was built without it.
pub(crate) const WEB: Option<WebBundle> = include!(concat!(env!("OUT_DIR"), "/web_bundle.rs"));
