//! A team that talks without pause, everybody in every room.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Batch;
use crate::device::Device;
use crate::history::Book;
use crate::judge::{self, Rest};
use crate::server::{Plan, alarming_lines, last_lines};
use crate::tally::Tally;
use crate::team::{Ground, Shape, rooms_of};

/// Four people, one with two devices, in two rooms.
pub(super) const TALKERS: Shape = Shape { people: 4, second_devices: 1, rooms: 1, through_proxies: false };
/// Messages of one device and room that wait at once.
const AT_ONCE: usize = 4;
/// A server that is up answers sooner than this, whatever else the machine does.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Devices that talk.
pub(super) struct Load {
    pub(super) book: Book,
    pub(super) devices: Vec<Arc<Device>>,
    log: PathBuf,
    patience: Duration,
    stop: watch::Sender<bool>,
    talking: Vec<JoinHandle<Result<(), securechat_client::Failure>>>,
}

impl Load {
    /// Everybody begins to talk.
    pub(super) async fn begin(ground: &Ground, batch: &Batch) -> Result<Self> {
        let book = Book::new();
        let devices = ground.devices(&book)?;
        let (log, stop) = (ground.plan.log.clone(), watch::Sender::new(false));
        // Where promises are broken on purpose, talk comes to an end, and nobody waits long for it.
        let patience = if batch.control { Duration::from_secs(8) } else { PATIENCE };
        let mut load = Self { book, devices, log, patience, stop, talking: Vec::new() };
        load.go_on().await?;
        Ok(load)
    }

    /// Everybody who is still here talks again.
    pub(super) async fn go_on(&mut self) -> Result<()> {
        self.stop.send_replace(false);
        for device in &self.devices {
            for room in rooms_of(device).await? {
                self.talking.push(device.talk(room, AT_ONCE, &self.stop.subscribe()));
            }
        }
        Ok(())
    }

    /// Waits until so many more messages were acknowledged.
    pub(super) async fn acks(&self, count: u64) -> Result<()> {
        let came = self.book.more_acks(count, self.patience).await;
        ensure!(came, "nothing is acknowledged any more; the server's log: {}", last_lines(&self.log));
        Ok(())
    }

    /// Lets a server that breaks its promises do so: as long as it acknowledges, but not for long.
    pub(super) async fn lies(&self) {
        let _silent = self.book.more_acks(40, Duration::from_secs(5)).await;
    }

    /// The network says that it is back, as a system does: nobody waits for a timer.
    pub(super) fn wake(&self) {
        self.devices.iter().for_each(|device| device.client.wake());
    }

    /// Nobody begins a new message; why somebody stopped before, if so.
    pub(super) async fn stop(&mut self) -> Vec<String> {
        self.stop.send_replace(true);
        let mut reasons = Vec::new();
        for talking in std::mem::take(&mut self.talking) {
            match talking.await {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => reasons.push(failure.to_string()),
                Err(panic) => reasons.push(panic.to_string()),
            }
        }
        reasons
    }

    /// Everybody stops and comes to rest, and the judge looks at all of it.
    pub(super) async fn judge(mut self, batch: &Batch, plan: &Plan, tally: &mut Tally) -> Result<()> {
        for reason in self.stop().await {
            tally.broken(format!("somebody could not go on talking: {reason}"));
        }
        self.wake();
        let report = judge::close(&self.devices, &self.book, &plan.data, Rest::now(batch.control)).await?;
        tally.judge(&report, self.book.acks());
        for line in alarming_lines(&plan.log, false) {
            tally.broken(format!("the server's log: {line}"));
        }
        self.close().await;
        Ok(())
    }

    /// Ends all devices.
    pub(super) async fn close(self) {
        for device in self.devices {
            if let Ok(device) = Arc::try_unwrap(device) {
                device.close().await;
            }
        }
    }
}
