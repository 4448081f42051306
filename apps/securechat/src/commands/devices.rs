//! `devices`: what speaks for you, and how to end it.

use std::path::Path;

use securechat_client::{AddedByView, Client, DeviceView, Failure};
use serde::Serialize;

use crate::at_work::online;
use crate::cli::{Devices, DevicesAct};
use crate::{print, prompt};

#[derive(Serialize)]
struct JsonDevice<'a> {
    id: String,
    name: &'a str,
    added: String,
    last_seen: String,
    current: bool,
    added_by: String,
    unanswered: bool,
}

pub(super) async fn run(home: &Path, args: Devices) -> Result<(), Failure> {
    online(home, async |client| {
        if let Some(DevicesAct::Link { code }) = &args.act {
            return super::link::let_in(client, code).await;
        }
        if let Some(mine) = &args.mine {
            let devices = client.devices().await?;
            let device = choose(&devices, mine)?;
            client.know_device(device.device_id).await?;
            print::say(&format!("{} is yours.", device.name));
            return Ok(());
        }
        if args.unlock {
            let password = prompt::password(args.password_file.as_deref(), "Password (hidden): ")?;
            client.take_up_keys(&password).await?;
            print::say("This device shares with your others again.");
            return Ok(());
        }
        if !client.has_shared_keys().await? {
            print::say(
                "One of your devices was given up as lost, so the keys that your devices share are new. Type your password \
                 once to take them up: `securechat devices --unlock`. Messages go on meanwhile.",
            );
        }
        let devices = client.devices().await?;
        match (&args.revoke, &args.lost) {
            (Some(wanted), _) => {
                let device = choose(&devices, wanted)?;
                client.revoke_device(device.device_id).await?;
                client.caught_up().await?;
                print::say(&format!("Revoked {}. It reads nothing that is sent from now on.", device.name));
                print::say(
                    "Could somebody have looked into it? `securechat recovery rotate` replaces the recovery key that it could \
                     read. (`devices --lost ID` would have done both at once.)",
                );
            }
            (None, Some(wanted)) => {
                let device = choose(&devices, wanted)?;
                give_up(client, device, args.password_file.as_deref()).await?;
            }
            (None, None) => devices.iter().for_each(|device| show(device, args.json)),
        }
        Ok(())
    })
    .await
}

/// The recovery key could be read on the lost device, so a new one is made, stored, and only then everything changes at once.
async fn give_up(client: &Client, device: &DeviceView, password_file: Option<&Path>) -> Result<(), Failure> {
    let password = prompt::password(password_file, "Your password (hidden): ")?;
    print::say(&format!("{} could read your recovery key, so you get a new one.", device.name));
    let key = prompt::new_recovery_key()?;
    client.lost_device(device.device_id, &password, &key).await?;
    client.caught_up().await?;
    print::say(&format!(
        "{} is out. It reads nothing that is sent from now on, and the old recovery key does not work any more. Your other \
         devices ask for your password once.",
        device.name
    ));
    Ok(())
}

fn choose<'a>(devices: &'a [DeviceView], wanted: &str) -> Result<&'a DeviceView, Failure> {
    let mut found = devices.iter().filter(|device| device.device_id.to_string().starts_with(wanted));
    let device = found.next().ok_or_else(|| Failure::Usage(format!("you have no device {wanted}")))?;
    if wanted.len() < 4 || found.next().is_some() {
        return Err(Failure::Usage(format!("{wanted} could be several devices; give more of its id")));
    }
    if device.current {
        return Err(Failure::Usage("this is the device you are using; `securechat logout` ends it".into()));
    }
    Ok(device)
}

fn show(device: &DeviceView, as_json: bool) {
    if as_json {
        return print::json(&JsonDevice {
            id: device.device_id.to_string(),
            name: &device.name,
            added: print::utc(device.added),
            last_seen: print::utc(device.last_seen),
            current: device.current,
            added_by: added_by(&device.added_by),
            unanswered: device.unanswered,
        });
    }
    let current = if device.current { "  (this one)" } else { "" };
    let id = &device.device_id.to_string()[..8];
    print::line(&format!("{id}  {:<24} last seen {}{current}", device.name, print::local(device.last_seen)));
    print::line(&format!(
        "          added {} by {}{}",
        print::local(device.added),
        added_by(&device.added_by),
        if device.unanswered { "  (you were not asked yet: --mine or --revoke)" } else { "" }
    ));
}

/// Who added a device, in words.
fn added_by(by: &AddedByView) -> String {
    match by {
        AddedByView::First => "the account's beginning".to_owned(),
        AddedByView::Device(Some(name)) => name.clone(),
        AddedByView::Device(None) => "a device that was removed since".to_owned(),
        AddedByView::RecoveryKey => "a log-in with the password or recovery key".to_owned(),
        AddedByView::Unknown => "somebody who is not known here yet".to_owned(),
    }
}
