//! A device in this process: it talks, and writes down what it was told.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use securechat_checker::{Entry, Event, Unread};
use securechat_client::ids::{MessageId, RoomId, Seq};
use securechat_client::view::{LineKind, MessageView, RoomView};
use securechat_client::{Client, Failure, Hold, Listener, News, Told};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::chance::Chance;
use crate::clock;
use crate::history::Book;

/// Lines of a timeline read in one go.
const PAGE: usize = 500;

/// A device of a person, at work.
pub(crate) struct Device {
    /// Its id in hex, as the log names it.
    pub(crate) id: String,
    pub(crate) client: Arc<Client>,
    heard: Arc<Heard>,
    hearing: JoinHandle<()>,
    book: Book,
}

/// What a device has said and was told. Outlives the device's being open.
pub(crate) struct Heard {
    /// Messages that wait to be acknowledged.
    open: Mutex<BTreeMap<MessageId, (RoomId, String)>>,
    waiting: watch::Sender<usize>,
    alarms: watch::Sender<Vec<String>>,
    holds: watch::Sender<Vec<Hold>>,
}

impl Device {
    /// Opens a home and begins to listen.
    pub(crate) fn open(home: &Path, book: &Book) -> Result<Self, Failure> {
        Self::open_again(home, book, &Arc::new(Heard::new()))
    }

    /// Opens a home whose messages from before may still wait.
    pub(crate) fn open_again(home: &Path, book: &Book, heard: &Arc<Heard>) -> Result<Self, Failure> {
        let client = Arc::new(Client::open(home)?);
        let listener = client.listen();
        let hearing = tokio::spawn(hear(listener, Arc::clone(&client), Arc::clone(heard), book.clone()));
        let id = client.me().device_id.to_string();
        Ok(Self { id, client, heard: Arc::clone(heard), hearing, book: book.clone() })
    }

    /// Ends it; its home is free then.
    pub(crate) async fn close(self) -> Arc<Heard> {
        self.hearing.abort();
        let _aborted = self.hearing.await;
        if let Ok(client) = Arc::try_unwrap(self.client) {
            client.close().await;
        }
        self.heard
    }

    /// Says something; what is written down is the first word, which is one of its kind.
    pub(crate) async fn say(&self, room: RoomId, text: String) -> Result<(), Failure> {
        let message = text.split(' ').next().unwrap_or_default().to_owned();
        let id = message_id();
        self.book.sent(&self.id, &room.to_string(), &message);
        self.heard.open().insert(id, (room, message));
        self.heard.count();
        self.client.send_as(id, room, text).await
    }

    /// Says one thing after the other, so many at once, until told to stop.
    pub(crate) fn talk(
        self: &Arc<Self>,
        room: RoomId,
        at_once: usize,
        stop: &watch::Receiver<bool>,
    ) -> JoinHandle<Result<(), Failure>> {
        let (device, mut stop) = (Arc::clone(self), stop.clone());
        tokio::spawn(async move {
            let mut waiting = device.heard.waiting.subscribe();
            loop {
                let free = async {
                    while device.heard.waits_in(room) >= at_once && waiting.changed().await.is_ok() {}
                };
                tokio::select! {
                    biased;
                    _stopped = stop.wait_for(|stop| *stop) => break,
                    () = free => {}
                }
                let number = device.book.number();
                let text =
                    format!("{}-{}-{number} and some words more", &device.id[..8], &room.to_string()[..8]);
                device.say(room, text).await?;
            }
            Ok(())
        })
    }

    /// Waits until everything is acknowledged; `false` if that takes too long.
    pub(crate) async fn all_acked(&self, patience: Duration) -> bool {
        let mut waiting = self.heard.waiting.subscribe();
        let none = waiting.wait_for(|waiting| *waiting == 0);
        matches!(tokio::time::timeout(patience, none).await, Ok(Ok(_)))
    }

    /// Waits until everything is acknowledged and nothing is missing here, however often the connection breaks meanwhile;
    /// `false` if that takes too long.
    pub(crate) async fn healed(&self, patience: Duration) -> bool {
        let end = clock::now() + patience;
        let left = || end.saturating_duration_since(clock::now());
        let mut connection = self.client.connection();
        while self.all_acked(left()).await {
            match tokio::time::timeout(left(), self.client.caught_up()).await {
                Ok(Ok(())) => return true,
                Ok(Err(_)) if tokio::time::timeout(left(), connection.changed()).await.is_ok() => {}
                Ok(Err(_)) | Err(_) => return false,
            }
        }
        false
    }

    /// Waits for an alarm with these words in it.
    pub(crate) async fn alarm(&self, words: &str, patience: Duration) -> bool {
        let mut alarms = self.heard.alarms.subscribe();
        let came = alarms.wait_for(|alarms| alarms.iter().any(|alarm| alarm.contains(words)));
        matches!(tokio::time::timeout(patience, came).await, Ok(Ok(_)))
    }

    /// Waits until it was told that sending waits for this reason.
    pub(crate) async fn hold(&self, why: Hold, patience: Duration) -> bool {
        let mut holds = self.heard.holds.subscribe();
        let came = holds.wait_for(|holds| holds.contains(&why));
        matches!(tokio::time::timeout(patience, came).await, Ok(Ok(_)))
    }

    pub(crate) fn forget_holds(&self) {
        self.heard.holds.send_modify(Vec::clear);
    }

    /// Its rooms.
    pub(crate) async fn rooms(&self) -> Result<Vec<RoomView>, Failure> {
        self.client.rooms().await
    }

    /// Everything said in a room, as it is shown.
    pub(crate) async fn entries(&self, room: RoomId) -> Result<Vec<Entry>, Failure> {
        let (mut entries, mut after) = (Vec::new(), Seq(0));
        loop {
            let page = self.client.messages_after(room, after, PAGE).await?;
            let Some(last) = page.iter().filter_map(|line| line.seq).max() else { return Ok(entries) };
            entries.extend(page.iter().filter_map(entry));
            after = last;
        }
    }

    /// Writes down what it shows of a room.
    pub(crate) async fn show(&self, room: RoomId, complete: bool) -> Result<()> {
        let entries = self.entries(room).await.context("a timeline cannot be read")?;
        let (device, room) = (self.id.clone(), room.to_string());
        self.book.write(Event::Shown { device, room, complete, entries });
        Ok(())
    }
}

impl Heard {
    fn new() -> Self {
        Self {
            open: Mutex::default(),
            waiting: watch::Sender::new(0),
            alarms: watch::Sender::default(),
            holds: watch::Sender::default(),
        }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<MessageId, (RoomId, String)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self) {
        let waiting = self.open().len();
        self.waiting.send_replace(waiting);
    }

    fn waits_in(&self, room: RoomId) -> usize {
        self.open().values().filter(|(of, _)| *of == room).count()
    }

    fn acked(&self, id: MessageId, seq: Seq, book: &Book) {
        let found = self.open().remove(&id);
        if let Some((_, message)) = found {
            book.acked(&message, Some(id.to_string()), seq.0);
        }
        self.count();
    }

    fn failed(&self, id: MessageId, reason: String, book: &Book) {
        let found = self.open().remove(&id);
        if let Some((_, message)) = found {
            book.write(Event::Failed { message, reason });
        }
        self.count();
    }

    /// What nobody will be told any more.
    pub(crate) fn give_up(&self, book: &Book, reason: &str) {
        for (_, (_, message)) in std::mem::take(&mut *self.open()) {
            book.write(Event::Unsure { message, reason: reason.to_owned() });
        }
        self.count();
    }
}

async fn hear(mut listener: Listener, client: Arc<Client>, heard: Arc<Heard>, book: Book) {
    look(&client, &heard, &book).await;
    while let Some(told) = listener.next().await {
        match told {
            Told::Missed => look(&client, &heard, &book).await,
            Told::News(News::Sent { message_id, seq, .. }) => heard.acked(message_id, seq, &book),
            Told::News(News::Failed { message_id, why, .. }) => heard.failed(message_id, why, &book),
            Told::News(News::Alarm { what, .. }) => heard.alarms.send_modify(|alarms| alarms.push(what)),
            Told::News(News::Holding { why, .. }) => heard.holds.send_modify(|holds| holds.push(why)),
            Told::News(_) => {}
        }
    }
}

/// Asks after each message that waits: news may have been missed.
async fn look(client: &Client, heard: &Heard, book: &Book) {
    let open: Vec<(MessageId, RoomId)> = heard.open().iter().map(|(id, (room, _))| (*id, *room)).collect();
    for (id, room) in open {
        if let Ok(Some(MessageView { seq: Some(seq), .. })) = client.own_message(room, id).await {
            heard.acked(id, seq, book);
        }
    }
}

fn entry(line: &MessageView) -> Option<Entry> {
    let unread = match line.kind {
        LineKind::Text => None,
        LineKind::Unreadable => Some(Unread(line.text.clone())),
        LineKind::Members | LineKind::Deleted | LineKind::Unknown => return None,
    };
    Some(Entry {
        seq: line.seq?.0,
        message: line.text.split(' ').next().unwrap_or_default().to_owned(),
        sender: line.device.to_string(),
        unread,
    })
}

/// A UUIDv7 that this process has not given out before.
fn message_id() -> MessageId {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = clock::since_1970();
    let mut chance = Chance::new(u64::from(now.subsec_nanos()) ^ u64::from(std::process::id()) << 32);
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&clock::ms(now).to_be_bytes()[2..]);
    bytes[6..8].copy_from_slice(&chance.next().to_be_bytes()[..2]);
    bytes[8..].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes[6] = 0x70 | bytes[6] & 0x0f;
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    MessageId::from_bytes(bytes)
}
