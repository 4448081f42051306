//! What the world does to people: connections, processes, disks and clocks fail.

use securechat_engine::Hold;
use securechat_proto::{Code, Refusal};
use securechat_testkit::DeviceNumber;

use crate::Control;
use crate::script::Fault;
use crate::wire::asked;
use crate::world::World;

/// How far clocks jump, in milliseconds.
const JUMPS_MS: [i64; 8] = [-3_600_000, -600_000, -5_000, 0, 0, 5_000, 600_000, 3_600_000];

impl World {
    pub(crate) fn strike(&mut self, fault: Fault) {
        match fault {
            Fault::CrashServer => self.crash_server(),
            Fault::CrashUnheard => self.crash_unheard(),
            Fault::ServerFull => self.fill_server(),
            Fault::Free => self.free(),
            Fault::Busy => self.refuse_for_a_while(),
            Fault::Stall => {
                let wait = [500, 5_000, 40_000][self.dice.below(3)];
                self.note(format!("nothing arrives for {wait} ms"));
                self.team.now = self.team.now.plus(wait);
            }
            Fault::Cut
            | Fault::Late
            | Fault::Double
            | Fault::LoseAnswer
            | Fault::Crash
            | Fault::Slow
            | Fault::Clock
            | Fault::Full => self.strike_one(fault),
        }
    }

    /// A fault of one device; those with something on the wire first, where it hurts.
    fn strike_one(&mut self, fault: Fault) {
        let busy = |device: &DeviceNumber| {
            !self.team.requests(*device).is_empty() || !self.team.answers(*device).is_empty()
        };
        let mut able: Vec<_> = (0..self.seats.len()).filter(busy).collect();
        if able.is_empty() || self.dice.percent(25) {
            able = (0..self.seats.len()).filter(|device| !self.seats[*device].ended).collect();
        }
        if able.is_empty() {
            return;
        }
        let device = able[self.dice.below(able.len())];
        let name = self.name(device);
        match fault {
            Fault::Cut => self.part(device),
            Fault::Late => {
                while let Some(frame) = self.team.take_request(device) {
                    self.late.push((device, frame));
                }
                self.part(device);
            }
            Fault::Double => {
                let Some(frame) = self.team.requests(device).front().cloned() else { return };
                self.up(device);
                let what = asked(&frame);
                let (_, wakes) = self.serve(device, frame);
                self.note(format!("{what} of {name} arrives twice"));
                self.wake(wakes);
            }
            Fault::LoseAnswer => {
                let Some(frame) = self.team.take_request(device) else { return };
                let what = asked(&frame);
                let (_, wakes) = self.serve(device, frame);
                self.note(format!("the answer to {what} of {name} is lost"));
                self.wake(wakes);
                self.part(device);
            }
            Fault::Crash => self.crash(device, None),
            Fault::Full => {
                let spare = u32::try_from(self.dice.below(6)).expect("small");
                self.seats[device].full = true;
                self.note(format!("the disk of {name} has {spare} pages left"));
                self.crash(device, Some(spare));
            }
            Fault::Slow => {
                let wait = [2_000, 30_000, 120_000][self.dice.below(3)];
                self.note(format!("{name} takes nothing in for {wait} ms"));
                self.seats[device].slow_until = self.team.now.plus(wait);
            }
            Fault::Clock => {
                let ahead = JUMPS_MS[self.dice.below(JUMPS_MS.len())];
                self.note(format!("the clock of {name} is {ahead} ms ahead"));
                self.team.set_clock(device, ahead);
            }
            Fault::CrashServer
            | Fault::CrashUnheard
            | Fault::ServerFull
            | Fault::Free
            | Fault::Busy
            | Fault::Stall => {}
        }
    }

    /// A device's process ends, whatever it was about to put out, and begins again.
    pub(crate) fn crash(&mut self, device: DeviceNumber, spare: Option<u32>) {
        self.note(format!("{} crashes", self.seats[device].name));
        let spare = if self.seats[device].full { spare.or(Some(0)) } else { spare };
        let loaded = self.team.try_crash(device, spare);
        self.went(device, "loading", loaded);
        self.on_disk(device);
        // The process may have been on its way back already.
        self.team.cut(device);
        let seat = &mut self.seats[device];
        if !seat.away && !seat.ended {
            seat.back_at = Some(self.team.now.plus(500));
        }
    }

    fn crash_server(&mut self) {
        self.note("the server crashes".into());
        self.late.clear();
        self.restart_server();
        for device in 0..self.seats.len() {
            if self.team.is_online(device) {
                self.part(device);
            }
        }
    }

    /// The server keeps what one request asks, and dies.
    fn crash_unheard(&mut self) {
        let asking: Vec<_> =
            (0..self.seats.len()).filter(|device| !self.team.requests(*device).is_empty()).collect();
        if !asking.is_empty() {
            let device = asking[self.dice.below(asking.len())];
            if let Some(frame) = self.team.take_request(device) {
                let what = asked(&frame);
                self.serve(device, frame);
                self.note(format!("nobody hears of {what} of {}", self.seats[device].name));
            }
        }
        self.crash_server();
    }

    fn fill_server(&mut self) {
        let pages = self.team.server_pages();
        let spare = u32::try_from(self.dice.below(8)).expect("small");
        self.note(format!("the server's disk has {spare} pages left"));
        self.server_full = true;
        self.team.server.pages_max = Some(pages + spare);
        self.crash_server();
    }

    pub(crate) fn free(&mut self) {
        if self.server_full {
            self.note("the server's disk is freed".into());
            self.server_full = false;
            self.team.server.pages_max = None;
            self.crash_server();
        }
        for device in 0..self.seats.len() {
            if self.seats[device].full {
                self.note(format!("the disk of {} is freed", self.seats[device].name));
                self.seats[device].full = false;
                self.crash(device, None);
            }
        }
    }

    fn refuse_for_a_while(&mut self) {
        let (code, why) = match [Hold::RateLimit, Hold::Busy][self.dice.below(2)] {
            Hold::RateLimit => (Code::RateLimited, "too fast"),
            Hold::Busy | Hold::StorageFull => (Code::Busy, "the server is busy"),
        };
        let wait = 1_000 + self.dice.below(8_000) as u64;
        self.note(format!("the server takes nothing for {wait} ms: {code:?}"));
        self.team.server.refuse_writes = Some(Refusal::later(code, why, 3_000));
        self.busy_until = Some(self.team.now.plus(wait));
    }

    /// All faults are over.
    pub(crate) fn calm_down(&mut self) {
        self.note("the faults are over".into());
        self.calm = true;
        self.free();
        self.busy_until = None;
        self.team.server.refuse_writes = None;
        for device in 0..self.seats.len() {
            self.seats[device].slow_until = self.team.now;
            if self.is_control(Control::NeverReturn) {
                self.team.cut(device);
                self.seats[device].back_at = None;
                continue;
            }
            self.seats[device].away = false;
        }
        self.come_again();
    }

    /// Everybody connects anew: of the rooms that one's person has come into on another device, one hears only then.
    pub(crate) fn come_again(&mut self) {
        for device in 0..self.seats.len() {
            self.team.cut(device);
            if !self.seats[device].ended && !self.is_control(Control::NeverReturn) {
                self.seats[device].back_at = Some(self.team.now.plus(self.dice.below(1_000) as u64));
            }
        }
    }
}
