//! Reads for faces: rooms, timelines, inbox, search, people.

use securechat_chain::Chain;
use securechat_ids::{MessageId, RoomId, Seq, ServerId, UnixMillis, UserId};
use securechat_mls::Kind;

use crate::account::VaultKey;
use crate::clean::{clean_line, clean_text};
use crate::engine::{Engine, EngineError};
use crate::memory::{
    Ended, MessageRow, RoomRow, RoomState, account_rows, history_rows, intent_rows, limit_rows, message_rows,
    room_rows,
};
use crate::unreadable::Unreadable;
use crate::view::{Delivery, LineKind, MeView, MessageView, PersonView, RoomStanding, RoomView};

impl Engine {
    /// Who this device is.
    pub fn me(&self) -> MeView {
        MeView {
            user_id: self.me.user_id,
            user_name: self.me.user_name.clone(),
            device_id: self.me.device_id,
            role: self.me.role,
            server_url: self.me.server_url.clone(),
            server_pin: self.me.server_pin.clone(),
        }
    }

    /// This device's signing key, to revoke other devices with.
    pub fn device_key(&self) -> &securechat_mls_member::DeviceKey {
        &self.me.key
    }

    /// Who the server is.
    pub fn server_id(&self) -> ServerId {
        self.me.server_id
    }

    /// This user's vault key.
    pub fn vault_key(&self) -> &VaultKey {
        &self.me.vault_key
    }

    /// This user's own chain, if the log has come in.
    pub fn own_chain(&self) -> Option<&Chain> {
        self.registry.chain(&self.me.user_id)
    }

    /// The team's room.
    pub fn team_room(&self) -> Option<RoomId> {
        self.me.team_room
    }

    /// All rooms known here, the team's first, then by label; rooms left behind last.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn rooms(&self) -> Result<Vec<RoomView>, EngineError> {
        let rows = room_rows::all(&self.conn)?;
        let mut views = rows.iter().map(|row| self.room_view(row, &rows)).collect::<Result<Vec<_>, _>>()?;
        views.sort_by_key(|view| {
            (
                view.state == RoomStanding::Gone || view.goes_on.is_some(),
                view.state == RoomStanding::Listed,
                Some(view.room) != self.me.team_room,
                view.kind == Kind::Dm,
                view.label.clone(),
            )
        });
        Ok(views)
    }

    /// One room.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn room(&self, room: &RoomId) -> Result<Option<RoomView>, EngineError> {
        let rows = room_rows::all(&self.conn)?;
        rows.iter().find(|row| row.room == *room).map(|row| self.room_view(row, &rows)).transpose()
    }

    fn room_view(&self, row: &RoomRow, all: &[RoomRow]) -> Result<RoomView, EngineError> {
        let (unread, newest) = message_rows::unread(&self.conn, &row.room, row.read_to, &self.me.user_id)?;
        Ok(RoomView {
            room: row.room,
            label: clean_line(&self.label(row, all)?),
            topic: row.topic.clone(),
            kind: row.kind,
            history: row.history,
            earlier: self.earlier(row)?,
            keep_days: limit_rows::read(&self.conn, &row.room)?.keep_days,
            state: match row.state {
                RoomState::Listed => RoomStanding::Listed,
                RoomState::Joining => RoomStanding::Joining,
                RoomState::Joined => RoomStanding::Joined,
                RoomState::Gone => RoomStanding::Gone,
                RoomState::Halted => RoomStanding::Halted,
            },
            unread,
            read_to: row.read_to,
            cursor: row.cursor,
            newest,
            people: room_rows::users(&self.conn, &row.room)?.len(),
            waiting: message_rows::waiting(&self.conn, &row.room)?.len(),
            trouble: self.trouble(row)?,
            goes_on: self.goes_on(&row.room)?,
        })
    }

    /// The newest `limit` messages of a room before `before`, oldest first; without `before` those that wait come last.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn timeline(
        &self,
        room: &RoomId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<Vec<MessageView>, EngineError> {
        let mut rows = message_rows::page(&self.conn, room, before, limit)?;
        if before.is_none() {
            rows.extend(message_rows::waiting(&self.conn, room)?);
        }
        self.message_views(&rows)
    }

    /// Messages of a room after `after`, oldest first.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn messages_after(
        &self,
        room: &RoomId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<MessageView>, EngineError> {
        self.message_views(&message_rows::after(&self.conn, room, after, limit)?)
    }

    /// Place of the newest message of a room before `time`.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn seq_at(&self, room: &RoomId, time: UnixMillis) -> Result<Seq, EngineError> {
        Ok(message_rows::seq_at(&self.conn, room, time)?)
    }

    /// One message of this device.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn own_message(&self, room: &RoomId, id: &MessageId) -> Result<Option<MessageView>, EngineError> {
        let row = message_rows::by_id(&self.conn, room, &self.me.device_id, id)?;
        Ok(self.message_views(row.as_slice())?.into_iter().next())
    }

    /// Everything unread, room by room, at most `limit` lines each.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn inbox(&self, limit: usize) -> Result<Vec<MessageView>, EngineError> {
        let mut lines = Vec::new();
        for view in self.rooms()? {
            if view.unread > 0 {
                let new = self.messages_after(&view.room, view.read_to, limit)?;
                lines.extend(
                    new.into_iter().filter(|line| {
                        !line.own && !matches!(line.kind, LineKind::Members | LineKind::Deleted)
                    }),
                );
            }
        }
        Ok(lines)
    }

    /// Messages with all these words, newest first.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn search(&self, words: &str, limit: usize) -> Result<Vec<MessageView>, EngineError> {
        self.message_views(&message_rows::search(&self.conn, None, words, limit)?)
    }

    /// Messages of one room with all these words, newest first.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn search_in(
        &self,
        room: &RoomId,
        words: &str,
        limit: usize,
    ) -> Result<Vec<MessageView>, EngineError> {
        self.message_views(&message_rows::search(&self.conn, Some(room), words, limit)?)
    }

    /// How many changes of a room wait to come true.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn wishes_waiting(&self, room: &RoomId) -> Result<u64, EngineError> {
        Ok(intent_rows::count_in(&self.conn, room)?)
    }

    /// Why the last wish for a room could not come true; told once.
    pub fn take_refusal(&mut self, room: &RoomId) -> Option<String> {
        self.refusals.remove(room)
    }

    /// What a person was writing in a room.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn draft(&self, room: &RoomId) -> Result<String, EngineError> {
        Ok(room_rows::draft(&self.conn, room)?)
    }

    /// People in a room.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn members(&self, room: &RoomId) -> Result<Vec<PersonView>, EngineError> {
        let users = room_rows::users(&self.conn, room)?;
        let mut people = users.iter().map(|user| self.person(user)).collect::<Result<Vec<_>, _>>()?;
        if let Some(policy) = self.policy(room)?.filter(|policy| policy.kind != Kind::Dm) {
            for person in &mut people {
                person.room_admin = policy.admins.contains(&person.user_id);
            }
        }
        people.sort_by(|a, b| a.user_name.cmp(&b.user_name));
        Ok(people)
    }

    /// People of the team.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn people(&self) -> Result<Vec<PersonView>, EngineError> {
        let users: Vec<UserId> = self.registry.chains().map(Chain::user_id).collect();
        let mut people = users.iter().map(|user| self.person(user)).collect::<Result<Vec<_>, _>>()?;
        people.sort_by(|a, b| a.user_name.cmp(&b.user_name));
        Ok(people)
    }

    fn person(&self, user: &UserId) -> Result<PersonView, EngineError> {
        let chain = self.registry.chain(user);
        Ok(PersonView {
            user_id: *user,
            user_name: self.user_name(user),
            display: account_rows::profile(&self.conn, user)?,
            devices: chain.map_or(0, |chain| chain.devices().values().filter(|d| d.active).count()),
            root: chain.map_or([0; 32], Chain::root),
            room_admin: false,
            trust: self.trust(user)?,
        })
    }

    fn message_views(&self, rows: &[MessageRow]) -> Result<Vec<MessageView>, EngineError> {
        let all = room_rows::all(&self.conn)?;
        rows.iter()
            .map(|row| {
                let room = all.iter().find(|room| room.room == row.room);
                let room_label = room.map(|room| self.label(room, &all)).transpose()?.unwrap_or_default();
                let view = self.message_view(row, clean_line(&room_label))?;
                let arrived = room.map(|room| self.arrived(row, room)).transpose()?.flatten();
                Ok(MessageView { arrived, ..view })
            })
            .collect()
    }

    /// Why a line stands in place of a message.
    fn why(&self, row: &MessageRow) -> Result<Option<Unreadable>, EngineError> {
        let kept = match row.kind.as_str() {
            "unreadable" => Unreadable::of(&row.content),
            "text" | "members" | "deleted" | "predecessor" | "successor" => None,
            _ => Some(Unreadable::NeedsNewerVersion),
        };
        // A gap stays one as long as there is hope.
        let history = match kept {
            Some(Unreadable::Gap) => history_rows::read(&self.conn, &row.room)?,
            _ => None,
        };
        let nothing_kept = history.is_some_and(|history| history.ended == Some(Ended::None));
        Ok(if nothing_kept { Some(Unreadable::NotKept) } else { kept })
    }

    fn message_view(&self, row: &MessageRow, room_label: String) -> Result<MessageView, EngineError> {
        let why = self.why(row)?;
        Ok(MessageView {
            room: row.room,
            room_label,
            message_id: row.message_id,
            seq: row.seq,
            time: row.time,
            user: row.user,
            from: clean_line(&self.user_name(&row.user)),
            display: account_rows::profile(&self.conn, &row.user)?,
            device: row.device,
            own: row.user == self.me.user_id,
            kind: match row.kind.as_str() {
                "text" => LineKind::Text,
                "members" | "predecessor" | "successor" => LineKind::Members,
                "deleted" => LineKind::Deleted,
                "unreadable" => LineKind::Unreadable,
                _ => LineKind::Unknown,
            },
            text: why.map_or_else(|| clean_text(&row.text), |why| why.sentence().to_owned()),
            why,
            imported: row.imported,
            state: match (&row.seq, &row.outbox) {
                (Some(_), _) | (None, None) => Delivery::Sent,
                (None, Some((Some(why), _))) => Delivery::Failed(why.clone()),
                (None, Some((None, true))) => Delivery::Sending,
                (None, Some((None, false))) => Delivery::Queued,
            },
            arrived: None,
        })
    }
}
