//! `devices`: what speaks for you, and how to end it.

use std::path::Path;

use securechat_client::{DeviceView, Failure};
use serde::Serialize;

use crate::at_work::online;
use crate::cli::Devices;
use crate::print;

#[derive(Serialize)]
struct JsonDevice<'a> {
    id: String,
    name: &'a str,
    added: String,
    last_seen: String,
    current: bool,
}

pub(super) async fn run(home: &Path, args: Devices) -> Result<(), Failure> {
    online(home, async |client| {
        let devices = client.devices().await?;
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
        });
    }
    let current = if device.current { "  (this one)" } else { "" };
    let id = &device.device_id.to_string()[..8];
    print::line(&format!("{id}  {:<24} last seen {}{current}", device.name, print::local(device.last_seen)));
}
