//! Tells a story once for each point at which something can break, breaks it there, and looks at what is left.

use std::collections::BTreeSet;

use securechat_engine::account::linking::LinkingError;
use securechat_engine::{CommandError, Cx, Engine, News};
use securechat_testkit::{DeviceNumber, Leg, Saved, Team};
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
#[derive(Clone, Copy, Debug)]
struct Point {
    /// Devices that have a process.
    devices: usize,
    /// Whose answer is on its way.
    answer: Option<DeviceNumber>,
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
    pub(super) fn each(&self, fault: Fault) -> impl Iterator<Item = Result<(), String>> {
        let points = self.tell(None);
        let has_one = |point: &Point| match fault {
            Fault::Device(device) => device < point.devices,
            Fault::Answer(device) => point.answer == Some(device),
            Fault::Server | Fault::Outbox(_) | Fault::Commits => true,
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
        let points = Points { plan, seen: Vec::new(), before };
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
        self.points.reach(&mut self.team, None, 0);
    }

    /// A step of a device.
    pub(super) fn step<T>(
        &mut self,
        device: DeviceNumber,
        act: impl FnOnce(&mut Engine, &mut Cx<'_>) -> Result<T, CommandError>,
    ) -> T {
        self.point();
        self.team.with(device, act).expect("is taken")
    }

    /// Says something that must be there at the end.
    pub(super) fn say(&mut self, by: DeviceNumber, label: &str, text: &str) {
        self.point();
        self.team.say(by, label, text);
        self.said.push(Said { by, label: label.to_owned(), text: text.to_owned() });
    }

    /// Lets everything come to rest.
    pub(super) fn settle(&mut self) {
        let Self { team, points, .. } = self;
        team.run_with(&mut |team| {
            points.between(team);
        });
        while points.open_sessions(team) {
            team.run_with(&mut |team| {
                points.between(team);
            });
        }
    }

    /// Delivers some frames.
    pub(super) fn deliver(&mut self, frames: usize) {
        for _ in 0..frames {
            if self.team.next_leg().is_some() {
                self.points.between(&mut self.team);
                self.team.deliver_one();
            }
        }
    }

    /// Lets days go by.
    pub(super) fn pass_days(&mut self, days: u64) {
        let Self { team, points, .. } = self;
        team.pass_days_with(days, &mut |team| {
            points.between(team);
        });
        self.settle();
    }

    /// A request of a device over HTTP. `None`: nobody heard the answer, if there was one.
    pub(super) fn http<T>(&mut self, by: DeviceNumber, ask: impl FnOnce(&mut Team) -> T) -> Option<T> {
        let unsettled = usize::from(by == self.team.devices());
        let hears = |fell: Option<Fault>| {
            !fell.is_some_and(|fault| match fault {
                Fault::Device(device) | Fault::Answer(device) | Fault::Outbox(device) => device == by,
                Fault::Server | Fault::Commits => true,
            })
        };
        if !hears(self.points.reach(&mut self.team, None, unsettled)) {
            return None;
        }
        let answer = ask(&mut self.team);
        hears(self.points.reach(&mut self.team, Some(by), unsettled)).then_some(answer)
    }

    /// A device lets a new one in, again if the linking was lost with something that broke; the new one comes online.
    pub(super) fn link(&mut self, by: DeviceNumber, name: &str) -> DeviceNumber {
        loop {
            let Self { team, points, .. } = self;
            let new = team.devices();
            let mut fell = false;
            let linked = team.link_with(by, name, &mut |team, over_http| {
                let fault = if over_http { points.reach(team, Some(by), 1) } else { points.between_with(team, 1) };
                let lives = fault.is_none_or(|fault| match fault {
                    Fault::Device(device) | Fault::Outbox(device) => device != by && device != new,
                    Fault::Answer(device) => device != by || !over_http,
                    Fault::Server | Fault::Commits => false,
                });
                fell = fell || !lives;
                lives
            });
            match linked {
                Ok(device) => {
                    self.point();
                    self.team.connect(device);
                    return device;
                }
                Err(LinkingError::Over) if fell => self.settle(),
                Err(why) => panic!("the device is not let in: {why}"),
            }
        }
    }
}

impl Points {
    /// Between two deliveries or timers.
    fn between(&mut self, team: &mut Team) -> Option<Fault> {
        self.between_with(team, 0)
    }

    fn between_with(&mut self, team: &mut Team, unsettled: usize) -> Option<Fault> {
        self.open_sessions(team);
        let answer = match team.next_leg() {
            Some(Leg::Answer(device)) => Some(device),
            Some(Leg::Request(_) | Leg::News(_)) | None => None,
        };
        self.reach(team, answer, unsettled)
    }

    /// Breaks what is to break here; `unsettled` processes have no home yet.
    fn reach(&mut self, team: &mut Team, answer: Option<DeviceNumber>, unsettled: usize) -> Option<Fault> {
        let at = self.seen.len();
        self.seen.push(Point { devices: team.devices() + unsettled, answer });
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
