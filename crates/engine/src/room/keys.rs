//! Archive keys of a room: kept as epochs begin, linked by commits, and said aloud where a link is missing
//! (docs/protocol.md §8.1).

use securechat_ids::{Epoch, RoomId};
use securechat_mls::{History, Leaf};
use securechat_mls_member::{Change, Group, Provider};

use crate::Cx;
use crate::archive::{ArchiveKey, link_is_due};
use crate::content::Content;
use crate::engine::{Engine, EngineError};
use crate::memory::{RoomRow, history_rows, item_rows, outbox_rows};

/// Keys said or taken in at once.
const KEYS_PER_MESSAGE: usize = 200;

impl Engine {
    /// Keeps the key of the epoch a group has entered.
    pub(super) fn keep_archive_key(&self, group: &Group) -> Result<(), EngineError> {
        if group.policy().history != History::None {
            let key = ArchiveKey::of(&Provider::new(&self.conn), group)?;
            history_rows::add_key(&self.conn, &group.room(), group.epoch(), &key, true)?;
            self.hand_on_keys(&group.room())?;
        }
        Ok(())
    }

    /// The link that goes with our staged commit; empty when its policy wants none.
    pub(super) fn make_link(
        &self,
        group: &Group,
        change: &Change,
        cx: &mut Cx<'_>,
    ) -> Result<Vec<u8>, EngineError> {
        let policy = change.policy.as_ref().unwrap_or_else(|| group.policy());
        // We add only people who are not there yet; further devices come by themselves.
        let is_due = match policy.history {
            History::Shared => true,
            History::SinceJoin => change.add.is_empty(),
            History::None => false,
        };
        if !is_due {
            return Ok(Vec::new());
        }
        let provider = Provider::new(&self.conn);
        let (before, after) = (ArchiveKey::of(&provider, group)?, ArchiveKey::of_staged(&provider, group)?);
        Ok(after.link_to(&before, &group.room(), group.epoch(), cx))
    }

    /// Looks whether later readers can go through a commit that was taken in; if not, its key is owed.
    pub(super) fn look_at_link(
        &mut self,
        row: &RoomRow,
        ended: Epoch,
        link: &[u8],
        before: &[Leaf],
        after: &[Leaf],
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        if !link_is_due(row.history, before, after) {
            return self.keep_to_ourselves(row, ended);
        }
        // Who was not in the epoch that ended cannot judge the link.
        let Some(theirs) = history_rows::own_key(&self.conn, &row.room, ended)? else { return Ok(()) };
        let ours = history_rows::own_key(&self.conn, &row.room, row.epoch)?;
        if ours.is_some_and(|ours| ours.follow(link, &row.room, ended) == Some(theirs)) {
            return Ok(());
        }
        history_rows::owe(&self.conn, &row.room, ended)?;
        let delay_ms = 300 + self.rank(&row.room, &[])? * 1_500 + cx.jitter_ms(300);
        self.work.entry(row.room).or_default().tell_at.get_or_insert(cx.now.plus(delay_ms));
        Ok(())
    }

    /// From this commit on somebody listens, or may come, who is not to read what was said before it. What is owed from
    /// then is not said any more; this user's own devices hand each other the keys.
    fn keep_to_ourselves(&self, row: &RoomRow, ended: Epoch) -> Result<(), EngineError> {
        let owed = history_rows::owed(&self.conn, &row.room)?;
        for epoch in owed.into_iter().chain([ended]) {
            history_rows::settle(&self.conn, &row.room, epoch)?;
            if history_rows::own_key(&self.conn, &row.room, epoch)?.is_some() {
                item_rows::hold(&self.conn, &row.room, epoch)?;
            }
        }
        // Sealed for an epoch that is over by now, it would be sealed anew for this one.
        Ok(outbox_rows::forget_keys(&self.conn, &row.room)?)
    }

    /// Says the keys that are owed and known here.
    pub(super) fn tell_keys(&mut self, room: &RoomId, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        // Who was away takes in commits whose links were deleted; their keys are owed to nobody any more.
        self.delete_due_keys(room, cx.now)?;
        let mut keys = Vec::new();
        for epoch in history_rows::owed(&self.conn, room)? {
            if let Some(key) = history_rows::own_key(&self.conn, room, epoch)? {
                keys.push((epoch, key));
            }
            history_rows::settle(&self.conn, room, epoch)?;
        }
        for keys in keys.chunks(KEYS_PER_MESSAGE) {
            self.enqueue(room, &Content::Keys { keys: keys.to_vec() }, "", cx)?;
        }
        Ok(())
    }

    /// Somebody said keys: what they open can be read now, and nobody else needs to say them.
    pub(super) fn take_in_keys(
        &mut self,
        row: &RoomRow,
        keys: &[(Epoch, ArchiveKey)],
    ) -> Result<(), EngineError> {
        let mut new = false;
        for (epoch, key) in keys.iter().take(KEYS_PER_MESSAGE).filter(|(epoch, _)| *epoch < row.epoch) {
            match history_rows::own_key(&self.conn, &row.room, *epoch)? {
                Some(own) if own == *key => history_rows::settle(&self.conn, &row.room, *epoch)?,
                // We know better; what is owed stays owed.
                Some(_) => {}
                None => new |= history_rows::add_key(&self.conn, &row.room, *epoch, key, false)?,
            }
        }
        if new { self.look_back_again(&row.room) } else { Ok(()) }
    }
}
