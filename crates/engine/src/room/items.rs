//! What this user's devices keep for each other at the server, sealed: the keys of rooms, so that a new device reads
//! history with nobody else online, and whom the user has compared (docs/protocol.md §2.1, §8.1).

use bytes::Bytes;
use securechat_ids::{Epoch, RoomId, Seq, UserId};
use securechat_mls::{History, Kind};
use securechat_proto::frame::{FetchItems, Item as ItemFrame, Items, PutItem, Request};
use securechat_proto::{Code, Refusal, limits};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::tell::shorten;
use crate::account::{Item, VaultKey, item_name, open_item, seal_item};
use crate::archive::ArchiveKey;
use crate::engine::{Engine, EngineError};
use crate::memory::{Ended, RoomRow, RoomState, account_rows, history_rows, item_rows, room_rows};
use crate::output::News;
use crate::work::Asked;
use crate::{Cx, cbor};

/// Kind of the items that hold a room's keys; their subject is the room.
const KEYS: &str = "keys";
/// Kind of the items that hold whom this person has compared; their subject is the person.
pub(super) const VERIFIED: &str = "verified";
/// Changes are gathered this long before an item is put, in milliseconds.
const GATHER_MS: u64 = 4_000;
/// Held keys of a room that fit an item.
const HELD_MAX: usize = limits::ITEM_BYTES_MAX / 64;

/// The keys of a room: of the newest epoch, and of those that no link leads back to; and what the room is called.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Keys {
    newest: (Epoch, ByteArray<32>),
    held: Vec<(Epoch, ByteArray<32>)>,
    name: String,
    topic: String,
}

impl Engine {
    /// This user's other devices should have a room's keys as they are now.
    pub(super) fn hand_on_keys(&self, room: &RoomId) -> Result<(), EngineError> {
        Ok(item_rows::set_due(&self.conn, KEYS, room.as_bytes())?)
    }

    /// Whether something waits to be handed to this user's other devices.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn items_wait(&self) -> Result<bool, EngineError> {
        let asked = self.asked.values().any(|asked| matches!(asked, Asked::PutItem { .. }));
        Ok(asked || item_rows::next_due(&self.conn)?.is_some())
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
        // Under a key that a lost device may know, nothing is put any more.
        if account_rows::vault_doubt(&self.conn)? {
            self.items_at = None;
            return Ok(());
        }
        let Some((kind, subject, version)) = item_rows::next_due(&self.conn)? else {
            self.items_at = None;
            return Ok(());
        };
        let at = *self.items_at.get_or_insert_with(|| cx.now.plus(GATHER_MS + cx.jitter_ms(GATHER_MS)));
        // What the other devices have nothing of at all does not wait: this one may be gone in a moment.
        if version > 0 && at > cx.now {
            return Ok(());
        }
        // Others that are due go right after this one: the time is forgotten when none is left.
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

    /// Keeps a new vault key, and puts everything anew under it.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn renew_vault_key(&mut self, key: &VaultKey, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        self.step(cx, |engine, _| {
            account_rows::set_vault_key(&engine.conn, key.as_bytes())?;
            item_rows::begin_anew(&engine.conn)?;
            engine.me.vault_key = key.clone();
            engine.asked.retain(|_, asked| !matches!(asked, Asked::PutItem { .. }));
            engine.items_at = None;
            engine.fetch_items()?;
            engine.tell(News::VaultKey { known: true });
            Ok(())
        })
    }

    /// This device is about to replace the vault key: whatever becomes of the request, nothing is put before it is known.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn doubt_vault_key(&mut self, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        self.step(cx, |engine, _| Ok(account_rows::set_vault_doubt(&engine.conn, true)?))
    }

    /// The vault still opens with this device's key: only the recovery key was replaced.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn vault_key_holds(&mut self, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        self.step(cx, |engine, _| Ok(account_rows::set_vault_doubt(&engine.conn, false)?))
    }

    /// Whether another device may have replaced the vault key: then the vault says whether this one still opens it, and if it
    /// does not, the password leads to the new one. Messages go on meanwhile.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn vault_in_doubt(&self) -> Result<bool, EngineError> {
        Ok(account_rows::vault_doubt(&self.conn)?)
    }

    /// What an item should say now; nothing if there is nothing to say.
    fn item_value(&self, kind: &str, subject: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, EngineError> {
        match kind {
            KEYS => match RoomId::try_from(subject) {
                Ok(room) => self.keys_value(&room),
                Err(_) => Ok(None),
            },
            VERIFIED => match UserId::try_from(subject) {
                Ok(user) => Ok(self.mark_value(&user)?.map(Zeroizing::new)),
                Err(_) => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn keys_value(&self, room: &RoomId) -> Result<Option<Zeroizing<Vec<u8>>>, EngineError> {
        // Of a room that was left, the others are not to hear as of one that was entered.
        let is_in = |row: &RoomRow| matches!(row.state, RoomState::Joined | RoomState::Halted);
        let row = room_rows::read(&self.conn, room)?.filter(is_in);
        let Some(row) = row else { return Ok(None) };
        let own = |epoch| history_rows::own_key(&self.conn, room, epoch);
        let Some(newest) = own(row.epoch)? else { return Ok(None) };
        let mut held = Vec::new();
        for epoch in item_rows::held(&self.conn, room)?.into_iter().rev().take(HELD_MAX) {
            if let Some(key) = own(epoch)? {
                held.push((epoch, (*key.as_bytes()).into()));
            }
        }
        // A device that has just come may not have heard the name itself.
        let (name, topic) = match row.name.is_empty() {
            true => item_rows::name(&self.conn, room)?.unwrap_or_default(),
            false => (row.name, row.topic),
        };
        let keys = Keys { newest: (row.epoch, (*newest.as_bytes()).into()), held, name, topic };
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
    pub(super) fn items_page(&mut self, page: &Items, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let mut seen = item_rows::seen(&self.conn)?;
        for item in page.items.iter().filter(|item| item.number > seen) {
            self.take_in_item(item, cx)?;
        }
        let last = page.items.iter().map(|item| item.number).max().unwrap_or(0);
        if last > seen {
            seen = last;
            item_rows::set_seen(&self.conn, seen)?;
            self.fetch_items()?;
        } else {
            self.items_live = true;
        }
        Ok(())
    }

    fn take_in_item(&mut self, frame: &ItemFrame, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let Ok(name) = <[u8; 16]>::try_from(frame.name.as_ref()) else { return Ok(()) };
        let (vault, user) = (&self.me.vault_key, &self.me.user_id);
        // What does not open was sealed under an older vault key, or is not this user's: nothing is lost by leaving it.
        let Some(item) = open_item(vault, user, &name, frame.version, &frame.sealed) else { return Ok(()) };
        let newer_here = match item.kind.as_str() {
            KEYS => match RoomId::try_from(item.subject.as_slice()) {
                Ok(room) => self.take_in_keys_item(&room, &item.value, cx)?,
                Err(_) => return Ok(()),
            },
            VERIFIED => match UserId::try_from(item.subject.as_slice()) {
                Ok(user) => self.take_in_mark(&user, &item.value)?,
                Err(_) => return Ok(()),
            },
            _ => return Ok(()),
        };
        Ok(item_rows::write(&self.conn, &item.kind, &item.subject, frame.version, newer_here)?)
    }

    /// Keys of a room from this user's other device; whether this device knows more.
    fn take_in_keys_item(
        &mut self,
        room: &RoomId,
        value: &[u8],
        cx: &mut Cx<'_>,
    ) -> Result<bool, EngineError> {
        let Some(keys) = cbor::from_bytes::<Keys>(value) else { return Ok(false) };
        for (epoch, key) in keys.held.iter().chain([&keys.newest]) {
            let key = ArchiveKey::from_bytes(**key);
            history_rows::add_key(&self.conn, room, *epoch, &key, true)?;
        }
        for (epoch, _) in &keys.held {
            item_rows::hold(&self.conn, room, *epoch)?;
        }
        if !keys.name.is_empty() {
            item_rows::set_name(&self.conn, room, &shorten(&keys.name), &shorten(&keys.topic))?;
        }
        let mut epoch = Epoch(0);
        if let Some(mut row) = room_rows::read(&self.conn, room)? {
            epoch = row.epoch;
            if row.name.is_empty() {
                self.name_as_handed(&mut row)?;
                room_rows::write(&self.conn, &row)?;
            }
        }
        let held = item_rows::held(&self.conn, room)?;
        let newer_here = epoch > keys.newest.0 || held.len() > keys.held.len();
        self.look_back_again(room)?;
        self.follow(room, cx)?;
        Ok(newer_here)
    }

    /// Another device of this person has come into a room just now: this one follows, if it was never in it. Of what they
    /// were in before the connection began, and of what they have left, the server's greeting speaks: an item may be older.
    fn follow(&mut self, room: &RoomId, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        if !self.items_live {
            return Ok(());
        }
        match room_rows::read(&self.conn, room)? {
            None => {
                let row = RoomRow::new(*room, RoomState::Joining, Kind::Private, History::None);
                self.come_in_turn(row, cx)
            }
            Some(row) if row.state == RoomState::Listed && row.cursor == Seq(0) => self.come_in_turn(row, cx),
            Some(_) => Ok(()),
        }
    }

    /// Calls a room that nobody has named here yet what this user's other devices call it.
    pub(super) fn name_as_handed(&mut self, row: &mut RoomRow) -> Result<(), EngineError> {
        if let Some((name, topic)) = item_rows::name(&self.conn, &row.room)? {
            (row.name, row.topic) = (name, topic);
            self.tell(News::Rooms);
        }
        Ok(())
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
