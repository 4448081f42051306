//! Names: of people by their chains, of rooms by what their members say.

use securechat_ids::{RoomId, UserId, UserName};
use securechat_mls::Kind;

use crate::engine::{Engine, EngineError};
use crate::memory::{RoomRow, RoomState, repair_rows, room_rows};

impl Engine {
    /// `@name` of a user; the id's beginning for one whose chain is not here.
    pub(crate) fn mention(&self, user: &UserId) -> Result<String, EngineError> {
        Ok(format!("@{}", self.user_name(user)))
    }

    /// A user's name from the genesis of their chain.
    pub(crate) fn user_name(&self, user: &UserId) -> String {
        match self.registry.chain(user) {
            Some(chain) => chain.name().to_string(),
            None => user.to_string()[..8].to_owned(),
        }
    }

    /// The user of a name, with or without `@`.
    pub(crate) fn user_of(&self, name: &str) -> Option<UserId> {
        let name: UserName = name.strip_prefix('@').unwrap_or(name).parse().ok()?;
        self.registry.user(&name)
    }

    /// `#name` or `@user`, unique on this device: of two rooms with one name the later known carries its id's beginning.
    pub(crate) fn label(&self, row: &RoomRow, all: &[RoomRow]) -> Result<String, EngineError> {
        if row.kind == Kind::Dm {
            return match row.peer {
                Some(peer) => self.mention(&peer),
                None => Ok("@…".to_owned()),
            };
        }
        let name = self.room_name(row);
        // A room that goes on elsewhere leaves its name to where it goes on.
        let moved = |row: &RoomRow| matches!(repair_rows::successor(&self.conn, &row.room), Ok(Some(next)) if all.iter().any(|r| r.room == next));
        let first = all
            .iter()
            .filter(|other| other.kind != Kind::Dm && self.room_name(other) == name)
            .min_by_key(|other| {
                (
                    other.state == RoomState::Gone || moved(other),
                    Some(other.room) != self.me.team_room,
                    other.room,
                )
            });
        let is_first = first.is_none_or(|first| first.room == row.room);
        let suffix = if is_first { String::new() } else { format!("~{}", &row.room.to_string()[..4]) };
        Ok(format!("#{name}{suffix}"))
    }

    fn room_name(&self, row: &RoomRow) -> String {
        if self.me.team_room == Some(row.room) {
            return "general".to_owned();
        }
        if row.name.is_empty() { row.room.to_string()[..8].to_owned() } else { row.name.clone() }
    }

    /// The room of a label (`#room`), an id, or a person (`@user`, their direct messages).
    pub(crate) fn room_of(&self, label: &str) -> Result<Option<RoomId>, EngineError> {
        let rows = room_rows::all(&self.conn)?;
        if let Some(user) = label.strip_prefix('@').and_then(|name| self.user_of(name)) {
            let dm = rows
                .iter()
                .find(|row| row.kind == Kind::Dm && row.peer == Some(user) && row.state != RoomState::Gone);
            return Ok(dm.map(|row| row.room));
        }
        let wanted =
            if label.starts_with('#') { label.to_lowercase() } else { format!("#{}", label.to_lowercase()) };
        for row in &rows {
            if row.kind != Kind::Dm && self.label(row, &rows)? == wanted {
                return Ok(Some(row.room));
            }
        }
        Ok(label.parse().ok().filter(|id| rows.iter().any(|row| row.room == *id)))
    }
}
