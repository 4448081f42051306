//! A network that cuts connections at each byte of the handshake and of the first 64 KiB, stalls them, leaves them half open.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use securechat_client::ids::RoomId;

use super::{Batch, Bound, Fault};
use crate::chance::Chance;
use crate::clock;
use crate::device::{Device, Heard};
use crate::history::Book;
use crate::judge::{self, Rest};
use crate::proxy::{Act, Proxy, Strike, Toward};
use crate::server::{Server, alarming_lines};
use crate::tally::Tally;
use crate::team::{Ground, Shape, Template, rooms_of};

pub(super) const FAULT: Fault = Fault {
    name: "tcp",
    about: "connection cut at a byte, stalled, half open",
    unit: "faults",
    quick: 1_000,
    full: 100_000,
    batch: 250,
    control: "a history from which one acknowledged message was taken",
    control_count: 16,
    control_finds: |tally| tally.lost > 0,
    bounds: &[Bound { name: "healed", percent: 99, ms_max: 2_000 }],
    cannot: || None,
    run: |batch| Box::pin(run(batch)),
};

/// Devices, each with a proxy and a room shared with all.
const SHAPE: Shape = Shape { people: 8, second_devices: 0, rooms: 0, through_proxies: true };
/// TLS, the upgrade, `Hello` and its answer lie within this many bytes either way.
const HANDSHAKE: u64 = 8 * 1024;
const FIRST: u64 = 64 * 1024;
/// Text of one message, so that 64 KiB are soon full.
const TEXT_BYTES: usize = 3_000;
const PATIENCE: Duration = Duration::from_secs(45);

async fn run(batch: Batch) -> Result<Tally> {
    let template = batch.lab.team(SHAPE).await?;
    let ground = template.copy(batch.binary())?;
    let server = Server::start(&ground.plan).await?;
    let book = Book::new();
    let lanes = template.proxies.len() as u64;
    let mut running = Vec::new();
    for lane in 0..lanes {
        let mut chance = batch.chance.clone();
        let numbers: Vec<u64> = (0..batch.count).filter(|number| number % lanes == lane).collect();
        let strikes = numbers.into_iter().map(|number| strike(batch.first + number, &mut chance)).collect();
        let home = ground.path(&ground.homes()[usize::try_from(lane)?]);
        let (template, book) = (Arc::clone(&template), book.clone());
        let lane = Lane { template, number: usize::try_from(lane)?, home, book, strikes };
        running.push(tokio::spawn(lane.run()));
    }
    let mut tally = Tally::default();
    for lane in running {
        tally.add(lane.await??);
    }
    finish(&batch, &ground, &book, &mut tally).await?;
    server.stop().await?;
    Ok(tally)
}

async fn finish(batch: &Batch, ground: &Ground, book: &Book, tally: &mut Tally) -> Result<()> {
    let devices = ground.devices(book)?;
    let report = judge::close(&devices, book, &ground.plan.data, Rest::now(false)).await?;
    if batch.control {
        let mut lines = book.lines();
        take_one(&mut lines);
        tally.judge(&securechat_checker::check(&lines), book.acks());
    } else {
        tally.judge(&report, book.acks());
        for line in alarming_lines(&ground.plan.log, false) {
            tally.broken(format!("the server's log: {line}"));
        }
    }
    for device in devices {
        if let Ok(device) = Arc::try_unwrap(device) {
            device.close().await;
        }
    }
    Ok(())
}

/// The control: what one device shows lacks a message that was acknowledged.
fn take_one(lines: &mut [securechat_checker::Line]) {
    for line in lines {
        if let securechat_checker::Event::Shown { entries, .. } = &mut line.event
            && entries.pop().is_some()
        {
            return;
        }
    }
}

/// The fault of a number: either way by turns, first through every byte of the handshake, then through the rest, and then
/// again in longer strides.
fn strike(number: u64, chance: &mut Chance) -> Strike {
    const STRIDE: u64 = 17;
    let toward = if number.is_multiple_of(2) { Toward::Server } else { Toward::Client };
    let place = number / 2;
    // Every other one in the handshake: primes to their ranges, so that each byte comes once before one comes twice.
    let at = if place.is_multiple_of(2) {
        (place / 2 * STRIDE) % HANDSHAKE
    } else {
        HANDSHAKE + (place / 2 * STRIDE * STRIDE) % (FIRST - HANDSHAKE)
    };
    let act = match chance.between(0, 20) {
        0..10 => Act::Reset,
        10..15 => Act::End,
        15..18 => Act::Stall(Duration::from_millis(chance.between(50, 1_000))),
        _ => Act::HalfOpen(Duration::from_millis(chance.between(50, 1_000))),
    };
    Strike { toward, at, act }
}

/// One device with its proxy, through its faults one after the other.
struct Lane {
    template: Arc<Template>,
    number: usize,
    home: std::path::PathBuf,
    book: Book,
    strikes: Vec<Strike>,
}

impl Lane {
    async fn run(self) -> Result<Tally> {
        let mut tally = Tally::default();
        let proxy = &self.template.proxies[self.number];
        let mut heard: Option<Arc<Heard>> = None;
        for (number, strike) in self.strikes.iter().enumerate() {
            proxy.arm(*strike);
            let device = match &heard {
                None => Device::open(&self.home, &self.book)?,
                Some(heard) => Device::open_again(&self.home, &self.book, heard)?,
            };
            let room = *rooms_of(&device).await?.first().context("a room")?;
            let struck = self.talk_until_struck(&device, room, proxy, number, *strike).await?;
            match struck {
                Some(over) => {
                    let healed = device.healed(PATIENCE).await;
                    let took = clock::ms(over.elapsed());
                    tally.time("healed", took);
                    tally.done += 1;
                    if !healed {
                        tally.broken(format!("not healed {took} ms after {strike:?}"));
                    }
                }
                None => {
                    proxy.disarm();
                    tally.broken(format!("no connection came to {strike:?}"));
                }
            }
            heard = Some(device.close().await);
        }
        Ok(tally)
    }

    /// Says enough for the fault's byte to be reached; when it was over.
    async fn talk_until_struck(
        &self,
        device: &Device,
        room: RoomId,
        proxy: &Proxy,
        number: usize,
        strike: Strike,
    ) -> Result<Option<std::time::Instant>> {
        let end = clock::now() + PATIENCE;
        for piece in 0_u64.. {
            let long = if strike.at > HANDSHAKE { TEXT_BYTES } else { 20 };
            let text = format!("{}-{number}-{piece} {}", &device.id[..8], "x".repeat(long));
            device.say(room, text).await?;
            // Either the fault strikes, or what was said has passed and there is room for more.
            tokio::select! {
                over = proxy.healed(PATIENCE) => return Ok(over),
                _passed = device.all_acked(PATIENCE) => {}
            }
            if clock::now() > end {
                break;
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_full_run_strikes_every_byte_of_the_handshake_both_ways() {
        let mut chance = Chance::new(1);
        let mut struck = BTreeSet::new();
        for number in 0..100_000 {
            let strike = strike(number, &mut chance);
            assert!(strike.at < FIRST);
            struck.insert((strike.toward == Toward::Server, strike.at));
        }
        let in_handshake = struck.iter().filter(|(_, at)| *at < HANDSHAKE).count() as u64;
        assert_eq!(in_handshake, 2 * HANDSHAKE);
        assert!(struck.len() as u64 > 2 * HANDSHAKE + 40_000);
    }
}
