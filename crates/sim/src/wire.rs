//! What moves between two steps: frames one way or the other, timers, connections that come back. Which one is next is
//! chance; within one connection, order holds, as TCP has it.

use securechat_checker::Event;
use securechat_delivery::Wake;
use securechat_ids::{DeviceId, MessageId, RoomId, UnixMillis};
use securechat_proto::frame::{Answer, ClientFrame, Request, ServerFrame};
use securechat_testkit::DeviceNumber;

use crate::Control;
use crate::rights::{Era, served};
use crate::world::World;

/// What a server lets pile up for a device that takes nothing in, in frames: then it closes the connection.
const PILE_MAX: usize = 64;

/// One thing that can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    Up(DeviceNumber),
    Down(DeviceNumber),
    Late(usize),
    Timer(DeviceNumber),
    Return(DeviceNumber),
}

impl World {
    /// Lets up to so many moves happen. `false` when nothing can happen but by waiting for longer than `patience_ms`.
    pub(crate) fn advance(&mut self, moves: usize, patience_ms: u64) -> bool {
        for _ in 0..moves {
            if !self.one(patience_ms) {
                return false;
            }
        }
        true
    }

    fn one(&mut self, patience_ms: u64) -> bool {
        self.over();
        let mut moves = self.possible();
        if moves.is_empty() {
            let Some(next) = self.next_due() else { return false };
            if next.since(self.team.now) > patience_ms {
                return false;
            }
            self.team.now = next.max(self.team.now);
            self.over();
            moves = self.possible();
            if moves.is_empty() {
                return true;
            }
        }
        let chosen = moves[self.dice.below(moves.len())];
        self.team.now = self.team.now.plus(self.dice.below(12) as u64);
        match chosen {
            Move::Up(device) => self.up(device),
            Move::Down(device) => self.down(device),
            Move::Late(number) => {
                let (device, frame) = self.late.remove(number);
                let what = asked(&frame);
                let (_, wakes) = self.serve(device, frame);
                self.note(format!("{what} of {} arrives late", self.seats[device].name));
                self.wake(wakes);
            }
            Move::Timer(device) => self.timer(device),
            Move::Return(device) => self.connect(device),
        }
        true
    }

    /// Ends what lasts for a time only.
    fn over(&mut self) {
        if self.busy_until.is_some_and(|until| until <= self.team.now) {
            self.busy_until = None;
            self.team.server.refuse_writes = None;
        }
    }

    fn possible(&self) -> Vec<Move> {
        let (mut moves, now) = (Vec::new(), self.team.now);
        for (device, seat) in self.seats.iter().enumerate() {
            if !self.team.requests(device).is_empty() {
                moves.push(Move::Up(device));
            }
            if !self.team.answers(device).is_empty() && seat.slow_until <= now {
                moves.push(Move::Down(device));
            }
            if self.timer_at(device).is_some_and(|at| at <= now) {
                moves.push(Move::Timer(device));
            }
            if seat.back_at.is_some_and(|at| at <= now) {
                moves.push(Move::Return(device));
            }
        }
        moves.extend((0..self.late.len()).map(Move::Late));
        moves
    }

    /// When an engine's timer is due, by the team's clock.
    fn timer_at(&self, device: DeviceNumber) -> Option<UnixMillis> {
        if !self.team.is_online(device) {
            return None;
        }
        let at = self.team.engine(device).next_timeout()?;
        Some(UnixMillis(at.0.saturating_add_signed(-self.team.ahead_ms(device))))
    }

    fn next_due(&self) -> Option<UnixMillis> {
        let of_one = |(device, seat): (usize, &crate::world::Seat)| {
            let slow = (!self.team.answers(device).is_empty()).then_some(seat.slow_until);
            [self.timer_at(device), seat.back_at, slow]
        };
        let all = self.seats.iter().enumerate().flat_map(of_one).chain([self.busy_until]);
        all.flatten().min()
    }

    fn timer(&mut self, device: DeviceNumber) {
        let done = self.team.with(device, |engine, cx| engine.timeout(cx));
        self.went(device, "a timer", done);
        let again = self.timer_at(device);
        if again.is_some_and(|at| at <= self.team.now) {
            self.broken
                .push(crate::Broken::Circle(format!("a timer of {} stays due", self.seats[device].name)));
        }
        self.collect(device);
    }

    /// One request reaches the server, and its answer goes onto the wire.
    pub(crate) fn up(&mut self, device: DeviceNumber) {
        let Some(frame) = self.team.take_request(device) else { return };
        let what = asked(&frame);
        let (answer, wakes) = self.serve(device, frame);
        self.note(format!("{} asks {what}: {}", self.seats[device].name, said(&answer)));
        self.team.put_answer(device, answer);
        self.wake(wakes);
    }

    /// The server does what is asked; whatever it keeps is seen at once, as a crash would leave it.
    pub(crate) fn serve(&mut self, device: DeviceNumber, frame: ClientFrame) -> (ServerFrame, Vec<Wake>) {
        let frame = self.before(device, frame);
        let request = frame.request.clone();
        let (mut answer, wakes) = self.team.serve_quietly(device, frame);
        if let Some(request) = request {
            self.kept(device, &request, &answer);
            self.after(device, &request, &mut answer);
        }
        (answer, wakes)
    }

    fn kept(&mut self, device: DeviceNumber, request: &Request, answer: &ServerFrame) {
        let by = self.team.device_id(device);
        match (request, &answer.answer) {
            (Request::Publish(asked), Some(Answer::Published(_))) => {
                let (Ok(room), Ok(id)) =
                    (RoomId::try_from(asked.room.as_ref()), MessageId::try_from(asked.message_id.as_ref()))
                else {
                    return;
                };
                if let Some(seq) = self.team.server.place(&room, &by, &id) {
                    let room = self.title(&room);
                    self.saw(Event::Kept { room, seq: seq.0 });
                }
            }
            (Request::Commit(asked), Some(Answer::Committed(done))) => {
                self.note_era(asked.room.as_ref(), done.seq, by);
            }
            (Request::CreateRoom(asked), Some(Answer::Done(_))) => self.note_era(asked.room.as_ref(), 0, by),
            (Request::Leave(asked), Some(Answer::Done(_))) => {
                let room = RoomId::try_from(asked.room.as_ref()).ok();
                let roster = room.and_then(|room| Some((room, self.team.server.roster(&room)?)));
                if let Some((room, roster)) = roster {
                    self.rights.note(room, Era { seq: roster.head.0, by, roster });
                }
            }
            _ => {}
        }
    }

    fn note_era(&mut self, room: &[u8], seq: u64, by: DeviceId) {
        let Ok(room) = RoomId::try_from(room) else { return };
        self.title(&room);
        if self.rights.eras(&room).iter().any(|era| era.seq == seq) {
            return;
        }
        if let Some(roster) = self.team.server.roster(&room) {
            self.rights.note(room, Era { seq, by, roster });
        }
    }

    /// Everybody whom it concerns hears of it; who takes nothing in for too long is closed on.
    pub(crate) fn wake(&mut self, mut wakes: Vec<Wake>) {
        self.told_too(&mut wakes);
        self.team.wake(wakes);
        for device in 0..self.seats.len() {
            if self.team.answers(device).len() > PILE_MAX {
                self.note(format!("{} is too slow", self.seats[device].name));
                self.part(device);
            }
        }
    }

    /// One frame reaches a device.
    pub(crate) fn down(&mut self, device: DeviceNumber) {
        let Some(frame) = self.team.take_answer(device) else { return };
        let frame = self.on_the_way(device, frame);
        self.given(device, &frame);
        self.note(format!("{} hears {}", self.seats[device].name, said(&frame)));
        let taken = self.team.take_in(device, frame);
        self.went(device, "taking in a frame", taken);
        self.collect(device);
    }

    /// Writes down what the server hands out.
    fn given(&mut self, device: DeviceNumber, frame: &ServerFrame) {
        let rows: Vec<(Vec<u8>, u64)> = match &frame.answer {
            Some(Answer::Event(event)) => vec![(event.room.to_vec(), event.seq)],
            Some(Answer::Events(page)) => {
                page.events.iter().map(|event| (event.room.to_vec(), event.seq)).collect()
            }
            Some(Answer::Inbox(page)) => {
                let welcomes: Vec<_> = page.items.iter().map(|item| (item.room.to_vec(), item.seq)).collect();
                for (room, seq) in welcomes {
                    if let Ok(room) = RoomId::try_from(room.as_slice()) {
                        let (device, room) = (self.name(device), self.title(&room));
                        self.saw(Event::Welcomed { device, room, seq });
                    }
                }
                return;
            }
            _ => return,
        };
        let name = served(&self.seats[device].name);
        for (room, seq) in rows {
            if let Ok(room) = RoomId::try_from(room.as_slice()) {
                let room = self.title(&room);
                self.saw(Event::Delivered { device: name.clone(), room, seq });
            }
        }
    }

    /// The real server, unless a control has it otherwise.
    pub(crate) fn is_control(&self, control: Control) -> bool {
        self.control == Some(control)
    }
}

/// A request in one word, and what of it is the same in every run of the seed.
pub(crate) fn asked(frame: &ClientFrame) -> String {
    match &frame.request {
        Some(Request::Publish(asked)) => format!("Publish in epoch {}", asked.base_epoch),
        Some(Request::Commit(asked)) => format!("Commit on epoch {}", asked.base_epoch),
        Some(Request::Fetch(asked)) => format!("Fetch from {} before {}", asked.from_seq, asked.before_seq),
        Some(other) => word(&format!("{other:?}")),
        None => "nothing".into(),
    }
}

/// An answer likewise.
pub(crate) fn said(frame: &ServerFrame) -> String {
    match &frame.answer {
        Some(Answer::Published(at)) => format!("Published at {}", at.seq),
        Some(Answer::Committed(at)) => format!("Committed at {}", at.seq),
        Some(Answer::Event(event)) => format!("Event at {} of epoch {}", event.seq, event.epoch),
        Some(Answer::Events(page)) => format!("{} Events, head {}", page.events.len(), page.head_seq),
        Some(Answer::Refused(refused)) => format!("Refused {}", refused.code),
        Some(other) => word(&format!("{other:?}")),
        None => "nothing".into(),
    }
}

fn word(debug: &str) -> String {
    debug.chars().take_while(|c| c.is_alphanumeric()).collect()
}
