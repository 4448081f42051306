//! The end of a run: everybody comes to rest, everything that is shown and kept is written down, and the judge is asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use securechat_checker::{Event, Invariant, Report, check};
use securechat_client::view::{RoomStanding, RoomView};

use crate::device::Device;
use crate::history::Book;
use crate::{clock, store};

const LOOK: Duration = Duration::from_millis(20);

/// When it was over, and how long everybody has from then on.
#[derive(Clone, Copy)]
pub(crate) struct Rest {
    pub(crate) over: Instant,
    pub(crate) patience: Duration,
}

impl Rest {
    /// From now on. Where a promise is broken on purpose nobody waits long for what cannot come.
    pub(crate) fn now(control: bool) -> Self {
        Self { over: clock::now(), patience: Duration::from_secs(if control { 6 } else { 45 }) }
    }

    fn left(&self) -> Duration {
        self.patience.saturating_sub(self.over.elapsed())
    }
}

/// Waits until all is at rest, writes down what there is, and judges it. `data` is the server's folder.
pub(crate) async fn close(devices: &[Arc<Device>], book: &Book, data: &Path, rest: Rest) -> Result<Report> {
    for device in devices {
        device.all_acked(rest.left()).await;
        // Nobody is caught up who waits for what was lost.
        let _late = tokio::time::timeout(rest.left(), device.client.caught_up()).await;
    }
    let mut log = store::log(data)?;
    while !at_heads(devices, &heads(&log)).await? && !rest.left().is_zero() {
        tokio::time::sleep(LOOK).await;
        log = store::log(data)?;
    }
    let heads = heads(&log);
    log.into_iter().for_each(|row| book.write(row));
    for device in devices {
        for room in joined(device).await? {
            write_down(device, &room, &heads, book, rest).await?;
        }
    }
    let report = check(&book.lines());
    ensure!(report.weighed(Invariant::I1) > 0, "nothing was acknowledged, so nothing was proven");
    Ok(report)
}

async fn write_down(
    device: &Device,
    room: &RoomView,
    heads: &BTreeMap<String, u64>,
    book: &Book,
    rest: Rest,
) -> Result<()> {
    let name = room.room.to_string();
    // Rooms of a run begin with everybody in them, or share what was said before.
    book.write(Event::Entitled { device: device.id.clone(), room: name.clone(), from: 1, due: 1, to: None });
    device.show(room.room, true).await?;
    book.write(Event::Rest {
        device: device.id.clone(),
        head: heads.get(&name).copied().unwrap_or(0),
        room: name,
        cursor: room.cursor.0,
        waiting: room.waiting as u64,
        after_ms: clock::ms(rest.over.elapsed()),
    });
    Ok(())
}

/// Rooms that a device is or was in: a stopped one counts, for what is in it is still shown.
async fn joined(device: &Device) -> Result<Vec<RoomView>> {
    let mut rooms = device.rooms().await?;
    rooms.retain(|room| matches!(room.state, RoomStanding::Joined | RoomStanding::Halted));
    Ok(rooms)
}

async fn at_heads(devices: &[Arc<Device>], heads: &BTreeMap<String, u64>) -> Result<bool> {
    for device in devices {
        for room in joined(device).await? {
            if heads.get(&room.room.to_string()).copied().unwrap_or(0) != room.cursor.0 || room.waiting > 0 {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The newest place of each room.
fn heads(log: &[Event]) -> BTreeMap<String, u64> {
    let mut heads = BTreeMap::new();
    for row in log {
        if let Event::LogRow { room, seq, .. } = row {
            let head = heads.entry(room.clone()).or_insert(0);
            *head = (*seq).max(*head);
        }
    }
    heads
}
