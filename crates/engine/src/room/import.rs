//! Messages of an export come into this device's memory: shown and searched, marked as not checked, never sent.

use securechat_mls::{History, Kind};
use securechat_proto::limits;

use super::CommandError;
use super::tell::shorten;
use crate::Cx;
use crate::content::Content;
use crate::engine::Engine;
use crate::memory::{NewMessage, RoomRow, RoomState, account_rows, message_rows, room_rows};
use crate::output::News;
use crate::view::{ImportedMessage, ImportedRoom};

impl Engine {
    /// Keeps those messages of a room that are not here; how many. A room that is not known here becomes one that this
    /// device is not in. What a joined room's log has yet to bring is left to the log.
    ///
    /// # Errors
    /// [`CommandError`]; nothing of the list is kept then.
    pub fn import(
        &mut self,
        from: &ImportedRoom,
        messages: &[ImportedMessage],
        cx: &mut Cx<'_>,
    ) -> Result<usize, CommandError> {
        for message in messages {
            check(message)?;
        }
        self.command(cx, |engine, _| {
            let row = match room_rows::read(&engine.conn, &from.room)? {
                Some(row) => row,
                None => {
                    let mut row = RoomRow::new(from.room, RoomState::Gone, Kind::Private, History::None);
                    (row.name, row.topic) = (shorten(&from.name), shorten(&from.topic));
                    room_rows::write(&engine.conn, &row)?;
                    engine.tell(News::Rooms);
                    row
                }
            };
            let is_in = !matches!(row.state, RoomState::Gone | RoomState::Listed);
            let mut new = 0;
            for message in messages.iter().filter(|message| !is_in || message.seq <= row.cursor) {
                let kept = message_rows::insert_imported(
                    &engine.conn,
                    &NewMessage {
                        room: &from.room,
                        message_id: &message.message_id,
                        device: &message.device,
                        user: &message.user,
                        seq: Some(message.seq),
                        time: message.time,
                        kind: "text",
                        text: &message.text,
                        content: &Content::Text { text: message.text.clone() }.to_bytes(),
                    },
                )?;
                let stranger = engine.registry.chain(&message.user).is_none();
                if stranger && account_rows::profile(&engine.conn, &message.user)?.is_none() {
                    account_rows::set_profile(&engine.conn, &message.user, &shorten(&message.from))?;
                }
                new += usize::from(kept);
            }
            if new > 0 {
                engine.tell(News::Timeline { room: from.room });
            }
            Ok(Ok(new))
        })
    }
}

fn check(message: &ImportedMessage) -> Result<(), CommandError> {
    const SEQ_MAX: u64 = u32::MAX as u64;
    if message.text.is_empty() || message.text.len() > limits::TEXT_BYTES_MAX {
        return Err(CommandError::Import("its text is empty or longer than any message"));
    }
    if !(1..=SEQ_MAX).contains(&message.seq.0) || i64::try_from(message.time.0).is_err() {
        return Err(CommandError::Import("its place or time is none"));
    }
    Ok(())
}
