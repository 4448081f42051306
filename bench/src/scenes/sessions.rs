//! What it costs that people are there, come back, and catch up.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use bytes::Bytes;
use securechat_proto::frame::{Answer, Fetch, Request};
use securechat_proto::limits::FETCH_EVENTS_MAX;

use crate::clock::{self, ms_since};
use crate::figure::{Figure, Goal};
use crate::fleet::{
    LONG_MESSAGES, LONG_PERSON, LONG_ROOM, MANY_PERSON, MANY_ROOMS, SPEAKERS, Side, both, socket_bytes,
};
use crate::ground::Ground;
use crate::swarm::{Pace, room_id};

const NAME: &str = "sessions";
/// Sessions from which memory is counted, so that what a server needs for itself is not.
const FIRST: usize = 1_000;
const IDLE: usize = 5_000;
const CROWD: usize = 15_000;
/// Time for a server to put away what only coming in took.
const SETTLE: Duration = Duration::from_secs(2);
/// How long little is said, beside idle sessions and without.
const SPARSE: Duration = Duration::from_secs(9);
/// Times that somebody catches up, or comes in with many rooms.
const TIMES: usize = 20;

/// Everything that concerns sessions.
pub(super) fn measure(ground: &Ground) -> Result<Vec<Figure>> {
    let [mut ours, mut floor] = both(ground, NAME)?;
    let mut figures = Vec::new();
    figures.extend(idle(&mut ours)?);
    // One process has not enough file descriptors for both crowds.
    ours.swarm.truncate(FIRST);
    figures.extend(catch_up(&mut ours)?);
    figures.extend(many_rooms(&mut ours)?);
    ours.swarm.truncate(0);
    figures.extend(idle(&mut floor)?);
    Ok(figures)
}

fn idle(side: &mut Side) -> Result<Vec<Figure>> {
    let is_ours = side.server().is_some();
    let name = side.name();
    side.fill_to(FIRST)?;
    let alone = sparse(side)?;
    let mut figures = Vec::new();
    let first = settled(side)?;
    for crowd in [IDLE, CROWD] {
        let before = side.cost()?.cpu;
        let came = crowd - side.swarm.len();
        side.fill_to(crowd)?;
        let cpu_ms = (side.cost()?.cpu - before).as_secs_f64() * 1_000.0 / float(came);
        let (resident, sockets) = settled(side)?;
        let new = float(crowd - FIRST);
        let kib = (float_of(resident) - float_of(first.0)) / new / 1_024.0;
        let figure =
            |what: &str, value, unit| Figure::new(NAME, format!("{crowd} idle: {name}, {what}"), value, unit);
        let memory = figure("memory of each", kib, "KiB");
        let resume = figure("CPU to come in, each", cpu_ms, "ms");
        figures.push(if is_ours { memory.with_goal(Goal::AtMost(10_000.0 / 1_024.0)) } else { memory });
        if let Some((sockets, first)) = sockets.zip(first.1) {
            // The other half is the bench's own.
            let kib = (float_of(sockets) - float_of(first)) / new / 2.0 / 1_024.0;
            figures.push(figure("the kernel's objects of each", kib, "KiB"));
        }
        figures.push(if is_ours { resume.with_goal(Goal::AtMost(0.5)) } else { resume });
        if crowd == IDLE {
            let more = (sparse(side)? / alone - 1.0) * 100.0;
            let beside = figure("what they add to a room of 100 at 20/s", more, "%");
            figures.push(if is_ours { beside.with_goal(Goal::AtMost(10.0)) } else { beside });
        }
    }
    Ok(figures)
}

/// Processor time of a delivery where little is said.
fn sparse(side: &mut Side) -> Result<f64> {
    let speakers: Vec<(usize, u16)> = (0..SPEAKERS).map(|person| (person, 100)).collect();
    let (window, cpu) = side.drive(&Pace::Open { speakers: &speakers, per_second: 20.0 }, 100, SPARSE)?;
    Ok(cpu.as_secs_f64() / float_of(window.deliveries))
}

/// Resident bytes of the server and bytes of the kernel's objects for sockets, when nothing has been done for a while.
fn settled(side: &mut Side) -> Result<(u64, Option<u64>)> {
    side.swarm.drive(&Pace::Silent, 0, SETTLE)?;
    Ok((side.cost()?.resident, socket_bytes()))
}

/// A room's 10,000 messages, page after page, as a device reads them that was away.
fn catch_up(ours: &mut Side) -> Result<Vec<Figure>> {
    let before = ours.cost()?.cpu;
    let mut walls = Vec::new();
    let mut id = 1_000_000;
    for _ in 0..TIMES {
        let begun = clock::now();
        for page in 0..LONG_MESSAGES / FETCH_EVENTS_MAX as u64 {
            id += 1;
            let fetch = Fetch {
                room: Bytes::copy_from_slice(room_id(LONG_ROOM).as_bytes()),
                from_seq: page * FETCH_EVENTS_MAX as u64 + 1,
                limit: u32::try_from(FETCH_EVENTS_MAX)?,
                before_seq: 0,
            };
            let Answer::Events(events) = ours.swarm.ask(LONG_PERSON, id, Request::Fetch(fetch))? else {
                bail!("another answer than events");
            };
            ensure!(events.events.len() == FETCH_EVENTS_MAX, "{} events", events.events.len());
        }
        walls.push(ms_since(begun));
    }
    let cpu_ms = (ours.cost()?.cpu - before).as_secs_f64() * 1_000.0 / float(TIMES);
    Ok(vec![
        Figure::new(NAME, "catch-up of 10,000: CPU", cpu_ms, "ms").with_goal(Goal::AtMost(50.0)),
        Figure::of_repeats(NAME, "catch-up of 10,000: from first to last page", walls, "ms")
            .with_goal(Goal::AtMost(100.0)),
    ])
}

/// Hello of somebody who is in a thousand rooms.
fn many_rooms(ours: &mut Side) -> Result<Vec<Figure>> {
    let before = ours.cost()?.cpu;
    let mut walls = Vec::new();
    for id in 0..TIMES {
        let begun = clock::now();
        let rooms = ours.swarm.greet(MANY_PERSON, 2_000_000 + id as u64)?;
        walls.push(ms_since(begun));
        ensure!(rooms >= usize::from(MANY_ROOMS), "{rooms} rooms");
    }
    let cpu_ms = (ours.cost()?.cpu - before).as_secs_f64() * 1_000.0 / float(TIMES);
    Ok(vec![
        Figure::new(NAME, "hello with 1,000 rooms: CPU", cpu_ms, "ms"),
        Figure::of_repeats(NAME, "hello with 1,000 rooms: until it is answered", walls, "ms"),
    ])
}

fn float(count: usize) -> f64 {
    float_of(count as u64)
}

fn float_of(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let float = count as f64;
    float
}
