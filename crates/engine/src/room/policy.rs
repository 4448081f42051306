//! A room's policy changes: who its admins are, how far newcomers read back, and the line that tells of it.

use std::collections::BTreeSet;

use securechat_ids::{RoomId, UserId};
use securechat_mls::{History, Join, Kind, Policy};
use securechat_mls_member::{Change, Group, Provider};

use super::command::CommandError;
use crate::Cx;
use crate::engine::{Engine, EngineError};
use crate::memory::{IntentRow, PolicyWish, RoomRow, Wish, intent_rows, room_rows};

impl Engine {
    /// Makes a person of a room one of its admins.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn make_admin(&mut self, room: &RoomId, user: &UserId, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        self.wish_policy(room, PolicyWish::Admin(*user), cx)
    }

    /// Takes a person's being an admin away; an admin who is in the room stays.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn unmake_admin(
        &mut self,
        room: &RoomId,
        user: &UserId,
        cx: &mut Cx<'_>,
    ) -> Result<(), CommandError> {
        self.wish_policy(room, PolicyWish::NoAdmin(*user), cx)
    }

    /// From now on newcomers read back no further than this. There is no way back.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn tighten_history(
        &mut self,
        room: &RoomId,
        history: History,
        cx: &mut Cx<'_>,
    ) -> Result<(), CommandError> {
        self.wish_policy(room, PolicyWish::History(history), cx)
    }

    /// From now on messages are kept for so many days; 0 is for ever.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn keep_for(&mut self, room: &RoomId, days: u32, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        self.wish_policy(room, PolicyWish::KeepDays(days), cx)
    }

    fn wish_policy(&mut self, room: &RoomId, wish: PolicyWish, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        let row = self.may_send(room)?;
        let label = self.label_of(&row)?;
        let policy = self.policy(room)?.ok_or_else(|| CommandError::NotIn(label.clone()))?;
        let to_do = self.wished(&row, &policy, wish)?;
        // Said aloud to whoever asks; a wish that somebody stricter overtook has come true.
        if matches!(wish, PolicyWish::History(history) if history < policy.history) {
            return Err(CommandError::Loosens(label));
        }
        // What is so already may be otherwise once the wishes before have come true.
        if to_do.is_none() && intent_rows::count_in(&self.conn, room)? == 0 {
            return Ok(());
        }
        self.command(cx, |engine, cx| {
            intent_rows::append(&engine.conn, room, &Wish::Policy(wish), &cx.message_id())?;
            engine.dirty.insert(*room);
            Ok(Ok(()))
        })
    }

    /// The policy in which a wish has come true; `None` if that is this one.
    fn wished(
        &self,
        row: &RoomRow,
        policy: &Policy,
        wish: PolicyWish,
    ) -> Result<Option<Policy>, CommandError> {
        if policy.kind == Kind::Dm {
            return Err(CommandError::DirectMessages);
        }
        let mut next = policy.clone();
        let there = room_rows::users(&self.conn, &row.room)?;
        match wish {
            PolicyWish::Admin(user) => {
                next.admins.insert(user);
            }
            PolicyWish::NoAdmin(user) => {
                next.admins.remove(&user);
            }
            PolicyWish::History(history) => next.history = policy.history.max(history),
            PolicyWish::KeepDays(days) => next.keep_days = days,
        }
        if !policy.admins.contains(&self.me.user_id) {
            return Err(CommandError::NotRoomAdmin(self.label_of(row)?));
        }
        if next == *policy {
            return Ok(None);
        }
        if let PolicyWish::Admin(user) = wish
            && !there.contains(&user)
        {
            return Err(CommandError::NotThere { person: self.mention(&user)?, room: self.label_of(row)? });
        }
        // An admin who has left is of no use to those who are still there.
        if !there.iter().any(|user| next.admins.contains(user)) {
            return Err(CommandError::LastAdmin(self.label_of(row)?));
        }
        Ok(Some(next))
    }

    pub(super) fn stage_policy(
        &mut self,
        row: &RoomRow,
        intent: &IntentRow,
        wish: PolicyWish,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let wished = match self.policy(&row.room)? {
            Some(policy) => self.wished(row, &policy, wish),
            None => Err(CommandError::NotIn(self.label_of(row)?)),
        };
        match wished {
            Ok(Some(next)) => {
                self.stage(row, intent, &Change { policy: Some(next), ..Change::default() }, cx)
            }
            Ok(None) => self.wish_done(&row.room, intent.number),
            Err(CommandError::Engine(error)) => Err(error),
            Err(why) => self.wish_failed(&row.room, intent.number, &why.to_string()),
        }
    }

    /// The policy to go with somebody's removal: an admin who is removed and comes back is none any more.
    pub(super) fn policy_without(&self, row: &RoomRow, user: &UserId) -> Result<Option<Policy>, EngineError> {
        let may_change = |policy: &Policy| {
            policy.kind != Kind::Dm && policy.admins.contains(&self.me.user_id) && *user != self.me.user_id
        };
        let policy = self.policy(&row.room)?.filter(may_change);
        Ok(policy.and_then(|mut policy| policy.admins.remove(user).then_some(policy)))
    }

    /// A room's policy; `None` for a room that this device has no group of, or none that can be read: what is done then is
    /// for whoever works with the group to say.
    pub(super) fn policy(&self, room: &RoomId) -> Result<Option<Policy>, EngineError> {
        Ok(Group::policy_of(&Provider::new(&self.conn), *room).ok().flatten())
    }

    /// What a commit changed of the policy, for the timeline. `there`: who is in the room after it.
    pub(super) fn policy_lines(
        &self,
        author: &UserId,
        was: &Policy,
        is: &Policy,
        there: &BTreeSet<UserId>,
    ) -> Result<Vec<String>, EngineError> {
        let by = self.mention(author)?;
        let mut lines = Vec::new();
        let new: Vec<UserId> = is.admins.difference(&was.admins).copied().collect();
        if !new.is_empty() {
            let what = if new.len() == 1 { "an admin" } else { "admins" };
            lines.push(format!("{by} made {} {what} of this room", self.mentions(&new)?));
        }
        let no_more: Vec<UserId> =
            was.admins.difference(&is.admins).filter(|user| there.contains(user)).copied().collect();
        if no_more == [*author] {
            lines.push(format!("{by} is no longer an admin of this room"));
        } else if !no_more.is_empty() {
            lines.push(format!("{by} took admin away from {}", self.mentions(&no_more)?));
        }
        if is.history != was.history {
            let what = match is.history {
                // Rule 4 of docs/protocol.md §7 does not let anybody go back there.
                History::Shared => "newcomers read everything",
                History::SinceJoin => "newcomers read only from the day they join",
                History::None => "nothing is kept for later reading; only who is here reads it",
            };
            lines.push(format!("{by} changed who may read what: from here on {what}"));
        }
        if is.keep_days != was.keep_days {
            let what = match is.keep_days {
                0 => "they are kept for ever".to_owned(),
                days => format!("they are deleted after {}", days_text(days)),
            };
            lines.push(format!("{by} changed how long messages are kept here: {what}"));
        }
        if is.join != was.join {
            let what = match is.join {
                Join::Open => "everybody of the team may join this room",
                Join::Invite => "people come into this room by being added",
            };
            lines.push(format!("{by} changed who may come in: from here on {what}"));
        }
        Ok(lines)
    }
}

/// `1 day`, `30 days`.
pub(super) fn days_text(days: u32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}
