//! Tells a story once for each point at which something can break, breaks it there, and looks at what is left.

use std::collections::BTreeSet;

use securechat_engine::account::linking::LinkingError;
use securechat_engine::{CommandError, Cx, Engine, News};
use securechat_testkit::{DeviceNumber, Leg, Next, Saved, Team};
use tempfile::TempDir;

use crate::rest;

/// What breaks at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A device's process ends and starts again.
    Device(DeviceNumber),
    /// The server's process ends and starts again.
    Server,
    /// An answer that is on its way to this device is lost with its connection.
    Answer(DeviceNumber),
    /// As [`Fault::Device`], and what waited in its outbox is not on its disk: a promise is broken, for the control.
    Outbox(DeviceNumber),
    /// As [`Fault::Server`], and what it took since the story began is not on its disk: the same.
    Commits,
}

/// A place in a story.
#[derive(Clone, Debug)]
struct Point {
    /// Whose answer is on its way.
    answer: Option<DeviceNumber>,
    /// Whose process did something since the point before.
    did: Vec<Process>,
}

/// A process that can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Process {
    Device(DeviceNumber),
    Server,
}

/// Something that somebody said.
pub(super) struct Said {
    pub(super) by: DeviceNumber,
    pub(super) label: String,
    pub(super) text: String,
}

/// A story with its beginning, what people do, and what they wish to see at the end.
pub(super) struct Story {
    pub(super) begins: fn() -> &'static Saved,
    pub(super) act: fn(&mut Stage),
    pub(super) wished: fn(&mut Stage),
}

/// A team on its way through a story.
pub(super) struct Stage {
    pub(super) team: Team,
    points: Points,
    /// Devices that are to be at their end when the story is.
    pub(super) ended: BTreeSet<DeviceNumber>,
    /// What must be there at the end, once.
    pub(super) said: Vec<Said>,
    /// What each device was told, once all is at rest.
    pub(super) told: Vec<(DeviceNumber, News)>,
}

/// Counts the points of a story and breaks something at one of them.
struct Points {
    plan: Option<(usize, Fault)>,
    seen: Vec<Point>,
    /// Whose process is about to do something.
    does: Vec<Process>,
    /// The server's memory as the story began, for [`Fault::Commits`].
    before: Option<TempDir>,
}

impl Story {
    /// Tells the story with a fault of this kind at every point that has one.
    pub(super) fn with(&self, fault: Fault) {
        for told in self.each(fault) {
            if let Err(why) = told {
                panic!("{why}");
            }
        }
    }

    /// What comes of the story with a fault of this kind at each point that has one: what went wrong, if anything did.
    #[expect(clippy::print_stdout, reason = "how many points there are is said")]
    pub(super) fn each(&self, fault: Fault) -> impl Iterator<Item = Result<(), String>> {
        let points = self.tell(None);
        let has_one = |point: &Point| match fault {
            Fault::Device(device) => point.did.contains(&Process::Device(device)),
            Fault::Answer(device) => point.answer == Some(device),
            Fault::Server => point.did.contains(&Process::Server),
            Fault::Outbox(_) | Fault::Commits => true,
        };
        let at: Vec<usize> = (0..points.len()).filter(|at| has_one(&points[*at])).collect();
        println!("{fault:?} at {} of {} points", at.len(), points.len());
        assert!(!at.is_empty(), "{fault:?} can happen nowhere in this story");
        at.into_iter().map(move |at| {
            let told = std::panic::catch_unwind(|| self.tell(Some((at, fault))));
            told.map(drop).map_err(|why| {
                let why = why.downcast_ref::<String>().map_or("something else", String::as_str);
                format!("{fault:?} at point {at} of {}: {why}", points.len())
            })
        })
    }

    fn tell(&self, plan: Option<(usize, Fault)>) -> Vec<Point> {
        let mut stage = Stage::tell_with(plan, (self.begins)(), &self.act);
        (self.wished)(&mut stage);
        stage.points.seen
    }
}

impl Stage {
    /// Tells a story once, without a fault.
    pub(super) fn tell(begins: &Saved, act: &dyn Fn(&mut Stage)) -> Self {
        Self::tell_with(None, begins, act)
    }

    fn tell_with(plan: Option<(usize, Fault)>, begins: &Saved, act: &dyn Fn(&mut Stage)) -> Self {
        let mut team = begins.team();
        team.in_turns = true;
        let before = matches!(plan, Some((_, Fault::Commits))).then(|| {
            let folder = tempfile::tempdir().expect("a folder");
            team.server.keep(&folder.path().join("before.db"));
            folder
        });
        let all = (0..team.devices()).map(Process::Device).chain([Process::Server]).collect();
        let points = Points { plan, seen: Vec::new(), does: all, before };
        let mut stage = Stage { team, points, ended: BTreeSet::new(), said: Vec::new(), told: Vec::new() };
        act(&mut stage);
        stage.settle();
        stage.point();
        stage.settle();
        if let Some((at, _)) = plan {
            assert!(at < stage.points.seen.len(), "up to the fault the story is told the same way");
        }
        rest::check(&mut stage);
        stage
    }

    /// A place at which something may break.
    pub(super) fn point(&mut self) {
        self.points.reach(&mut self.team, None, &[]);
    }

    /// A step of a device.
    pub(super) fn step<T>(
        &mut self,
        device: DeviceNumber,
        act: impl FnOnce(&mut Engine, &mut Cx<'_>) -> Result<T, CommandError>,
    ) -> T {
        self.points.reach(&mut self.team, None, &[Process::Device(device)]);
        self.team.with(device, act).expect("is taken")
    }

    /// Says something that must be there at the end.
    pub(super) fn say(&mut self, by: DeviceNumber, label: &str, text: &str) {
        let room = self.team.room(by, label);
        self.step(by, |engine, cx| engine.send_text(&room, text, cx));
        self.said.push(Said { by, label: label.to_owned(), text: text.to_owned() });
    }

    /// A device comes online that was not.
    pub(super) fn connect(&mut self, device: DeviceNumber) {
        self.points.reach(&mut self.team, None, &[Process::Device(device)]);
        self.team.connect(device);
    }

    /// A device loses its connection and gets no other.
    pub(super) fn cut(&mut self, device: DeviceNumber) {
        self.points.reach(&mut self.team, None, &[Process::Device(device)]);
        self.team.cut(device);
    }

    /// Lets everything come to rest.
    pub(super) fn settle(&mut self) {
        let Self { team, points, .. } = self;
        loop {
            team.run_with(&mut |team, next| {
                points.between(team, next);
            });
            if !points.open_sessions(team) {
                return;
            }
        }
    }

    /// Delivers some frames.
    pub(super) fn deliver(&mut self, frames: usize) {
        for _ in 0..frames {
            if let Some(leg) = self.team.next_leg() {
                self.points.between(&mut self.team, Next::Frame(leg));
                self.team.deliver_one();
            }
        }
    }

    /// Lets days go by.
    pub(super) fn pass_days(&mut self, days: u64) {
        let Self { team, points, .. } = self;
        team.pass_days_with(days, &mut |team, next| {
            points.between(team, next);
        });
        self.settle();
    }

    /// A request of a device over HTTP. `None`: nobody heard the answer, if there was one.
    pub(super) fn http<T>(&mut self, by: DeviceNumber, ask: impl FnOnce(&mut Team) -> T) -> Option<T> {
        let hears = |fell: Option<Fault>| {
            fell.is_none_or(|fault| match fault {
                Fault::Device(device) | Fault::Answer(device) | Fault::Outbox(device) => device != by,
                Fault::Server | Fault::Commits => false,
            })
        };
        let do_both = [Process::Device(by), Process::Server];
        if !hears(self.points.reach(&mut self.team, None, &do_both)) {
            return None;
        }
        let answer = ask(&mut self.team);
        hears(self.points.reach(&mut self.team, Some(by), &do_both)).then_some(answer)
    }

    /// A device lets a new one in, again if the linking was lost with something that broke; the new one comes online.
    pub(super) fn link(&mut self, by: DeviceNumber, name: &str) -> DeviceNumber {
        loop {
            let Self { team, points, .. } = self;
            let new = team.devices();
            let mut fell = false;
            let do_all = [Process::Device(by), Process::Device(new), Process::Server];
            let linked = team.link_with(by, name, &mut |team, next| {
                let fault = match next {
                    Some(next) => points.between(team, next),
                    None => points.reach(team, Some(by), &do_all),
                };
                let lives = fault.is_none_or(|fault| match fault {
                    Fault::Device(device) | Fault::Outbox(device) => device != by && device != new,
                    Fault::Answer(device) => device != by || next.is_some(),
                    Fault::Server | Fault::Commits => false,
                });
                fell = fell || !lives;
                lives
            });
            match linked {
                Ok(device) => {
                    self.connect(device);
                    return device;
                }
                Err(LinkingError::Over) if fell => self.settle(),
                Err(why) => panic!("the device is not let in: {why}"),
            }
        }
    }
}

impl Points {
    /// Before something that [`Team::run_with`] does.
    fn between(&mut self, team: &mut Team, next: Next) -> Option<Fault> {
        self.open_sessions(team);
        let (answer, does) = match next {
            Next::Frame(Leg::Request(device)) => (None, vec![Process::Device(device), Process::Server]),
            Next::Frame(Leg::Answer(device)) => (Some(device), vec![Process::Device(device)]),
            Next::Frame(Leg::News(device)) | Next::Timer(device) => (None, vec![Process::Device(device)]),
            Next::Sweep => (None, vec![Process::Server]),
        };
        self.reach(team, answer, &does)
    }

    /// Breaks what is to break here, before these processes do something.
    fn reach(&mut self, team: &mut Team, answer: Option<DeviceNumber>, does: &[Process]) -> Option<Fault> {
        let at = self.seen.len();
        let did = std::mem::replace(&mut self.does, does.to_vec());
        self.seen.push(Point { answer, did });
        let (_, fault) = self.plan.filter(|(point, _)| *point == at)?;
        match fault {
            Fault::Device(device) if device < team.devices() => restart(team, device, |_| {}),
            Fault::Device(_) => {}
            Fault::Outbox(device) => restart(team, device, |team| {
                team.disk(device).execute("DELETE FROM outbox", []).expect("forgets");
                team.disk(device).execute("DELETE FROM messages WHERE seq IS NULL", []).expect("forgets");
            }),
            Fault::Answer(device) if device < team.devices() => {
                team.cut(device);
                team.connect(device);
            }
            Fault::Answer(_) => {}
            Fault::Server => team.crash_server(),
            Fault::Commits => {
                let before = self.before.as_ref().expect("was kept").path().join("before.db");
                team.crash_server_with(|server| server.restart_from(&before));
            }
        }
        Some(fault)
    }

    /// What a shell does whose token is refused; whether any did.
    fn open_sessions(&self, team: &mut Team) -> bool {
        let mut any = false;
        for device in 0..team.devices() {
            if team.is_online(device) && team.engine(device).token().is_none() {
                match team.open_session(device) {
                    Ok(()) => any = true,
                    Err(_) => team.cut(device),
                }
            }
        }
        any
    }
}

/// A process ends and starts again, online if it was; `meanwhile` happens to its disk.
fn restart(team: &mut Team, device: DeviceNumber, meanwhile: impl FnOnce(&Team)) {
    let online = team.is_online(device);
    team.cut(device);
    meanwhile(team);
    team.crash(device);
    if online {
        team.connect(device);
    }
}
