//! Is everything well? What the engine finds, with the way to the server before it.

use securechat_engine::{Check, Finding, Health, Repair};
use securechat_ids::RoomId;

use crate::client::Client;
use crate::drive::Connection;
use crate::failure::Failure;
use crate::http::server_info;
use crate::platform::now;

impl Client {
    /// Looks at clock, memory, devices, rooms and what else may be wrong; mends what can be mended by itself. Works without a
    /// connection, and says so.
    ///
    /// # Errors
    /// [`Failure`] only when this device's own memory fails.
    pub async fn doctor(&self) -> Result<Vec<Finding>, Failure> {
        let reached = self.caught_up().await;
        let mut found = vec![self.connection_found(&reached)];
        found.extend(self.with(|engine, cx| engine.doctor(cx)).await??);
        if reached.is_ok() {
            found.extend(self.server_found().await);
        } else {
            let sentence = format!("this is SecureChat {}; the server's was not asked", version());
            found.push(Finding::good(Check::Version, sentence));
        }
        Ok(found)
    }

    fn connection_found(&self, reached: &Result<(), Failure>) -> Finding {
        let url = &self.me().server_url;
        match reached {
            Ok(()) => {
                Finding::good(Check::Connection, format!("{url} answers, and everything it had is here"))
            }
            Err(failure) if matches!(&*self.connection().borrow(), Connection::Over { .. }) => Finding::new(
                Check::Connection,
                Health::Broken,
                failure.to_string(),
                "It is not tried again: log in anew, or ask the server's operator.",
            ),
            Err(failure) => Finding::new(
                Check::Connection,
                Health::Attention,
                format!("there is no connection: {failure}"),
                "It is tried again by itself; what you write waits. The rest was looked at without it.",
            ),
        }
    }

    async fn server_found(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let pin = &self.me().server_pin;
        // Who has come this far speaks to the pinned key: any other ends the connection (docs/protocol.md §10).
        if !pin.is_empty() {
            found.push(self.certificate_found().await);
        }
        found.push(match server_info(&self.address).await {
            Ok(info) if info.version == version() => {
                Finding::good(Check::Version, format!("this program and the server are {}", info.version))
            }
            Ok(info) => Finding::good(
                Check::Version,
                format!(
                    "this is SecureChat {}, the server is {}; they understand each other",
                    version(),
                    info.version
                ),
            ),
            Err(failure) => Finding::new(
                Check::Version,
                Health::Attention,
                format!("the server does not say which version it is: {failure}"),
                "Look again in a moment.",
            ),
        });
        found
    }

    async fn certificate_found(&self) -> Finding {
        let pinned = "the server has the identity that this device was given";
        // Only the owner and admins are told the rest.
        let Ok(overview) = self.overview().await else { return Finding::good(Check::Certificate, pinned) };
        let certificate = overview.certificate;
        let days = certificate.expires_ms.since(now()) / (24 * 60 * 60 * 1_000);
        let sentence = format!("{pinned}; its certificate is good for {days} more days");
        if days >= 7 {
            return Finding::good(Check::Certificate, sentence);
        }
        let to_do = if certificate.own_files {
            "Renew the certificate that was brought to the server."
        } else {
            "The server should have renewed it by itself: restart it, and look at its log."
        };
        Finding::new(Check::Certificate, Health::Attention, sentence, to_do)
    }

    /// Lets a stopped room go on.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn repair_room(&self, room: RoomId) -> Result<Repair, Failure> {
        self.act(move |engine, cx| engine.repair_room(&room, cx)).await
    }

    /// Makes a room anew, with the same name and people.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn reset_room(&self, room: RoomId) -> Result<RoomId, Failure> {
        self.act(move |engine, cx| engine.reset_room(&room, cx)).await
    }

    /// Puts away what was wrong with a room that goes on.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn dismiss_trouble(&self, room: RoomId) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.dismiss_trouble(&room, cx)).await
    }
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
