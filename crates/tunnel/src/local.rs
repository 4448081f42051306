//! What all connections of a tunnel share: the server behind, what the tunnel is called, who was let in, the bundle.

use securechat_client::Address;
use securechat_server::Web;
use tokio::sync::watch;

use crate::door::Door;

/// What all connections share.
pub(crate) struct Local {
    pub(crate) server: Address,
    /// The server as a log-in link, with its pin.
    pub(crate) link: String,
    pub(crate) place: Place,
    pub(crate) door: Door,
    pub(crate) stopped: watch::Receiver<()>,
    pub(crate) web: Web,
}

/// What this tunnel is called. Not by its addresses: they are as many origins, each with a storage of its own.
pub(crate) struct Place {
    /// `Host` of every request.
    pub(crate) host: String,
    /// Origin of the page.
    pub(crate) origin: String,
}

impl Place {
    pub(crate) fn new(port: u16) -> Self {
        // Browsers leave out the port that is HTTP's own.
        let host = if port == 80 { "localhost".to_owned() } else { format!("localhost:{port}") };
        Self { origin: format!("http://{host}"), host }
    }
}
