//! Messages go out: one at a time for each room, in order, encrypted when their turn comes.

use bytes::Bytes;
use securechat_ids::{MessageId, RoomId, Seq};
use securechat_mls_member::Provider;
use securechat_proto::frame::{Publish, Request};
use securechat_proto::{Code, Refusal};

use super::pump::bytes;
use crate::Cx;
use crate::content::{Content, Envelope};
use crate::engine::{Engine, EngineError};
use crate::memory::{Halt, MemoryError, OutboxRow, RoomRow, RoomState, message_rows, outbox_rows, room_rows};
use crate::output::News;
use crate::seal::{Bound, seal};
use crate::work::Asked;

/// A PrivateMessage and the body beside it.
type Ciphertext = (Vec<u8>, Vec<u8>);

/// Why what waits in a room that is closed to this device will not go out.
pub(super) const NOT_IN_ANY_MORE: &str = "you are not in this room any more";

/// A room's epochs only go up; what is sealed for an old one can be read by whoever has left since.
pub(super) const EARLIER_EPOCH: &str = "the server has gone back to an earlier state of this room than this device has seen; nothing more is sent here";

impl Engine {
    /// Sends a room's next message: the stored bytes if they are of this epoch, else bytes made now and stored first.
    pub(super) fn pump_outbox(&mut self, row: &RoomRow, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let Some(waiting) = outbox_rows::next(&self.conn, &row.room)? else { return Ok(()) };
        // What was written before their root changed waits as well, until somebody has compared.
        if self.changed_peer(row)?.is_some() {
            return Ok(());
        }
        let (mls, body) = match &waiting.sealed {
            Some((epoch, mls, body)) if *epoch == row.epoch => (mls.clone(), body.clone()),
            Some(_) | None => match self.encrypted(row, &waiting, cx)? {
                Some(sealed) => sealed,
                None => return Ok(()),
            },
        };
        let publish = Publish {
            room: bytes(row.room.as_bytes()),
            base_epoch: row.epoch.0,
            message_id: bytes(waiting.message_id.as_bytes()),
            mls: Bytes::from(mls),
            body: Bytes::from(body),
        };
        self.publish(row, &waiting, publish);
        Ok(())
    }

    fn publish(&mut self, row: &RoomRow, waiting: &OutboxRow, publish: Publish) {
        let (number, message_id) = (waiting.number, waiting.message_id);
        self.ask_for(row.room, Request::Publish(publish), |room| Asked::Publish { room, number, message_id });
    }

    /// In a room that is closed to this device: what left it before may have arrived. The same bytes once more, and the server
    /// answers with the place they have or that they have none; it takes nothing new from who is not in.
    pub(super) fn ask_what_became(&mut self, row: &RoomRow) -> Result<(), EngineError> {
        let Some(waiting) = outbox_rows::next(&self.conn, &row.room)? else { return Ok(()) };
        let (Some((epoch, mls, body)), None) = (&waiting.sealed, self.hold) else { return Ok(()) };
        let publish = Publish {
            room: bytes(row.room.as_bytes()),
            base_epoch: epoch.0,
            message_id: bytes(waiting.message_id.as_bytes()),
            mls: Bytes::from(mls.clone()),
            body: Bytes::from(body.clone()),
        };
        self.publish(row, &waiting, publish);
        Ok(())
    }

    /// Encrypts in a savepoint: where this device's state is of no use any more, the room stops, to come back.
    fn encrypted(
        &mut self,
        row: &RoomRow,
        waiting: &OutboxRow,
        cx: &mut Cx<'_>,
    ) -> Result<Option<Ciphertext>, EngineError> {
        let mut row = row.clone();
        if !self.group_loads(&mut row)? {
            return Ok(None);
        }
        self.conn.execute_batch("SAVEPOINT encrypt")?;
        match self.encrypt(&row, waiting, cx) {
            Ok(sealed) => {
                self.conn.execute_batch("RELEASE encrypt")?;
                Ok(Some(sealed))
            }
            Err(EngineError::Member(_)) => {
                self.conn.execute_batch("ROLLBACK TO encrypt; RELEASE encrypt")?;
                self.groups.remove(&row.room);
                self.halt(&mut row, Halt::Desync, super::repair::KEYS_LOST)?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Ratchet, ciphertext and outbox row move together: after a crash the same bytes go out, never the same key twice.
    fn encrypt(
        &mut self,
        row: &RoomRow,
        waiting: &OutboxRow,
        cx: &mut Cx<'_>,
    ) -> Result<Ciphertext, EngineError> {
        let content = Content::from_bytes(&waiting.content).ok_or(MemoryError::Corrupt("outbox"))?;
        let transcript = room_rows::transcript(&self.conn, &row.room, row.cursor)?
            .ok_or(MemoryError::Corrupt("transcripts"))?;
        let envelope = Envelope {
            room: row.room,
            message_id: waiting.message_id,
            user: self.me.user_id,
            device: self.me.device_id,
            time: cx.now,
            content,
        };
        let bound = Bound {
            room: row.room,
            message_id: waiting.message_id,
            last_seen: row.cursor,
            transcript,
            log: self.log_head(),
        };
        let mut group = self.take_group(&row.room)?;
        let provider = Provider::new(&self.conn);
        let sealed = seal(&provider, &group, &self.me.key, &envelope, cx)?;
        let mls = group.encrypt(&provider, &self.me.key, &bound.to_bytes(), &sealed.plaintext)?;
        let epoch = group.epoch();
        self.keep_group(group);
        outbox_rows::set_sealed(&self.conn, waiting.number, epoch, &mls, &sealed.body)?;
        Ok((mls, sealed.body))
    }

    pub(super) fn publish_refused(
        &mut self,
        room: &RoomId,
        number: i64,
        message_id: &MessageId,
        refusal: &Refusal,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let row = room_rows::read(&self.conn, room)?;
        if row.is_some_and(|row| matches!(row.state, RoomState::Gone | RoomState::Listed)) {
            return self.fail(room, number, message_id, NOT_IN_ANY_MORE);
        }
        match refusal.code {
            Code::StaleEpoch => {
                let Some(mut row) = room_rows::read(&self.conn, room)? else { return Ok(()) };
                let sealed =
                    outbox_rows::find(&self.conn, room, message_id)?.and_then(|waiting| waiting.sealed);
                if sealed.is_some_and(|(epoch, ..)| epoch.0 > refusal.epoch) {
                    return self.halt(&mut row, Halt::RolledBack, EARLIER_EPOCH);
                }
                row.head = row.head.max(Seq(refusal.head_seq));
                room_rows::write(&self.conn, &row)?;
                if row.cursor >= row.head {
                    // Nothing to catch up with: a server that says so is asked again later, not at once.
                    let jitter_ms = cx.jitter_ms(5_000);
                    self.work.entry(*room).or_default().back_off(cx.now, jitter_ms);
                }
                Ok(())
            }
            Code::MustCommit => {
                self.must_remove(room, &refusal.leaves, cx)?;
                let jitter_ms = cx.jitter_ms(5_000);
                let work = self.work.entry(*room).or_default();
                // Somebody must do it before anything goes out; if nobody has by then, this device does. A server that
                // names nobody who could be removed is asked again later and later, not at once.
                work.back_off(cx.now, jitter_ms);
                work.not_before = work.not_before.max(work.remove_at);
                Ok(())
            }
            Code::NotMember | Code::NotFound => self.room_gone(room),
            _ => self.fail(room, number, message_id, &refusal.message),
        }
    }

    fn fail(&mut self, room: &RoomId, number: i64, id: &MessageId, why: &str) -> Result<(), EngineError> {
        outbox_rows::set_failed(&self.conn, number, why)?;
        self.tell(News::Failed { room: *room, message_id: *id, why: why.to_owned() });
        self.tell(News::Timeline { room: *room });
        Ok(())
    }

    /// Marks what never left this device as failed. Of what did, only the server can say: see [`Engine::ask_what_became`].
    pub(super) fn fail_unsent(&mut self, room: &RoomId, why: &str) -> Result<(), EngineError> {
        for (number, message_id) in outbox_rows::never_sealed(&self.conn, room)? {
            self.fail(room, number, &message_id, why)?;
        }
        self.dirty.insert(*room);
        Ok(())
    }

    /// Marks all that waits in a room as failed, for its writer to see, copy or drop.
    pub(super) fn fail_all(&mut self, room: &RoomId, why: &str) -> Result<(), EngineError> {
        while let Some(waiting) = outbox_rows::next(&self.conn, room)? {
            self.fail(room, waiting.number, &waiting.message_id, why)?;
        }
        Ok(())
    }

    /// Puts a message into a room's outbox and timeline.
    pub(super) fn enqueue(
        &mut self,
        room: &RoomId,
        content: &Content,
        text: &str,
        cx: &mut Cx<'_>,
    ) -> Result<MessageId, EngineError> {
        let message_id = cx.message_id();
        self.enqueue_as(message_id, room, content, text, cx)?;
        Ok(message_id)
    }

    /// As [`Self::enqueue`], under an id that is new to this device.
    pub(super) fn enqueue_as(
        &mut self,
        message_id: MessageId,
        room: &RoomId,
        content: &Content,
        text: &str,
        cx: &Cx<'_>,
    ) -> Result<(), EngineError> {
        let bytes = content.to_bytes();
        message_rows::insert(
            &self.conn,
            &crate::memory::NewMessage {
                room,
                message_id: &message_id,
                device: &self.me.device_id,
                user: &self.me.user_id,
                seq: None,
                time: cx.now,
                kind: content.kind(),
                text,
                content: &bytes,
            },
        )?;
        outbox_rows::insert(&self.conn, room, &message_id, &bytes)?;
        self.dirty.insert(*room);
        Ok(())
    }
}
