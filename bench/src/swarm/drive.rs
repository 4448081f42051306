//! A swarm at work for a while: what is said how fast, what came of it, and single requests.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use bytes::Bytes;
use securechat_proto::VERSION;
use securechat_proto::frame::{Answer, ClientFrame, Hello, Request};

use super::delays::Delays;
use super::speech::Heard;
use super::state::{Swarm, Told};
use crate::clock;

/// Longest wait for what is still on its way when a window has ended.
const DRAIN: Duration = Duration::from_secs(20);
/// Longest look: the time is looked at between looks.
const LOOK: Duration = Duration::from_millis(20);

/// Who speaks where, and how fast.
pub(crate) enum Pace<'a> {
    /// Each speaker has so many messages on the way: the next is said when one's own comes back. This saturates.
    Closed { speakers: &'a [(usize, u16)], each: usize },
    /// So many a second, evenly, by one speaker after the other, whatever becomes of them.
    Open { speakers: &'a [(usize, u16)], per_second: f64 },
    /// Nobody.
    Silent,
}

/// What came of a window.
#[derive(Clone, Default)]
pub(crate) struct Window {
    pub(crate) said: u64,
    /// Messages that came to a member.
    pub(crate) deliveries: u64,
    /// Of those, what was there before the window ended.
    pub(crate) acknowledged: u64,
    /// How long things were said.
    pub(crate) took: Duration,
    /// From saying to hearing.
    pub(crate) delays: Delays,
}

impl Swarm {
    /// Speaks for so long in rooms of `audience` members each, then waits for what is on its way: every message said has come
    /// to every member when this returns.
    pub(crate) fn drive(&mut self, pace: &Pace<'_>, audience: u64, time: Duration) -> Result<Window> {
        let mut window = Window::default();
        let begun = clock::now();
        if let Pace::Closed { speakers, each } = pace {
            for (member, room) in (0..*each).flat_map(|_| speakers.iter()) {
                self.say(*member, *room)?;
                window.said += 1;
            }
        }
        loop {
            let now = begun.elapsed();
            let over = now >= time;
            let missing = (window.said * audience).saturating_sub(window.deliveries);
            if over && missing == 0 {
                break;
            }
            ensure!(now < time + DRAIN, "{missing} deliveries are missing");
            let mut wait = if over { LOOK } else { LOOK.min(time - now) };
            if let (Pace::Open { speakers, per_second }, false) = (pace, over) {
                while due(window.said, *per_second) <= now {
                    let (member, room) = speakers[usize::try_from(window.said)? % speakers.len()];
                    self.say(member, room)?;
                    window.said += 1;
                }
                wait = wait.min(due(window.said, *per_second) - now);
            }
            self.look(wait, |swarm, told| {
                let Told::Heard(member, Heard::Message(stamp)) = told else { return Ok(()) };
                window.deliveries += 1;
                window.delays.add(Duration::from_nanos(swarm.ns().saturating_sub(stamp.ns)));
                if stamp.sender as usize == member {
                    let goes_on = begun.elapsed() < time;
                    window.acknowledged += u64::from(goes_on);
                    if let (Pace::Closed { speakers, .. }, true) = (pace, goes_on) {
                        let room = speakers.iter().find(|(speaker, _)| *speaker == member);
                        if let Some((_, room)) = room {
                            swarm.say(member, *room)?;
                            window.said += 1;
                        }
                    }
                }
                Ok(())
            })?;
        }
        window.took = time;
        Ok(window)
    }

    /// Asks one thing for a member and waits for the answer, which comes with its bytes unread.
    pub(crate) fn ask(&mut self, member: usize, id: u64, request: Request) -> Result<Answer> {
        let frame: Bytes = ClientFrame::new(id, request).to_bytes();
        self.send(member, &frame)?;
        let begun = clock::now();
        let mut answer = None;
        while answer.is_none() {
            ensure!(begun.elapsed() < DRAIN, "no answer came");
            self.look(LOOK, |_, told| {
                if let Told::Heard(_, Heard::Answer(frame)) = told
                    && frame.id == id
                {
                    answer = frame.answer;
                }
                Ok(())
            })?;
        }
        Ok(answer.expect("the loop ends with one"))
    }

    /// Has a member say `Hello` again, and tells in how many rooms they are.
    pub(crate) fn greet(&mut self, member: usize, id: u64) -> Result<usize> {
        let hello = Hello { version: VERSION, token: self.token(member).to_owned() };
        match self.ask(member, id, Request::Hello(hello))? {
            Answer::Ready(ready) => Ok(ready.rooms.len()),
            other => bail!("no greeting: {other:?}"),
        }
    }
}

fn due(number: u64, per_second: f64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "a count of messages")]
    let number = number as f64;
    Duration::from_secs_f64(number / per_second)
}
