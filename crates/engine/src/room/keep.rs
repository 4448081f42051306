//! What was said is kept, or a sentence in its place.

use rusqlite::Connection;
use securechat_ids::{DeviceId, RoomId, UserId};

use super::event::Place;
use crate::content::{Content, Envelope};
use crate::engine::{Engine, EngineError};
use crate::memory::{NewMessage, RoomRow, message_rows, room_rows};
use crate::output::News;
use crate::unreadable::Unreadable;

impl Engine {
    pub(super) fn keep(
        &mut self,
        row: &mut RoomRow,
        place: Place,
        envelope: &Envelope,
    ) -> Result<(), EngineError> {
        match &envelope.content {
            Content::Text { text } => {
                self.keep_message(row, place, envelope, text)?;
                self.tell(News::Arrived { room: row.room, seq: place.seq });
            }
            Content::Unknown { .. } => {
                self.keep_message(row, place, envelope, Unreadable::NeedsNewerVersion.sentence())?;
            }
            Content::Meta { name, topic } => self.take_in_name(row, place.seq, name, topic)?,
            Content::Directory { rooms } => self.take_in_directory(row, place.seq, rooms)?,
            Content::Profile { name } => self.take_in_profile(&envelope.user, name)?,
            Content::Keys { keys } => self.take_in_keys(row, keys)?,
            Content::Predecessor { room, epoch, key } => {
                let key = key.as_ref().map(|key| (*epoch, key));
                if self.take_in_predecessor(row, &envelope.user, room, key)? {
                    self.keep_message(row, place, envelope, super::reset::GOES_ON_FROM)?;
                    self.tell(News::Timeline { room: row.room });
                }
            }
            Content::Successor { room } => {
                if self.take_in_successor(row, &envelope.user, room)? {
                    self.keep_message(row, place, envelope, &super::reset::goes_on_in(&row.name))?;
                    self.tell(News::Timeline { room: row.room });
                }
            }
        }
        Ok(())
    }

    /// Keeps a message at its place; whether it is new here.
    pub(super) fn keep_message(
        &self,
        row: &RoomRow,
        place: Place,
        envelope: &Envelope,
        text: &str,
    ) -> Result<bool, EngineError> {
        let new = message_rows::insert(
            &self.conn,
            &NewMessage {
                room: &row.room,
                message_id: &place.message_id,
                device: &envelope.device,
                user: &envelope.user,
                seq: Some(place.seq),
                time: place.time,
                kind: envelope.content.kind(),
                text,
                content: &envelope.content.to_bytes(),
            },
        )?;
        Ok(new)
    }

    /// Keeps a line in place of what cannot be shown: never a silent gap.
    pub(super) fn keep_unreadable(
        &self,
        row: &RoomRow,
        place: Place,
        why: Unreadable,
    ) -> Result<(), EngineError> {
        let user = sender_of(&self.conn, &row.room, &place.device)?.unwrap_or(self.me.user_id);
        self.keep_unreadable_of(row, place, user, why)
    }

    pub(super) fn keep_unreadable_of(
        &self,
        row: &RoomRow,
        place: Place,
        user: UserId,
        why: Unreadable,
    ) -> Result<(), EngineError> {
        message_rows::insert(
            &self.conn,
            &NewMessage {
                room: &row.room,
                message_id: &place.message_id,
                device: &place.device,
                user: &user,
                seq: Some(place.seq),
                time: place.time,
                kind: "unreadable",
                text: why.sentence(),
                content: why.name().as_bytes(),
            },
        )?;
        Ok(())
    }
}

/// Whose a device of a room is.
pub(super) fn sender_of(
    conn: &Connection,
    room: &RoomId,
    device: &DeviceId,
) -> Result<Option<UserId>, EngineError> {
    let leaves = room_rows::leaves(conn, room)?;
    Ok(leaves.into_iter().find(|(_, _, leaf_of)| leaf_of == device).map(|(_, user, _)| user))
}
