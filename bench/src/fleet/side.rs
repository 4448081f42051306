//! One of the two servers with its sessions, and what both are asked alike.

use std::time::Duration;

use anyhow::Result;

use super::cost::Cost;
use super::floor::Floor;
use super::plan::rooms_of;
use super::population::{self, token};
use crate::ground::Ground;
use crate::server::Server;
use crate::swarm::{Entry, Pace, Speech, Swarm, Window};

/// People that the database of our server holds.
const PEOPLE: usize = 16_500;

/// A server, and the sessions that the bench has there.
pub(crate) struct Side {
    pub(crate) swarm: Swarm,
    process: Process,
}

enum Process {
    Ours(Server),
    Floor(Floor),
}

/// Our server and the floor, both on the disk, with nobody connected.
pub(crate) fn both(ground: &Ground, name: &str) -> Result<[Side; 2]> {
    let folder = ground.disk(name);
    std::fs::create_dir_all(&folder)?;
    let floor = Floor::start(&folder.join("floor.db"))?;
    let ours = ours(ground, name)?;
    Ok([
        Side { swarm: Swarm::new(Speech::Ours, ours.place().parse()?)?, process: Process::Ours(ours) },
        Side { swarm: Swarm::new(Speech::Floor, floor.address)?, process: Process::Floor(floor) },
    ])
}

fn ours(ground: &Ground, name: &str) -> Result<Server> {
    let filled = ground.memory("population");
    if !filled.exists() {
        // Once, for it to make its keys and its database.
        Server::start(&ground.program, &filled, "127.0.0.1:0")?.stop()?;
        population::fill(&population::database(&filled)?, PEOPLE)?;
    }
    let data = ground.disk(name).join("ours");
    crate::ground::copy(&filled, &data)?;
    Server::start(&ground.program, &data, "127.0.0.1:0")
}

impl Side {
    /// `ours` or `floor`.
    pub(crate) fn name(&self) -> &'static str {
        match self.process {
            Process::Ours(_) => "ours",
            Process::Floor(_) => "floor",
        }
    }

    /// Our server, if this is its side.
    pub(crate) fn server(&self) -> Option<&Server> {
        match &self.process {
            Process::Ours(server) => Some(server),
            Process::Floor(_) => None,
        }
    }

    /// What the server has cost so far.
    pub(crate) fn cost(&self) -> Result<Cost> {
        Cost::of(match &self.process {
            Process::Ours(server) => server.pid(),
            Process::Floor(floor) => floor.pid(),
        })
    }

    /// Brings in people until there are so many.
    pub(crate) fn fill_to(&mut self, people: usize) -> Result<()> {
        let entries: Vec<Entry> = (self.swarm.len()..people)
            .map(|person| Entry { token: token(person), rooms: rooms_of(person) })
            .collect();
        self.swarm.enter(&entries)
    }

    /// A window, and the processor time it cost the server.
    pub(crate) fn drive(
        &mut self,
        pace: &Pace<'_>,
        audience: u64,
        time: Duration,
    ) -> Result<(Window, Duration)> {
        let before = self.cost()?.cpu;
        let window = self.swarm.drive(pace, audience, time)?;
        Ok((window, self.cost()?.cpu - before))
    }
}
