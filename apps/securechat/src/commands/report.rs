//! `report`: what the server holds about you, row by row.

use std::path::Path;

use securechat_client::Failure;

use crate::at_work::online;
use crate::print;

pub(super) async fn run(home: &Path, as_json: bool) -> Result<(), Failure> {
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
        print::line(&format!("Devices    {} signed links; names sealed", report.chain_links));
        for device in &report.devices {
            let id = &device.device_id.to_string()[..8];
            print::line(&format!("           {id}, last seen {}", print::local(device.last_seen_ms)));
        }
        print::line(&format!("Sessions   {}", report.sessions));
        for room in &report.rooms {
            let id = &room.room_id.to_string()[..8];
            print::line(&format!(
                "Room       {id} (name unknown to it), since {}: {} events of yours, {} sealed bytes",
                print::local(room.joined_ms),
                room.events,
                room.bytes
            ));
        }
        print::say(
            "It also sees when you are connected and from which address. It cannot read what you write.",
        );
        Ok(())
    })
    .await
}
