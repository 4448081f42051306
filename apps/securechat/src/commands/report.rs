//! `report`: what the server holds about you, row by row; and what must not happen and did.

use std::io::Write as _;
use std::path::Path;

use securechat_client::Failure;
use securechat_client::evidence::Evidence;
use serde::Serialize;

use crate::at_work::{online, with_client};
use crate::cli::ReportArgs;
use crate::print;

pub(super) async fn run(home: &Path, args: ReportArgs) -> Result<(), Failure> {
    if let Some(file) = args.evidence {
        return evidence(home, &file).await;
    }
    let as_json = args.json;
    online(home, async |client| {
        let report = client.report().await?;
        if as_json {
            print::json(&report);
            return Ok(());
        }
        let user = &report.user;
        print::line(&format!(
            "Account    {} ({}), made {}",
            user.user_name,
            user.role.text(),
            print::local(user.created_ms)
        ));
        print::line("           a bcrypt hash of a value made from your password, never the password");
        print::line(&format!("Vault      {} sealed bytes", report.vault_bytes));
        print::line(&format!("Devices    {} signed links; names sealed", report.chain_links.len()));
        for device in &report.devices {
            let id = short(&device.device_id);
            print::line(&format!("           {id}, last seen {}", print::local(device.last_seen_ms)));
        }
        for session in &report.sessions {
            print::line(&format!(
                "Session    of {}, opened {}, ends {}; a hash of its token",
                short(&session.device_id),
                print::local(session.opened_ms),
                print::local(session.expires_ms)
            ));
        }
        print::line(&format!("Items      {}, {} sealed bytes", report.items, report.item_bytes));
        for room in &report.rooms {
            let id = short(&room.room_id);
            print::line(&format!(
                "Room       {id} (name unknown to it), since {}: {} events of yours, {} sealed bytes",
                print::local(room.joined_ms),
                room.events,
                room.bytes
            ));
        }
        for receipt in &report.receipts {
            print::line(&format!(
                "Receipt    of {} in room {}, epoch {}, {} sealed bytes",
                short(&receipt.device_id),
                short(&receipt.room_id),
                receipt.epoch,
                receipt.bytes
            ));
        }
        for invite in &report.invites {
            print::line(&format!(
                "Invite     {} of yours, {} uses left, until {}; a hash of its code",
                invite.id,
                invite.uses,
                print::local(invite.expires_ms)
            ));
        }
        print::say(
            "It also sees when you are connected and from which address. It cannot read what you write.",
        );
        Ok(())
    })
    .await
}

/// The beginning of an id.
fn short(id: &impl ToString) -> String {
    id.to_string().chars().take(8).collect()
}

#[derive(Serialize)]
struct JsonEvidence<'a, L> {
    server: &'a str,
    user: &'a str,
    device: String,
    written: String,
    evidence: &'a [Evidence],
    /// The workspace log as this device has it, base64url, in order.
    links: L,
}

/// Writes everything that another needs to see what was found. For its owner's eyes: it names people and rooms.
async fn evidence(home: &Path, file: &Path) -> Result<(), Failure> {
    with_client(home, async |client| {
        let (found, links) = client.evidence().await?;
        let me = client.me();
        let json = JsonEvidence {
            server: &me.server_url,
            user: &me.user_name,
            device: me.device_id.to_string(),
            written: print::utc(print::now()),
            evidence: &found,
            links,
        };
        let text = serde_json::to_vec_pretty(&json).expect("our own types serialise");
        write_private(file, &text)
            .map_err(|error| Failure::Other(format!("{} cannot be written: {error}", file.display())))?;
        print::say(&match found.len() {
            0 => "Nothing was found; the file says so and holds the log.".to_owned(),
            n => format!("{n} found; {} holds what another needs to see it.", file.display()),
        });
        Ok(())
    })
    .await
}

fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(bytes)
}
