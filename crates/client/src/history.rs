//! What was said before: read back from the server as far as somebody looks for it.

use securechat_engine::view::{Earlier, MessageView, RoomView};
use securechat_ids::{RoomId, Seq, UnixMillis};

use crate::client::Client;
use crate::drive::Connection;
use crate::failure::Failure;
use crate::platform::{now, sleep_until};

/// Messages read back at least, once any are.
const READ_BACK: u64 = 200;
/// Lines asked for at once while reading back to some place.
const LINES_AT_ONCE: usize = 500;
/// Longest time that coming in waits for the first page, in milliseconds.
const FIRST_PAGE_MS: u64 = 3_000;

impl Client {
    /// After coming in: waits until the first page of what was said before is here, where it can be read. A few seconds at
    /// most; the rest comes at the next visit.
    ///
    /// # Errors
    /// [`Failure`] when the server cannot be reached or does not accept this device.
    pub async fn settle_in(&self) -> Result<(), Failure> {
        self.caught_up().await?;
        let mut listener = self.listen();
        let read = async {
            loop {
                let reading = |room: &RoomView| room.earlier == Earlier::Reading;
                if !self.rooms().await?.iter().any(reading) || listener.next().await.is_none() {
                    return Ok(());
                }
            }
        };
        tokio::select! {
            done = read => done,
            () = sleep_until(Some(now().plus(FIRST_PAGE_MS))) => Ok(()),
        }
    }

    /// As [`Self::timeline`] before a place, with what has to be read back from the server for it.
    ///
    /// # Errors
    /// [`Failure`]. A server that cannot be reached is none: then it is what is here.
    pub async fn older(&self, room: RoomId, before: Seq, limit: usize) -> Result<Vec<MessageView>, Failure> {
        let mut listener = self.listen();
        let mut connection = self.connection();
        loop {
            let lines = self.timeline(room, Some(before), limit).await?;
            let earlier = self.room(room).await?.map_or(Earlier::All, |view| view.earlier);
            let online = matches!(&*connection.borrow_and_update(), Connection::Online);
            if lines.len() >= limit || !online || !matches!(earlier, Earlier::More | Earlier::Reading) {
                return Ok(lines);
            }
            if earlier == Earlier::More {
                let wanted = u64::try_from(limit).unwrap_or(u64::MAX).max(READ_BACK);
                self.with(move |engine, cx| engine.read_back(&room, wanted, cx)).await??;
            }
            tokio::select! {
                told = listener.next() => {
                    if told.is_none() {
                        return Err(Failure::Other("the engine has stopped".into()));
                    }
                }
                _changed = connection.changed() => {}
            }
        }
    }

    /// Reads a room back as far as `seq` or `time`, whichever is reached first, or as far as there is something; where
    /// neither is given, as far as a device does by itself when it comes into a room.
    ///
    /// # Errors
    /// As [`Self::older`].
    pub async fn read_back(
        &self,
        room: RoomId,
        seq: Option<Seq>,
        time: Option<UnixMillis>,
    ) -> Result<(), Failure> {
        if seq.is_none() && time.is_none() {
            return self.while_reading(room).await;
        }
        let far_enough = |line: &MessageView| {
            seq.is_some_and(|seq| line.seq <= Some(seq)) || time.is_some_and(|time| line.time <= time)
        };
        loop {
            let oldest = self.messages_after(room, Seq(0), 1).await?;
            let before = oldest.first().and_then(|line| line.seq).unwrap_or(Seq(u64::MAX >> 1));
            if oldest.first().is_some_and(far_enough) {
                return Ok(());
            }
            if self.older(room, before, LINES_AT_ONCE).await?.is_empty() {
                return Ok(());
            }
        }
    }

    /// Waits as long as something of a room is being read back.
    async fn while_reading(&self, room: RoomId) -> Result<(), Failure> {
        let mut listener = self.listen();
        let mut connection = self.connection();
        loop {
            let online = matches!(&*connection.borrow_and_update(), Connection::Online);
            let reading = self.room(room).await?.is_some_and(|view| view.earlier == Earlier::Reading);
            if !online || !reading {
                return Ok(());
            }
            tokio::select! {
                told = listener.next() => {
                    if told.is_none() {
                        return Err(Failure::Other("the engine has stopped".into()));
                    }
                }
                _changed = connection.changed() => {}
            }
        }
    }
}
