//! A device at work: opened, brought up to date, waited for, closed.

use std::path::Path;

use securechat_client::evidence::EvidenceKind;
use securechat_client::ids::RoomId;
use securechat_client::{Client, Failure};

use crate::print;

/// A device at work, connected and with everything the server had; closed again whatever comes of `act`.
pub(crate) async fn online<T>(
    home: &Path,
    act: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
) -> Result<T, Failure> {
    with_client(home, async |client| {
        client.caught_up().await?;
        ask_about_devices(client).await;
        act(client).await
    })
    .await
}

/// Says which devices of this person appeared, until they have said what to think of them.
async fn ask_about_devices(client: &Client) {
    // Whatever else was asked for is not to fail for this.
    for device in client.unanswered_devices().await.unwrap_or_default() {
        let id = &device.device_id.to_string()[..8];
        print::say(&format!(
            "ALARM: a new device of yours, \"{}\", was added {}. Not you? `securechat devices --revoke {id}`; else `securechat \
             devices --mine {id}`.",
            device.name,
            print::local(device.added)
        ));
    }
}

/// A device at work, connected or not; closed again whatever comes of `act`.
pub(crate) async fn with_client<T>(
    home: &Path,
    act: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let client = Client::open(home)?;
    let done = act(&client).await;
    say_alarms(&client).await;
    client.hurry().await;
    client.close().await;
    done
}

/// Says what must not happen and did, until somebody has looked at it. A restored backup is no lie: said once, it is known.
async fn say_alarms(client: &Client) {
    // Whatever was asked for is not to fail for this.
    for evidence in client.not_looked_at().await.unwrap_or_default() {
        print::say(&format!("ALARM: {}.", evidence.sentence));
        match evidence.what {
            EvidenceKind::Restored => {
                let _kept = client.look_at(evidence.sentence).await;
            }
            EvidenceKind::SplitView | EvidenceKind::Fork => {}
        }
    }
}

/// Waits until nothing waits to go out.
pub(crate) async fn wait_until_sent(client: &Client) -> Result<(), Failure> {
    let mut listener = client.listen();
    while !client.nothing_waits().await? {
        if listener.next().await.is_none() {
            break;
        }
    }
    Ok(())
}

/// Waits until a change is in the room's log, or cannot be.
pub(crate) async fn settle(client: &Client, room: RoomId) -> Result<(), Failure> {
    let mut listener = client.listen();
    loop {
        if client.wishes_waiting(room).await? == 0 {
            // The change may have failed before this listened; then the reason is remembered.
            return match client.last_refusal(room).await? {
                Some(why) => Err(Failure::Refused(securechat_client::refusal(&why))),
                None => client.caught_up().await,
            };
        }
        if listener.next().await.is_none() {
            return Err(Failure::Other("the engine has stopped".into()));
        }
    }
}
