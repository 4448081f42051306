//! The conversation: what comes is printed, what is typed is sent, line by line.

use securechat_client::ids::{RoomId, Seq};
use securechat_client::view::RoomStanding;
use securechat_client::{Client, Connection, Failure, Listener, News, Told};
use tokio::sync::mpsc;

use super::command::{self, Done};
use crate::told::holding;
use crate::{print, prompt};

/// Lines shown of what was said before.
const LINES_BEFORE: usize = 20;

/// Talks until the input ends or `/quit`.
pub(crate) async fn talk(client: Client, label: &str) -> Result<(), Failure> {
    let done = Talk::begin(&client, label).await;
    client.close().await;
    done
}

struct Talk<'a> {
    client: &'a Client,
    room: RoomId,
    shown: Seq,
}

impl<'a> Talk<'a> {
    async fn begin(client: &'a Client, label: &str) -> Result<(), Failure> {
        let listener = client.listen();
        client.caught_up().await?;
        let target = client.find(label).await?;
        let room = client.room_for(target).await?;
        let mut talk = Self { client, room, shown: Seq(0) };
        talk.enter(room).await?;
        talk.run(listener).await
    }

    async fn enter(&mut self, room: RoomId) -> Result<(), Failure> {
        self.room = room;
        let view = self.client.room(room).await?;
        print::line(&format!("-- {} --", view.map(|view| view.label).unwrap_or_default()));
        let before = self.client.timeline(room, None, LINES_BEFORE).await?;
        self.shown = before.first().and_then(|line| line.seq).map_or(Seq(0), |seq| Seq(seq.0 - 1));
        self.print_new().await
    }

    async fn print_new(&mut self) -> Result<(), Failure> {
        loop {
            let page = self.client.messages_after(self.room, self.shown, 500).await?;
            let Some(last) = page.last().and_then(|line| line.seq) else { break };
            page.iter().for_each(|line| print::message(line, false, false));
            self.shown = last;
        }
        self.client.mark_read(self.room, self.shown).await
    }

    async fn run(&mut self, mut listener: Listener) -> Result<(), Failure> {
        let mut typed = type_lines();
        let mut connection = self.client.connection();
        let mut ending = false;
        loop {
            if ending && self.all_sent().await? {
                return self.print_new().await;
            }
            tokio::select! {
                line = typed.recv(), if !ending => match line {
                    None => ending = true,
                    Some(line) => ending = self.typed(&line).await?,
                },
                told = listener.next() => self.told(told).await?,
                _changed = connection.changed() => {
                    let now = connection.borrow_and_update().clone();
                    match now {
                        Connection::Waiting { why, .. } if ending => return Err(Failure::Unreachable(why)),
                        Connection::Waiting { why, .. } => {
                            print::say(&format!("(connection lost: {why}; trying again, nothing typed is lost)"));
                        }
                        Connection::Over { why, .. } => return Err(Failure::Trust(why)),
                        Connection::Connecting | Connection::Online => {}
                    }
                }
            }
        }
    }

    async fn all_sent(&self) -> Result<bool, Failure> {
        let view = self.client.room(self.room).await?;
        // Sent and come back: then everything before it has been printed too.
        Ok(self.client.nothing_waits().await?
            && view.is_none_or(|view| view.state != RoomStanding::Joined || view.waiting == 0))
    }

    /// Whether it was the last line.
    async fn typed(&mut self, line: &str) -> Result<bool, Failure> {
        let text = match line.strip_prefix('/') {
            Some(rest) if rest.starts_with('/') => rest,
            Some(_) => {
                match command::run(self.client, self.room, line).await {
                    Ok(Done::Quit) => return Ok(true),
                    Ok(Done::In(room)) => self.enter(room).await?,
                    Ok(Done::Here) => {}
                    Err(failure) => print::error(&failure.to_string()),
                }
                return Ok(false);
            }
            None => line,
        };
        if text.trim().is_empty() {
            return Ok(false);
        }
        if let Err(failure) = self.client.send(self.room, text.to_owned()).await {
            print::error(&failure.to_string());
        }
        Ok(false)
    }

    async fn told(&mut self, told: Option<Told>) -> Result<(), Failure> {
        match told {
            None => return Err(Failure::Other("the engine has stopped".into())),
            Some(Told::Missed) => self.print_new().await?,
            Some(Told::News(news)) => match news {
                News::Timeline { room } if room == self.room => self.print_new().await?,
                News::Holding { until, why } => print::say(&holding(until, why)),
                News::Failed { why, .. } => print::say(&format!("A message was not sent: {why}.")),
                News::WishFailed { why, .. } => print::say(&format!("That could not be done: {why}.")),
                News::Alarm { what, .. } => print::say(&format!("ALARM: {what}.")),
                News::RootChanged { .. } => {
                    print::say(
                        "Somebody's identity has changed; `securechat verify @name` before you trust it.",
                    );
                }
                News::VaultKey { known: false } => {
                    if !self.client.has_shared_keys().await.unwrap_or(true) {
                        print::say(
                            "A device of yours was given up as lost. Type your password once: `securechat devices --unlock`",
                        );
                    }
                }
                News::VaultKey { known: true } => {}
                News::OwnDeviceAdded { .. } => {
                    print::say("A new device of yours has been added. Not you? `securechat devices`");
                }
                News::Ended { why } => return Err(Failure::Trust(why)),
                News::Online
                | News::TokenRefused
                | News::CaughtUp
                | News::Rooms
                | News::Settings
                | News::Devices
                | News::Timeline { .. }
                | News::Sent { .. }
                | News::Arrived { .. }
                | News::Wished { .. } => {}
            },
        }
        Ok(())
    }
}

/// Lines of standard input, read on a thread of their own because a terminal read cannot be called off.
fn type_lines() -> mpsc::Receiver<String> {
    let (lines, typed) = mpsc::channel(64);
    std::thread::spawn(move || {
        while let Some(line) = prompt::read_line() {
            if lines.blocking_send(line).is_err() {
                break;
            }
        }
    });
    typed
}
