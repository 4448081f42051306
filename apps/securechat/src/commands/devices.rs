//! `devices`: what speaks for you, and how to end it.

use std::path::Path;

use securechat_client::{AddedByView, DeviceView, Failure};
use serde::Serialize;

use crate::at_work::online;
use crate::cli::{Devices, DevicesAct};
use crate::print;

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
        let devices = client.devices().await?;
        if let Some(mine) = &args.mine {
            let device = choose(&devices, mine)?;
            client.know_device(device.device_id).await?;
            print::say(&format!("{} is yours.", device.name));
            return Ok(());
        }
        let Some(wanted) = args.revoke else {
            devices.iter().for_each(|device| show(device, args.json));
            return Ok(());
        };
        let device = choose(&devices, &wanted)?;
        client.revoke_device(device.device_id).await?;
        client.caught_up().await?;
        print::say(&format!("Revoked {}. It reads nothing that is sent from now on.", device.name));
        Ok(())
    })
    .await
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
