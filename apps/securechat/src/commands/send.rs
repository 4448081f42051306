//! `send`: one message, or each line of standard input as one, acknowledged one by one.

use std::collections::VecDeque;
use std::path::Path;

use securechat_client::ids::{MessageId, RoomId, Seq, UnixMillis};
use securechat_client::{Client, Connection, Failure, Listener, News, Told};
use serde::Serialize;
use tokio::sync::watch;

use crate::at_work::with_client;
use crate::cli::Send;
use crate::told::holding;
use crate::{print, prompt};

/// How long a server that was there may be gone before this gives up, in milliseconds. What waits stays in the outbox.
const PATIENCE_MS: u64 = 30_000;
/// A wait is spoken of again after this many milliseconds.
const SAY_AGAIN_MS: u64 = 5_000;
/// Lines of standard input that wait unacknowledged before more are read.
const AHEAD_MAX: usize = 256;

#[derive(Serialize)]
struct Sent<'a> {
    room: &'a str,
    id: String,
    seq: u64,
    time: String,
    state: &'static str,
}

pub(super) async fn run(home: &Path, args: Send) -> Result<(), Failure> {
    let text = args.text.filter(|text| text != "-");
    with_client(home, async |client| {
        let mut listener = client.listen();
        let room = find_room(client, &args.target).await?;
        let label = client.room(room).await?.map_or_else(|| args.target.clone(), |view| view.label);
        let mut sending = Sending {
            client,
            room,
            label,
            json: args.json,
            waiting: VecDeque::new(),
            connection: client.connection(),
            online: false,
            lost: None,
            said: None,
        };
        if let Some(text) = text {
            sending.send(text).await?;
        } else {
            while let Some(line) = tokio::task::spawn_blocking(prompt::read_line).await.ok().flatten() {
                if !line.trim().is_empty() {
                    sending.send(line).await?;
                }
                while sending.waiting.len() >= AHEAD_MAX {
                    sending.hear(&mut listener).await?;
                }
            }
        }
        while !sending.waiting.is_empty() {
            sending.hear(&mut listener).await?;
        }
        Ok(())
    })
    .await
}

/// The room may be known before anything is fetched; if not, the server is waited for.
async fn find_room(client: &Client, target: &str) -> Result<RoomId, Failure> {
    if let Ok(found) = client.find(target).await
        && let Ok(room) = client.room_for(found).await
    {
        return Ok(room);
    }
    client.caught_up().await?;
    let found = client.find(target).await?;
    client.room_for(found).await
}

struct Sending<'a> {
    client: &'a Client,
    room: RoomId,
    label: String,
    json: bool,
    /// Not yet acknowledged, in order.
    waiting: VecDeque<MessageId>,
    connection: watch::Receiver<Connection>,
    /// Whether the server has been there in this run.
    online: bool,
    /// Since when it is gone.
    lost: Option<UnixMillis>,
    /// When a wait was last spoken of.
    said: Option<UnixMillis>,
}

impl Sending<'_> {
    async fn send(&mut self, text: String) -> Result<(), Failure> {
        self.waiting.push_back(self.client.send(self.room, text).await?);
        Ok(())
    }

    /// Waits for the next thing told and deals with it.
    async fn hear(&mut self, listener: &mut Listener) -> Result<(), Failure> {
        tokio::select! {
            told = listener.next() => match told {
                Some(Told::News(news)) => self.heard(news),
                Some(Told::Missed) => self.look().await,
                None => Err(Failure::Other("the engine has stopped".into())),
            },
            _changed = self.connection.changed() => {
                let now = self.connection.borrow_and_update().clone();
                self.connection_is(now)
            }
        }
    }

    fn connection_is(&mut self, connection: Connection) -> Result<(), Failure> {
        match connection {
            Connection::Waiting { why, .. } => {
                let since = *self.lost.get_or_insert_with(print::now);
                if self.online && print::now().since(since) < PATIENCE_MS {
                    return Ok(());
                }
                let kept = self.waiting.len();
                Err(Failure::Unreachable(format!(
                    "{why}; {kept} message(s) are kept here and go out when you next come online"
                )))
            }
            Connection::Over { why, .. } => Err(Failure::Trust(why)),
            Connection::Online => {
                self.online = true;
                self.lost = None;
                Ok(())
            }
            Connection::Connecting => Ok(()),
        }
    }

    fn heard(&mut self, news: News) -> Result<(), Failure> {
        match news {
            News::Sent { message_id, seq, time, .. } => {
                self.acknowledged(message_id, seq, time);
                Ok(())
            }
            News::Failed { message_id, why, .. } if self.waiting.contains(&message_id) => {
                Err(refused(&format!("a message was not sent: {why}")))
            }
            News::WishFailed { room, why } if room == self.room => Err(refused(&why)),
            News::Alarm { room, what } if room == Some(self.room) => Err(Failure::Trust(what)),
            News::Holding { until, why } => {
                let now = print::now();
                if self.said.is_none_or(|said| now.since(said) > SAY_AGAIN_MS) {
                    self.said = Some(now);
                    print::say(&holding(until, why));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// After missed news: asks for each message itself.
    async fn look(&mut self) -> Result<(), Failure> {
        for id in self.waiting.clone() {
            if let Some(message) = self.client.own_message(self.room, id).await?
                && let Some(seq) = message.seq
            {
                self.acknowledged(id, seq, message.time);
            }
        }
        Ok(())
    }

    fn acknowledged(&mut self, id: MessageId, seq: Seq, time: UnixMillis) {
        let Some(place) = self.waiting.iter().position(|waiting| *waiting == id) else { return };
        self.waiting.remove(place);
        if self.json {
            let (id, time) = (id.to_string(), print::utc(time));
            print::json(&Sent { room: &self.label, id, seq: seq.0, time, state: "sent" });
        }
    }
}

fn refused(why: &str) -> Failure {
    Failure::Refused(securechat_client::refusal(why))
}
