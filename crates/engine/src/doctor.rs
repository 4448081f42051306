//! Is this device well? Looks at what it holds, mends what can be mended by itself, and says the rest with what to do.

use securechat_ids::UnixMillis;
use securechat_proto::limits;

use crate::Cx;
use crate::engine::{Engine, EngineError};
use crate::memory::{
    Ended, RoomState, Wish, account_rows, history_rows, intent_rows, outbox_rows, repair_rows, room_rows,
};
use crate::work::Link;

/// Clocks further apart than this are to be set, milliseconds.
const CLOCKS_APART_MS: u64 = 2 * 60 * 1_000;
/// What waits longer than this to go out is worth a look, milliseconds.
const WAITS_LONG_MS: u64 = 10 * 60 * 1_000;
/// A room that this device came back into by itself is mentioned for so long, milliseconds.
const CAME_BACK_MS: u64 = 24 * 60 * 60 * 1_000;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The way to the server.
    Connection,
    /// Whether this machine and the server agree about the time.
    Clock,
    /// This device's database.
    Store,
    /// This person's devices.
    Chain,
    /// The team's list of devices.
    Log,
    /// Rooms.
    Rooms,
    /// What is on its way out.
    Outbox,
    /// What lets others add this device while it is away.
    KeyPackages,
    /// The server's identity.
    Certificate,
    /// This program and the server's.
    Version,
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// As it should be.
    Good,
    /// Was not, and has been mended.
    Fixed,
    /// Somebody should look at it.
    Attention,
    /// Does not work.
    Broken,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// How it is.
    pub state: Health,
    /// A sentence.
    pub sentence: String,
    /// What to do, as a sentence; empty where there is nothing to do.
    pub to_do: String,
}

impl Check {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Clock => "clock",
            Self::Store => "store",
            Self::Chain => "chain",
            Self::Log => "log",
            Self::Rooms => "rooms",
            Self::Outbox => "outbox",
            Self::KeyPackages => "key_packages",
            Self::Certificate => "certificate",
            Self::Version => "version",
        }
    }
}

impl Health {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Fixed => "fixed",
            Self::Attention => "attention",
            Self::Broken => "broken",
        }
    }

    /// Whether nobody needs to do anything.
    pub const fn is_well(self) -> bool {
        matches!(self, Self::Good | Self::Fixed)
    }
}

impl Finding {
    /// One thing found.
    pub fn new(check: Check, state: Health, sentence: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self { check, state, sentence: sentence.into(), to_do: to_do.into() }
    }

    /// As it should be.
    pub fn good(check: Check, sentence: impl Into<String>) -> Self {
        Self::new(check, Health::Good, sentence, "")
    }
}

impl Engine {
    /// Looks at everything this device holds and at what the server last said; mends what can be mended.
    ///
    /// # Errors
    /// [`EngineError`]; a database that is damaged is a finding where it can still be read.
    pub fn doctor(&mut self, cx: &mut Cx<'_>) -> Result<Vec<Finding>, EngineError> {
        self.step(cx, |engine, cx| {
            let mut found = vec![engine.clock(), engine.store()?, engine.chain()?, engine.log()];
            engine.look_at_rooms(&mut found, cx)?;
            engine.look_at_outbox(&mut found, cx.now)?;
            found.push(engine.key_packages(cx)?);
            Ok(found)
        })
    }

    fn clock(&self) -> Finding {
        let Some(greeted) = self.greeted else {
            let sentence = "this machine's clock was not compared: the server has not been heard yet";
            return Finding::new(Check::Clock, Health::Attention, sentence, "Look again with a connection.");
        };
        let apart_ms = greeted.here.0.abs_diff(greeted.there.0);
        if apart_ms <= CLOCKS_APART_MS {
            let seconds = apart_ms / 1_000;
            return Finding::good(
                Check::Clock,
                format!("this machine's clock is {seconds} s from the server's"),
            );
        }
        let which = if greeted.here > greeted.there { "ahead of" } else { "behind" };
        let sentence =
            format!("this machine's clock is {} min {which} the server's", apart_ms.div_ceil(60_000));
        let to_do =
            "Set the wrong one of the two: messages show the server's times, and key packages have a life.";
        Finding::new(Check::Clock, Health::Attention, sentence, to_do)
    }

    fn store(&self) -> Result<Finding, EngineError> {
        let says: String = self.conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        let version: i64 = self.conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if says != "ok" {
            let sentence = format!("this device's database is damaged: {}", crate::clean::clean_line(&says));
            let to_do = "Log in anew on this machine; your other devices and the archive have what was said.";
            return Ok(Finding::new(Check::Store, Health::Broken, sentence, to_do));
        }
        Ok(Finding::good(Check::Store, format!("this device's database is whole, of version {version}")))
    }

    fn chain(&self) -> Result<Finding, EngineError> {
        let Some(chain) = self.own_chain() else {
            let sentence = "the list of your devices has not come in yet";
            let to_do = "Look again with a connection.";
            return Ok(Finding::new(Check::Chain, Health::Attention, sentence, to_do));
        };
        let own = chain.devices().get(&self.me.device_id);
        if !own.is_some_and(|device| device.active) {
            let sentence = "this device is not on your list of devices any more";
            let to_do =
                "Log out here and log in anew, if it was you who revoked it; change your password if not.";
            return Ok(Finding::new(Check::Chain, Health::Broken, sentence, to_do));
        }
        let known = account_rows::read(&self.conn)?.map(|row| row.root16);
        if known.is_some_and(|root16| root16 != chain.root16()) {
            let sentence = "your account was begun anew since this device came to it";
            let to_do = "If that was not you, tell the team's owner at once.";
            return Ok(Finding::new(Check::Chain, Health::Attention, sentence, to_do));
        }
        let active = chain.devices().values().filter(|device| device.active).count();
        let sentence = format!("{active} of yours, this one among them; a recovery key is on the list");
        Ok(Finding::good(Check::Chain, sentence))
    }

    fn log(&self) -> Finding {
        let (here, there) = (self.registry.size(), self.log.size);
        if self.log.broken {
            let sentence = format!(
                "the server's list of devices is not the one this device has seen ({here} entries here)"
            );
            let to_do = "Ask the server's operator whether a backup was restored; compare safety numbers.";
            return Finding::new(Check::Log, Health::Broken, sentence, to_do);
        }
        if there > here {
            let sentence = format!("{here} of {there} entries of the list of devices are here");
            return Finding::new(Check::Log, Health::Attention, sentence, "Look again in a moment.");
        }
        let online = self.link == Link::Online;
        let agreed = if online { "and the server's list has the same root" } else { "all of them checked" };
        Finding::good(Check::Log, format!("{here} entries of the list of devices, {agreed}"))
    }

    fn look_at_rooms(&mut self, found: &mut Vec<Finding>, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let rows = room_rows::all(&self.conn)?;
        let before = found.len();
        let mut joined = 0;
        for row in &rows {
            let label = self.label(row, &rows)?;
            let repair = repair_rows::read(&self.conn, &row.room)?;
            let wished = intent_rows::next(&self.conn, &row.room)?.is_some();
            let of_room = |state, sentence: String, to_do: String| {
                Finding::new(Check::Rooms, state, format!("{label}: {sentence}"), to_do)
            };
            match row.state {
                RoomState::Listed | RoomState::Gone => continue,
                RoomState::Halted => {
                    let why = row.trouble.clone().unwrap_or_else(|| "stopped".to_owned());
                    let by_itself = repair.halt == Some(repair_rows::Halt::Desync);
                    let to_do = if by_itself {
                        format!(
                            "This device comes back by itself; at once with `securechat room repair '{label}'`."
                        )
                    } else {
                        format!(
                            "`securechat room repair '{label}'` tries again; an admin can make the room anew with `securechat room reset '{label}'`."
                        )
                    };
                    found.push(of_room(Health::Broken, why, to_do));
                }
                RoomState::Joining if !wished && self.link == Link::Online => {
                    intent_rows::insert_first(&self.conn, &row.room, &Wish::Join, &cx.message_id())?;
                    self.dirty.insert(row.room);
                    let sentence = "nothing led into this room any more; this device joins it now".to_owned();
                    found.push(of_room(Health::Fixed, sentence, String::new()));
                }
                RoomState::Joining => {
                    let to_do = "It goes on by itself with a connection.".to_owned();
                    found.push(of_room(Health::Attention, "on the way in".to_owned(), to_do));
                }
                RoomState::Joined => {
                    joined += 1;
                    if let Some(trouble) = &row.trouble {
                        let to_do = format!(
                            "Tell the room's people; `securechat room seen '{label}'` puts this away."
                        );
                        found.push(of_room(Health::Attention, trouble.clone(), to_do));
                    }
                    if repair.came_back.is_some_and(|at| at <= cx.now && cx.now.since(at) < CAME_BACK_MS) {
                        let sentence = "this device had stopped there and came back".to_owned();
                        found.push(of_room(Health::Fixed, sentence, String::new()));
                    }
                    if history_rows::read(&self.conn, &row.room)?
                        .is_some_and(|h| h.ended == Some(Ended::Owed))
                    {
                        let sentence = "what was said before waits for its key".to_owned();
                        let to_do = "It is read as soon as somebody else of the room is online.".to_owned();
                        found.push(of_room(Health::Good, sentence, to_do));
                    }
                    let owed = history_rows::owed(&self.conn, &row.room)?.len();
                    if owed > 0 {
                        let sentence = format!("{owed} keys of earlier times are to be told to newcomers");
                        let to_do = "That happens by itself with a connection.".to_owned();
                        found.push(of_room(Health::Good, sentence, to_do));
                    }
                }
            }
        }
        if found[before..].iter().all(|finding| finding.state.is_well()) {
            found.insert(before, Finding::good(Check::Rooms, format!("{joined} joined, none stopped")));
        }
        Ok(())
    }

    fn look_at_outbox(&self, found: &mut Vec<Finding>, now: UnixMillis) -> Result<(), EngineError> {
        let waiting = outbox_rows::standing(&self.conn)?;
        let failed = waiting.iter().filter(|(_, failed)| *failed).count();
        let old = waiting.iter().filter(|(at, failed)| !failed && now.since(*at) > WAITS_LONG_MS).count();
        if failed > 0 {
            let sentence = format!("{failed} of your messages did not go out");
            let to_do = "They stand in their rooms, with the reason: send them again or drop them.";
            found.push(Finding::new(Check::Outbox, Health::Attention, sentence, to_do));
        }
        if old > 0 {
            let sentence = format!("{old} of your messages have waited for more than ten minutes");
            let to_do = "They go out by themselves; look at the connection and at stopped rooms.";
            found.push(Finding::new(Check::Outbox, Health::Attention, sentence, to_do));
        }
        if failed + old == 0 {
            let sentence = match waiting.len() {
                0 => "nothing waits to go out".to_owned(),
                n => format!("{n} on the way out"),
            };
            found.push(Finding::good(Check::Outbox, sentence));
        }
        Ok(())
    }

    fn key_packages(&mut self, cx: &mut Cx<'_>) -> Result<Finding, EngineError> {
        let Some(greeted) = self.greeted.filter(|_| self.link == Link::Online) else {
            let sentence = "how many key packages the server has was not asked: there is no connection";
            return Ok(Finding::new(
                Check::KeyPackages,
                Health::Attention,
                sentence,
                "Look again with a connection.",
            ));
        };
        let left = greeted.key_packages_left;
        if left >= limits::KEY_PACKAGES_LOW && greeted.last_resort {
            return Ok(Finding::good(Check::KeyPackages, format!("the server has {left} and a last resort")));
        }
        // `Ready` had them filled up already, unless the server did not take them.
        self.refill_key_packages(left, greeted.last_resort, cx)?;
        let sentence = format!("the server had only {left} left; new ones were sent");
        Ok(Finding::new(Check::KeyPackages, Health::Fixed, sentence, ""))
    }
}
