//! `doctor`: is this device well, and if not, what to do.

use std::path::Path;

use securechat_client::view::RoomStanding;
use securechat_client::{Client, Failure, Home};
use serde::Serialize;

use crate::print;

#[derive(Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    says: String,
}

pub(super) async fn run(home: &Path, as_json: bool) -> Result<(), Failure> {
    let mut findings = Vec::new();
    let mut found = |check, ok, says: String| findings.push(Finding { check, ok, says });
    let owned = Home::own(home)?;
    let key = owned.key_place()?.map_or_else(|| "nowhere".to_owned(), |place| place.to_string());
    let place = format!("{} (encrypted; its key is {key})", home.display());
    found("memory", true, place);
    let client = Client::start(owned)?;
    let reached = client.caught_up().await;
    match &reached {
        Ok(()) => found("server", true, format!("{} answers and is the pinned one", client.me().server_url)),
        Err(failure) => found("server", false, failure.to_string()),
    }
    if reached.is_ok() {
        match client.clock_difference_ms().await {
            Ok(ms) if ms.unsigned_abs() < 60_000 => {
                found("clock", true, format!("{ms} ms from the server's"));
            }
            Ok(ms) => found("clock", false, format!("{} s from the server's; set one of them", ms / 1000)),
            Err(failure) => found("clock", false, failure.to_string()),
        }
        let devices = client.devices().await?;
        found("devices", true, format!("{} of yours", devices.len()));
    }
    let rooms = client.rooms().await?;
    let halted: Vec<String> = rooms
        .iter()
        .filter(|room| room.state == RoomStanding::Halted)
        .map(|room| format!("{}: {}", room.label, room.trouble.as_deref().unwrap_or("stopped")))
        .collect();
    if halted.is_empty() {
        let joined = rooms.iter().filter(|room| room.state == RoomStanding::Joined).count();
        found("rooms", true, format!("{joined} joined, all at their head"));
    } else {
        found("rooms", false, halted.join("; "));
    }
    let waiting = !client.nothing_waits().await?;
    found("outbox", !waiting, if waiting { "something waits to go out".into() } else { "empty".into() });
    client.close().await;
    for finding in &findings {
        if as_json {
            print::json(finding);
        } else {
            print::line(&format!(
                "{} {:<8} {}",
                if finding.ok { "ok  " } else { "LOOK" },
                finding.check,
                finding.says
            ));
        }
    }
    reached
}
