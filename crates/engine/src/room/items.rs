//! What this user's devices keep for each other at the server, sealed: the keys of rooms, so that a new device reads
//! history with nobody else online (docs/protocol.md §2.1, §8.1).

use bytes::Bytes;
use securechat_ids::{Epoch, RoomId};
use securechat_proto::frame::{FetchItems, Item as ItemFrame, Items, PutItem, Request};
use securechat_proto::{Code, Refusal, limits};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::account::{Item, item_name, open_item, seal_item};
use crate::archive::ArchiveKey;
use crate::engine::{Engine, EngineError};
use crate::memory::{Ended, history_rows, item_rows, room_rows};
use crate::work::Asked;
use crate::{Cx, cbor};

/// Kind of the items that hold a room's keys; their subject is the room.
const KEYS: &str = "keys";
/// Changes are gathered this long before an item is put, in milliseconds.
const GATHER_MS: u64 = 4_000;
/// Held keys of a room that fit an item.
const HELD_MAX: usize = limits::ITEM_BYTES_MAX / 64;

/// The keys of a room: of the newest epoch, and of those that no link leads back to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Keys {
    newest: (Epoch, ByteArray<32>),
    held: Vec<(Epoch, ByteArray<32>)>,
}

impl Engine {
    /// This user's other devices should have a room's keys as they are now.
    pub(super) fn hand_on_keys(&self, room: &RoomId) -> Result<(), EngineError> {
        Ok(item_rows::set_due(&self.conn, KEYS, room.as_bytes())?)
    }

    /// Asks for items that changed.
    pub(super) fn fetch_items(&mut self) -> Result<(), EngineError> {
        if !self.asked.values().any(|asked| *asked == Asked::Items) {
            let after = item_rows::seen(&self.conn)?;
            self.ask(Request::FetchItems(FetchItems { after }), Asked::Items);
        }
        Ok(())
    }

    /// Puts the next item that is due, once changes have been gathered for a while.
    pub(super) fn pump_items(&mut self, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let busy = self.asked.values().any(|asked| matches!(asked, Asked::Items | Asked::PutItem { .. }));
        if busy || self.hold.is_some() {
            return Ok(());
        }
        let Some((kind, subject, version)) = item_rows::next_due(&self.conn)? else {
            self.items_at = None;
            return Ok(());
        };
        let at = *self.items_at.get_or_insert_with(|| cx.now.plus(GATHER_MS + cx.jitter_ms(GATHER_MS)));
        if at > cx.now {
            return Ok(());
        }
        self.items_at = None;
        let Some(value) = self.item_value(&kind, &subject)? else {
            return Ok(item_rows::write(&self.conn, &kind, &subject, version, false)?);
        };
        let digest = Sha256::digest(&value).into();
        let item = Item { kind: kind.clone(), subject: subject.clone(), value };
        let version = version + 1;
        let (vault, user) = (&self.me.vault_key, &self.me.user_id);
        let name = item_name(vault, &kind, &subject);
        let put = PutItem {
            name: Bytes::copy_from_slice(&name),
            version,
            sealed: seal_item(vault, user, &item, version, cx).into(),
        };
        self.ask(Request::PutItem(put), Asked::PutItem { kind, subject, version, digest });
        Ok(())
    }

    /// What an item should say now; nothing if there is nothing to say.
    fn item_value(&self, kind: &str, subject: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, EngineError> {
        let (KEYS, Ok(room)) = (kind, RoomId::try_from(subject)) else { return Ok(None) };
        let Some(row) = room_rows::read(&self.conn, &room)? else { return Ok(None) };
        let own = |epoch| history_rows::own_key(&self.conn, &room, epoch);
        let Some(newest) = own(row.epoch)? else { return Ok(None) };
        let mut held = Vec::new();
        for epoch in item_rows::held(&self.conn, &room)?.into_iter().rev().take(HELD_MAX) {
            if let Some(key) = own(epoch)? {
                held.push((epoch, (*key.as_bytes()).into()));
            }
        }
        let keys = Keys { newest: (row.epoch, (*newest.as_bytes()).into()), held };
        Ok(Some(Zeroizing::new(cbor::to_bytes(&keys))))
    }

    /// An item of ours is at the server.
    pub(super) fn item_is_put(
        &mut self,
        kind: &str,
        subject: &[u8],
        version: u64,
        digest: [u8; 32],
    ) -> Result<(), EngineError> {
        let now = self.item_value(kind, subject)?;
        let changed = now.is_some_and(|value| <[u8; 32]>::from(Sha256::digest(&value)) != digest);
        Ok(item_rows::write(&self.conn, kind, subject, version, changed)?)
    }

    /// An item of ours was not taken: another device was faster, or there is no room.
    pub(super) fn item_refused(
        &mut self,
        kind: &str,
        subject: &[u8],
        version: u64,
        refusal: &Refusal,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        if refusal.code == Code::Conflict {
            // The same refused again and no version come meanwhile: the server has an older one than was seen, from before a
            // backup was restored. All of them are read anew.
            let conflict = Some((subject.to_vec(), version));
            if self.item_conflict == conflict {
                item_rows::set_seen(&self.conn, 0)?;
            }
            self.item_conflict = conflict;
            // Not before that device's version is here; if none comes, not in a circle either.
            self.items_at = Some(cx.now.plus(GATHER_MS + cx.jitter_ms(GATHER_MS)));
            return self.fetch_items();
        }
        Ok(item_rows::write(&self.conn, kind, subject, version - 1, false)?)
    }

    /// A page of items came; after the last one comes an empty page.
    pub(super) fn items_page(&mut self, page: &Items) -> Result<(), EngineError> {
        let mut seen = item_rows::seen(&self.conn)?;
        for item in page.items.iter().filter(|item| item.number > seen) {
            self.take_in_item(item)?;
        }
        let last = page.items.iter().map(|item| item.number).max().unwrap_or(0);
        if last > seen {
            seen = last;
            item_rows::set_seen(&self.conn, seen)?;
            self.fetch_items()?;
        }
        Ok(())
    }

    fn take_in_item(&mut self, frame: &ItemFrame) -> Result<(), EngineError> {
        let Ok(name) = <[u8; 16]>::try_from(frame.name.as_ref()) else { return Ok(()) };
        let (vault, user) = (&self.me.vault_key, &self.me.user_id);
        // What does not open was sealed under an older vault key, or is not this user's: nothing is lost by leaving it.
        let Some(item) = open_item(vault, user, &name, frame.version, &frame.sealed) else { return Ok(()) };
        let (KEYS, Ok(room)) = (item.kind.as_str(), RoomId::try_from(item.subject.as_slice())) else {
            return Ok(());
        };
        let Some(keys) = cbor::from_bytes::<Keys>(&item.value) else { return Ok(()) };
        for (epoch, key) in keys.held.iter().chain([&keys.newest]) {
            let key = ArchiveKey::from_bytes(**key);
            history_rows::add_key(&self.conn, &room, *epoch, &key, true)?;
        }
        for (epoch, _) in &keys.held {
            item_rows::hold(&self.conn, &room, *epoch)?;
        }
        let epoch = room_rows::read(&self.conn, &room)?.map_or(Epoch(0), |row| row.epoch);
        let held = item_rows::held(&self.conn, &room)?;
        let newer_here = epoch > keys.newest.0 || held.len() > keys.held.len();
        item_rows::write(&self.conn, KEYS, room.as_bytes(), frame.version, newer_here)?;
        self.look_back_again(&room)
    }

    /// Keys came that may open what could not be read.
    pub(super) fn look_back_again(&mut self, room: &RoomId) -> Result<(), EngineError> {
        let Some(mut history) = history_rows::read(&self.conn, room)? else { return Ok(()) };
        if matches!(history.ended, Some(Ended::Owed | Ended::SinceJoin)) {
            history.ended = None;
            history_rows::write(&self.conn, room, &history)?;
            self.dirty.insert(*room);
        }
        Ok(())
    }
}
