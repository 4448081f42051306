//! kill -9 of the client's own program: while it sends, while it adds somebody to a room, while it joins one. Then the person
//! does what people do, the same thing again, and everything has to be as if nothing had happened.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use securechat_checker::Event;
use securechat_client::NewRoom;
use securechat_client::ids::RoomId;
use securechat_client::view::History;
use serde_json::Value;

use super::{Batch, Fault};
use crate::command::{Program, Victim};
use crate::device::Device;
use crate::history::Book;
use crate::judge::{self, Rest};
use crate::mount::copy_folder;
use crate::server::{Plan, Server, alarming_lines};
use crate::tally::Tally;
use crate::team::{Ground, Shape, rooms_of, until};
use crate::{clock, store};

pub(super) const FAULT: Fault = Fault {
    name: "client",
    about: "client killed (SIGKILL) while sending, adding, joining",
    unit: "kills",
    quick: 30,
    full: 1_000,
    batch: 30,
    control: "a device that does not keep what it has sealed, and seals again",
    control_count: 2,
    control_finds: |tally| tally.key_reuse > 0,
    bounds: &[],
    cannot: || None,
    run: |batch| Box::pin(run(batch)),
};

const SHAPE: Shape = Shape { people: 4, second_devices: 0, rooms: 1, through_proxies: false };
/// Lines that a killed sender was given.
const LINES: u64 = 8;

/// What is killed in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Doing {
    Sending,
    Adding,
    Joining,
}

async fn run(mut batch: Batch) -> Result<Tally> {
    let ground = batch.lab.team(SHAPE).await?.copy(batch.binary())?;
    let mut server = Server::start(&ground.plan).await?;
    let mut scene = Scene::set(&ground, &batch).await?;
    let mut tally = Tally::default();
    let mut number = batch.first;
    while tally.done < batch.count {
        number += 1;
        if batch.control {
            server = scene.forgetting(number, server, &ground.plan).await?;
            tally.done += 1;
            continue;
        }
        let doing = match number % 3 {
            0 => Doing::Sending,
            1 => Doing::Adding,
            _ => Doing::Joining,
        };
        if scene.turn(doing, number, &mut batch).await? {
            tally.done += 1;
        }
    }
    scene.judge(&ground, &batch, &mut tally).await?;
    server.stop().await?;
    Ok(tally)
}

/// Ana is at work in this process and sees everything; ben sends and adds, dan joins, cleo is added: each by the program.
struct Scene {
    book: Book,
    ana: Arc<Device>,
    room: RoomId,
    ben: Person,
    cleo: Person,
    dan: Person,
    scratch: std::path::PathBuf,
    /// How long each takes that is not killed, in milliseconds.
    spans: BTreeMap<Doing, u64>,
    /// Numbers for message ids, as the judge's ratchet steps.
    messages: BTreeMap<String, u32>,
}

struct Person {
    device: String,
    program: Program,
}

impl Scene {
    async fn set(ground: &Ground, batch: &Batch) -> Result<Self> {
        let book = Book::new();
        let ana = Arc::new(Device::open(&ground.path("ana"), &book)?);
        ana.client.caught_up().await?;
        let rooms = ana.rooms().await?;
        let room = rooms.iter().find(|room| room.label == "#room-0").context("the room")?.room;
        Ok(Self {
            room,
            ben: person(ground, batch, "ben").await?,
            cleo: person(ground, batch, "cleo").await?,
            dan: person(ground, batch, "dan").await?,
            scratch: ground.path("scratch"),
            spans: BTreeMap::new(),
            messages: BTreeMap::new(),
            book,
            ana,
        })
    }

    /// One turn; whether the program was killed before it had ended.
    async fn turn(&mut self, doing: Doing, number: u64, batch: &mut Batch) -> Result<bool> {
        let began = clock::now();
        let span = self.spans.get(&doing).copied();
        let killed = match doing {
            Doing::Sending => self.sending(number, span, batch).await?,
            Doing::Adding => self.adding(number, span, batch).await?,
            Doing::Joining => self.joining(number, span, batch).await?,
        };
        if let Some(ran) = killed.ran {
            self.spans.insert(doing, clock::ms(ran));
        }
        self.book.note(format!("{doing:?}, killed: {}, {} ms", killed.killed, clock::ms(began.elapsed())));
        Ok(killed.killed)
    }

    /// Ben sends lines and is killed; then he sends one more.
    async fn sending(&mut self, number: u64, span: Option<u64>, batch: &mut Batch) -> Result<Killed> {
        let lines: Vec<String> = (0..LINES).map(|line| format!("b{number}-{line}")).collect();
        for line in &lines {
            self.book.sent(&self.ben.device, &self.room.to_string(), line);
        }
        let victim = Victim::start(&self.ben.program, &["send", "#room-0", "-", "--json"], &lines)?;
        // By turns at a moment, and right after an acknowledgement, where most has just been promised.
        let killed = if number.is_multiple_of(2) && span.is_some() {
            kill_after_acks(victim, batch.chance.between(1, LINES)).await?
        } else {
            kill_in_time(victim, span, batch).await?
        };
        self.answers(&lines, &killed)?;
        self.note_outbox()?;
        self.say(&self.ben, "#room-0", self.room, &format!("after-{number}")).await?;
        Ok(killed)
    }

    /// What a killed sender had been told, line by line in their order.
    fn answers(&self, lines: &[String], killed: &Killed) -> Result<()> {
        let mut unanswered = lines.iter();
        for ack in &killed.said {
            let line = unanswered.next().context("more answers than lines")?;
            self.acked(line, ack)?;
        }
        for line in unanswered {
            self.book.write(Event::Unsure { message: line.clone(), reason: "the program was killed".into() });
        }
        Ok(())
    }

    /// The control: ben is killed with a message sealed that the server, which is gone too, never had. What was sealed is
    /// taken from his memory, so that he has to seal it again.
    async fn forgetting(&mut self, number: u64, mut server: Server, plan: &Plan) -> Result<Server> {
        let lines: Vec<String> = (0..LINES).map(|line| format!("b{number}-{line}")).collect();
        for line in &lines {
            self.book.sent(&self.ben.device, &self.room.to_string(), line);
        }
        let mut victim = Victim::start(&self.ben.program, &["send", "#room-0", "-", "--json"], &lines)?;
        victim.lines(1).await;
        server.hold().await?;
        victim.kill()?;
        server.kill()?;
        let killed = end(victim, clock::now(), false).await?;
        self.answers(&lines, &killed)?;
        self.note_outbox()?;
        store::forget_sealed(&self.ben.program.home)?;
        server = Server::start(plan).await?;
        self.ana.client.wake();
        self.say(&self.ben, "#room-0", self.room, &format!("after-{number}")).await?;
        Ok(server)
    }

    /// Ben makes a room and is killed while he adds ana and cleo; then he adds them again.
    async fn adding(&self, number: u64, span: Option<u64>, batch: &mut Batch) -> Result<Killed> {
        let (name, label) = (format!("add-{number}"), format!("#add-{number}"));
        self.ben.program.ok(&["room", "create", &name, "--private"]).await?;
        let add = ["room", "add", &label, "@ana", "@cleo"];
        let killed = kill_in_time(Victim::start(&self.ben.program, &add, &[])?, span, batch).await?;
        self.ben.program.ok(&add).await?;
        let members = self.ben.program.ok(&["room", "members", &label]).await?;
        ensure!(members.contains("@cleo") && members.contains("@ana"), "they are not in {label}: {members}");
        let room = self.room_of_ana(&label).await?;
        self.say(&self.ben, &label, room, &format!("added-{number}")).await?;
        self.say(&self.cleo, &label, room, &format!("thanks-{number}")).await?;
        Ok(killed)
    }

    /// Ana makes an open room and dan is killed while he joins it; then he joins it again.
    async fn joining(&self, number: u64, span: Option<u64>, batch: &mut Batch) -> Result<Killed> {
        let label = format!("#open-{number}");
        let new = NewRoom {
            name: format!("open-{number}"),
            topic: String::new(),
            open: true,
            history: History::Shared,
            people: Vec::new(),
        };
        let room = self.ana.client.create_room(new).await?;
        // Where it is stands in the team's room, sealed for the team.
        until("a new room is known to the team", async || {
            Ok(self.ana.client.wishes_waiting(room).await? == 0 && self.ana.client.nothing_waits().await?)
        })
        .await?;
        let join = ["room", "join", &label];
        let killed = kill_in_time(Victim::start(&self.dan.program, &join, &[])?, span, batch).await?;
        let again = self.dan.program.run(&join).await?;
        // He may be in it already.
        let rooms = self.dan.program.ok(&["rooms", "--json"]).await?;
        let is_in = rooms
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .any(|line| line["room"] == label.as_str() && line["state"] == "joined");
        ensure!(is_in, "dan is not in {label}: {}", crate::command::said(&again));
        self.say(&self.dan, &label, room, &format!("joined-{number}")).await?;
        self.ana.say(room, format!("welcome-{number}")).await?;
        Ok(killed)
    }

    /// Says one thing by the program, which has to be acknowledged.
    async fn say(&self, who: &Person, label: &str, room: RoomId, text: &str) -> Result<()> {
        self.book.sent(&who.device, &room.to_string(), text);
        let said = who.program.ok(&["send", label, text, "--json"]).await?;
        self.acked(text, &serde_json::from_str(said.lines().next().context("no acknowledgement")?)?)
    }

    fn acked(&self, message: &str, ack: &Value) -> Result<()> {
        let seq = ack["seq"].as_u64().context("an acknowledgement without a place")?;
        self.book.acked(message, ack["id"].as_str().map(str::to_owned), seq);
        Ok(())
    }

    async fn room_of_ana(&self, label: &str) -> Result<RoomId> {
        until("ana sees the room", async || Ok(self.ana.client.find_room(label).await.is_ok())).await?;
        Ok(self.ana.client.find_room(label).await?)
    }

    /// What ben keeps to send it: from now on this, and nothing else, may go out under these keys.
    fn note_outbox(&mut self) -> Result<()> {
        let copy = self.scratch.join("outbox");
        fresh_copy(&self.ben.program.home, &copy)?;
        for sealed in store::outbox(&copy)? {
            self.ciphertext(&sealed);
        }
        Ok(())
    }

    fn ciphertext(&mut self, sealed: &store::Sealed) {
        let next = u32::try_from(self.messages.len()).unwrap_or(u32::MAX);
        let generation = *self.messages.entry(sealed.message_id.clone()).or_insert(next);
        let mut hash = DefaultHasher::new();
        sealed.bytes.hash(&mut hash);
        self.book.write(Event::Ciphertext {
            room: format!("outbox of {}", self.ben.device),
            epoch: sealed.epoch,
            leaf: 0,
            generation,
            hash: format!("{:016x}", hash.finish()),
        });
    }

    /// Everybody comes to work in this process, to be looked at.
    async fn judge(mut self, ground: &Ground, batch: &Batch, tally: &mut Tally) -> Result<()> {
        for sealed in store::published(&ground.plan.data, &self.ben.device)? {
            if self.messages.contains_key(&sealed.message_id) {
                self.ciphertext(&sealed);
            }
        }
        let mut devices = vec![Arc::clone(&self.ana)];
        for person in [&self.ben, &self.cleo, &self.dan] {
            devices.push(Arc::new(Device::open(&person.program.home, &self.book)?));
        }
        for device in &devices {
            ensure!(!rooms_of(device).await?.is_empty(), "somebody is in no room any more");
        }
        let report = judge::close(&devices, &self.book, &ground.plan.data, Rest::now(batch.control)).await?;
        tally.judge(&report, self.book.acks());
        for line in alarming_lines(&ground.plan.log, false) {
            tally.broken(format!("the server's log: {line}"));
        }
        drop(self);
        for device in devices {
            if let Ok(device) = Arc::try_unwrap(device) {
                device.close().await;
            }
        }
        Ok(())
    }
}

async fn person(ground: &Ground, batch: &Batch, name: &str) -> Result<Person> {
    let program = Program { binary: batch.binary().to_owned(), home: ground.path(name) };
    let who: Value = serde_json::from_str(&program.ok(&["whoami", "--json"]).await?)?;
    let device = who["device"].as_str().context("a device")?.to_owned();
    Ok(Person { device, program })
}

fn fresh_copy(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    std::fs::create_dir_all(to)?;
    copy_folder(from, to)
}

/// How a turn's program ended.
struct Killed {
    killed: bool,
    /// How long it ran, where it ran to its end.
    ran: Option<Duration>,
    /// Its lines.
    said: Vec<Value>,
}

/// Kills at a moment of its usual span; where that is not known yet, it is let run and measured.
async fn kill_in_time(mut victim: Victim, span: Option<u64>, batch: &mut Batch) -> Result<Killed> {
    let began = clock::now();
    if let Some(span) = span {
        let moment = Duration::from_micros(batch.chance.between(0, span * 1_000));
        // The moment is the fault: wherever the program is by then.
        tokio::time::sleep(moment).await;
        victim.kill()?;
    }
    end(victim, began, span.is_none()).await
}

async fn kill_after_acks(mut victim: Victim, acks: u64) -> Result<Killed> {
    let began = clock::now();
    victim.lines(usize::try_from(acks)?).await;
    victim.kill()?;
    end(victim, began, false).await
}

async fn end(victim: Victim, began: std::time::Instant, measure: bool) -> Result<Killed> {
    let (status, said): (ExitStatus, Vec<String>) = victim.end().await?;
    let killed = status.signal() == Some(9);
    ensure!(killed || status.success(), "the program failed by itself: {status}");
    let said = said.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    Ok(Killed { killed, ran: measure.then(|| began.elapsed()), said })
}
