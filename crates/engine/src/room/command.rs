//! What a person asks for. Each is one transaction: once it returns, it is remembered and will happen.

use securechat_ids::{MessageId, RoomId, Seq, UserId};
use securechat_mls::{History, Join, Kind, Policy, is_dm_room};
use securechat_mls_member::{Group, Provider};
use securechat_proto::limits;
use serde_bytes::ByteBuf;

use super::tell::shorten;
use crate::Cx;
use crate::clean::clean_line;
use crate::content::Content;
use crate::engine::{Engine, EngineError};
use crate::memory::{Made, RoomRow, RoomState, Wish, intent_rows, message_rows, outbox_rows, room_rows};
use crate::output::News;

/// People added by one commit.
const ADDED_AT_ONCE: usize = 64;
/// Longest room name, in characters.
const ROOM_NAME_CHARACTERS_MAX: usize = 40;

/// A random id that is not one of direct messages.
pub(super) fn fresh_room(cx: &mut Cx<'_>) -> RoomId {
    loop {
        let room = RoomId::from_bytes(cx.bytes());
        if !is_dm_room(&room) {
            return room;
        }
    }
}

/// A room to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRoom {
    /// Lower-case letters, digits, `-`, `_`, `.`; with or without `#`.
    pub name: String,
    /// One line.
    pub topic: String,
    /// Whether everybody of the team finds and joins it.
    pub open: bool,
    /// Whether messages are kept for those who come later.
    pub history: History,
    /// People to add at once.
    pub people: Vec<UserId>,
}

/// Why a command is not carried out. Each is a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// No such room here.
    #[error("there is no room {0} here; `securechat rooms` lists them")]
    NoSuchRoom(String),
    /// Listed, but not joined.
    #[error("you are not in {0}; join it first")]
    NotIn(String),
    /// No such person.
    #[error("there is nobody called {0} in this team")]
    NoSuchPerson(String),
    /// An export says what no room of this program says.
    #[error("the export holds a message that cannot be one: {0}")]
    Import(&'static str),
    /// Nothing to send.
    #[error("an empty message is not sent")]
    Empty,
    /// Longer than a message may be.
    #[error("the message has {0} bytes; at most {max} are possible, so split it", max = limits::TEXT_BYTES_MAX)]
    TooLong(usize),
    /// Not a room name.
    #[error("a room's name has 1 to {ROOM_NAME_CHARACTERS_MAX} of a-z, 0-9, '-', '_' and '.'")]
    RoomName,
    /// Taken on this device.
    #[error("there is a room called {0} already; choose another name")]
    RoomNameTaken(String),
    /// Messages to oneself.
    #[error("you cannot open a direct message with yourself")]
    Yourself,
    /// Something is wrong with the room.
    #[error("nothing can be sent here: {0}")]
    Halted(String),
    /// Whom one had compared is not the same any more.
    #[error(
        "{0} has new keys since you compared: they began anew, or somebody took their place. Nothing is sent to them until \
         you compare again (`securechat verify {0}`) or take the new keys as they are (`securechat verify {0} --accept`)"
    )]
    RootChanged(String),
    /// Compared, and another one a moment later.
    #[error("the keys of {0} changed a moment ago; compare again")]
    RootMoved(String),
    /// It has a successor.
    #[error("this room goes on in {0}; say it there")]
    GoesOn(String),
    /// The team's room cannot be left.
    #[error("everybody is in the team's room; it cannot be left")]
    TeamRoom,
    /// Somebody else is to change it.
    #[error("only an admin of {0} can change this; ask one of them")]
    NotRoomAdmin(String),
    /// A room keeps an admin who is there.
    #[error("{0} would have no admin left; make somebody else an admin first")]
    LastAdmin(String),
    /// Only who is in a room is its admin.
    #[error("{person} is not in {room}; add them first")]
    NotThere {
        /// As `@name`.
        person: String,
        /// Its label.
        room: String,
    },
    /// Both people of direct messages may do the same.
    #[error("direct messages have no admins and no newcomers; only rooms have")]
    DirectMessages,
    /// What was promised to those who wrote holds.
    #[error("newcomers of {0} read back less than that already, and this is only ever tightened")]
    Loosens(String),
    /// The device's own memory failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<crate::MemoryError> for CommandError {
    fn from(error: crate::MemoryError) -> Self {
        EngineError::from(error).into()
    }
}

impl Engine {
    pub(super) fn command<T>(
        &mut self,
        cx: &mut Cx<'_>,
        act: impl FnOnce(&mut Self, &mut Cx<'_>) -> Result<Result<T, CommandError>, EngineError>,
    ) -> Result<T, CommandError> {
        self.step(cx, act)?
    }

    /// Sends a text to a room; it waits in the outbox until the server has it.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn send_text(
        &mut self,
        room: &RoomId,
        text: &str,
        cx: &mut Cx<'_>,
    ) -> Result<MessageId, CommandError> {
        let id = cx.message_id();
        self.send_text_as(id, room, text, cx)?;
        Ok(id)
    }

    /// As [`Engine::send_text`], under an id that the asker drew: asked again with the same one, nothing is sent twice. For
    /// faces that may not hear the answer, such as a tab whose engine goes with another tab.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn send_text_as(
        &mut self,
        id: MessageId,
        room: &RoomId,
        text: &str,
        cx: &mut Cx<'_>,
    ) -> Result<(), CommandError> {
        if message_rows::by_id(&self.conn, room, &self.me.device_id, &id)?.is_some() {
            return Ok(());
        }
        if text.trim().is_empty() {
            return Err(CommandError::Empty);
        }
        if text.len() > limits::TEXT_BYTES_MAX {
            return Err(CommandError::TooLong(text.len()));
        }
        let row = self.may_send(room)?;
        self.command(cx, |engine, cx| {
            engine.bring_together(&row, cx)?;
            engine.enqueue_as(id, room, &Content::Text { text: text.to_owned() }, text, cx)?;
            engine.tell(News::Timeline { room: *room });
            Ok(Ok(()))
        })
    }

    pub(super) fn may_send(&self, room: &RoomId) -> Result<RoomRow, CommandError> {
        let row =
            room_rows::read(&self.conn, room)?.ok_or_else(|| CommandError::NoSuchRoom(room.to_string()))?;
        if let Some(next) = self.goes_on(room)? {
            return Err(CommandError::GoesOn(next));
        }
        match row.state {
            RoomState::Joined | RoomState::Joining => match self.changed_peer(&row)? {
                Some(peer) => Err(CommandError::RootChanged(self.mention(&peer)?)),
                None => Ok(row),
            },
            RoomState::Halted => Err(CommandError::Halted(row.trouble.unwrap_or_default())),
            RoomState::Listed | RoomState::Gone => Err(CommandError::NotIn(self.label_of(&row)?)),
        }
    }

    pub(super) fn label_of(&self, row: &RoomRow) -> Result<String, EngineError> {
        self.label(row, &room_rows::all(&self.conn)?)
    }

    /// Lets a failed message go out again.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn retry(&mut self, room: &RoomId, id: &MessageId, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        self.may_send(room)?;
        self.command(cx, |engine, _| {
            outbox_rows::retry(&engine.conn, room, id)?;
            engine.dirty.insert(*room);
            engine.tell(News::Timeline { room: *room });
            Ok(Ok(()))
        })
    }

    /// Drops a message that failed or waits, unless it is on its way.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn discard(&mut self, room: &RoomId, id: &MessageId, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        self.command(cx, |engine, _| {
            let known = message_rows::by_id(&engine.conn, room, &engine.me.device_id, id)?;
            // With ciphertext it may have reached the server: only its echo can say.
            let never_left =
                known.is_some_and(|m| m.seq.is_none() && m.outbox.is_some_and(|(_, sealed)| !sealed));
            if never_left && outbox_rows::delete(&engine.conn, room, id)? {
                message_rows::delete(&engine.conn, room, &engine.me.device_id, id)?;
            }
            engine.tell(News::Timeline { room: *room });
            Ok(Ok(()))
        })
    }

    /// Makes a room and adds people to it.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn create_room(&mut self, new: &NewRoom, cx: &mut Cx<'_>) -> Result<RoomId, CommandError> {
        let name = room_name(&new.name).ok_or(CommandError::RoomName)?;
        if self.room_of(&name)?.is_some() {
            return Err(CommandError::RoomNameTaken(format!("#{name}")));
        }
        let (kind, join) = if new.open { (Kind::Channel, Join::Open) } else { (Kind::Private, Join::Invite) };
        self.command(cx, |engine, cx| {
            let room = fresh_room(cx);
            let policy = Policy::new(kind, new.history, join, engine.me.user_id);
            let mut row = RoomRow::new(room, RoomState::Joining, kind, new.history);
            row.name.clone_from(&name);
            row.topic = shorten(&new.topic);
            engine.found(&row, &policy, false, cx)?;
            engine.wish_to_add(&room, &new.people, cx)?;
            if new.open {
                engine.list_room(room, &name, &shorten(&new.topic), cx)?;
            }
            Ok(Ok(room))
        })
    }

    pub(super) fn found(
        &mut self,
        row: &RoomRow,
        policy: &Policy,
        team_room: bool,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let (group, founding) = Group::found(&Provider::new(&self.conn), &self.me.key, row.room, policy)?;
        room_rows::write(&self.conn, row)?;
        let epoch = group.epoch();
        self.keep_group(group);
        intent_rows::insert(&self.conn, &row.room, &Wish::Found { team_room }, &cx.message_id())?;
        if let Some(intent) = intent_rows::next(&self.conn, &row.room)? {
            let made = Made::Founding(ByteBuf::from(founding.group_info), ByteBuf::from(founding.tree));
            intent_rows::set_made(&self.conn, intent.number, Some((epoch, &made)))?;
        }
        self.dirty.insert(row.room);
        self.tell(News::Rooms);
        Ok(())
    }

    /// Makes the team's room; the owner's first device does this once.
    pub(super) fn found_team_room(&mut self, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let mut wishes = intent_rows::rooms(&self.conn)?.into_iter();
        let under_way = wishes.any(|room| {
            let next = intent_rows::next(&self.conn, &room);
            matches!(next, Ok(Some(intent)) if intent.wish == Wish::Found { team_room: true })
        });
        if under_way {
            return Ok(());
        }
        let room = fresh_room(cx);
        let policy = Policy::new(Kind::Channel, History::Shared, Join::Open, self.me.user_id);
        let mut row = RoomRow::new(room, RoomState::Joining, Kind::Channel, History::Shared);
        row.name = "general".to_owned();
        self.me.team_room = Some(room);
        self.found(&row, &policy, true, cx)
    }

    pub(super) fn wish_to_add(
        &mut self,
        room: &RoomId,
        users: &[UserId],
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        for users in users.chunks(ADDED_AT_ONCE) {
            intent_rows::insert(&self.conn, room, &Wish::Add(users.to_vec()), &cx.message_id())?;
        }
        self.dirty.insert(*room);
        Ok(())
    }

    /// Joins an open room from the directory.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn join_room(&mut self, room: &RoomId, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        let row =
            room_rows::read(&self.conn, room)?.ok_or_else(|| CommandError::NoSuchRoom(room.to_string()))?;
        // Whoever is on their way in already, or makes the room just now, gets there by that.
        let under_way = row.state == RoomState::Joining && intent_rows::count_in(&self.conn, room)? > 0;
        if row.state == RoomState::Joined || under_way {
            return Ok(());
        }
        self.command(cx, |engine, cx| Ok(Ok(engine.wish_to_join(row, cx)?)))
    }

    /// Adds people to a room.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn add_people(
        &mut self,
        room: &RoomId,
        users: &[UserId],
        cx: &mut Cx<'_>,
    ) -> Result<(), CommandError> {
        self.may_send(room)?;
        self.command(cx, |engine, cx| Ok(Ok(engine.wish_to_add(room, users, cx)?)))
    }

    /// Removes a person with all their devices. Who removes themselves leaves: no commit can remove the device that makes it.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn remove_person(
        &mut self,
        room: &RoomId,
        user: &UserId,
        cx: &mut Cx<'_>,
    ) -> Result<(), CommandError> {
        if *user == self.me.user_id {
            return self.leave_room(room, cx);
        }
        self.may_send(room)?;
        self.command(cx, |engine, cx| {
            intent_rows::insert(&engine.conn, room, &Wish::Remove(*user), &cx.message_id())?;
            engine.dirty.insert(*room);
            Ok(Ok(()))
        })
    }

    /// Leaves a room.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn leave_room(&mut self, room: &RoomId, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        if self.me.team_room == Some(*room) {
            return Err(CommandError::TeamRoom);
        }
        self.may_send(room)?;
        self.command(cx, |engine, cx| {
            intent_rows::insert(&engine.conn, room, &Wish::Leave, &cx.message_id())?;
            engine.dirty.insert(*room);
            Ok(Ok(()))
        })
    }

    /// Everything up to `seq` has been read here.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn mark_read(&mut self, room: &RoomId, seq: Seq, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        let Some(mut row) = room_rows::read(&self.conn, room)? else { return Ok(()) };
        if row.read_to >= seq {
            return Ok(());
        }
        self.command(cx, |engine, _| {
            row.read_to = seq.min(row.cursor.max(row.read_to));
            room_rows::write(&engine.conn, &row)?;
            engine.tell(News::Rooms);
            Ok(Ok(()))
        })
    }

    /// Everything from `seq` on counts as unread again.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn mark_unread(&mut self, room: &RoomId, seq: Seq, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        let Some(mut row) = room_rows::read(&self.conn, room)? else { return Ok(()) };
        self.command(cx, |engine, _| {
            row.read_to = Seq(seq.0.saturating_sub(1)).min(row.read_to);
            room_rows::write(&engine.conn, &row)?;
            engine.tell(News::Rooms);
            Ok(Ok(()))
        })
    }

    /// Keeps what a person is writing.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn keep_draft(&mut self, room: &RoomId, text: &str, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        self.command(cx, |engine, _| Ok(Ok(room_rows::set_draft(&engine.conn, room, text)?)))
    }

    /// Tells the team how this person wants to be called.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn set_display_name(&mut self, name: &str, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        let name = shorten(&clean_line(name));
        let team_room = self.me.team_room.ok_or_else(|| CommandError::NoSuchRoom("#general".to_owned()))?;
        self.command(cx, |engine, cx| {
            let user = engine.me.user_id;
            engine.take_in_profile(&user, &name)?;
            engine.enqueue(&team_room, &Content::Profile { name }, "", cx)?;
            Ok(Ok(()))
        })
    }

    /// The room called `label` (`#room`, `@user` or an id).
    ///
    /// # Errors
    /// [`CommandError::NoSuchRoom`].
    pub fn find_room(&self, label: &str) -> Result<RoomId, CommandError> {
        self.room_of(label)?.ok_or_else(|| CommandError::NoSuchRoom(label.to_owned()))
    }

    /// The person called `name`, with or without `@`.
    ///
    /// # Errors
    /// [`CommandError::NoSuchPerson`].
    pub fn find_person(&self, name: &str) -> Result<UserId, CommandError> {
        self.user_of(name).ok_or_else(|| CommandError::NoSuchPerson(name.to_owned()))
    }
}

/// A room's name as it is kept: folded, without `#`; `None` if it is none.
pub(crate) fn room_name(text: &str) -> Option<String> {
    let name = text.trim_start_matches('#').to_lowercase();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    let fits =
        !name.is_empty() && name.chars().count() <= ROOM_NAME_CHARACTERS_MAX && name.chars().all(allowed);
    fits.then_some(name)
}
