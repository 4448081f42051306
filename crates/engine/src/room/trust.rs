//! Whom this person has compared: numbers, words and codes, marks, and what a changed root holds back
//! (docs/protocol.md §5).

use data_encoding::HEXUPPER;
use securechat_ids::{UnixMillis, UserId};
use securechat_mls::Kind;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::command::CommandError;
use super::items::VERIFIED;
use crate::engine::{Engine, EngineError};
use crate::memory::{RoomRow, RoomState, item_rows, room_rows, verified_rows};
use crate::output::News;
use crate::view::{Comparison, Trust};
use crate::{Cx, cbor, safety};

/// `{root, time}`
#[derive(Serialize, Deserialize)]
struct Mark {
    root: ByteBuf,
    time: u64,
}

impl Engine {
    /// What this person and somebody compare; `None` while their chain is not here.
    pub fn comparison(&self, user: &UserId) -> Option<Comparison> {
        let mut halves = [self.fingerprint(&self.me.user_id)?, self.fingerprint(user)?];
        halves.sort();
        let words_hash =
            Sha256::new().chain_update(b"SC-safety words v1").chain_update(halves.concat()).finalize();
        Some(Comparison {
            root: self.registry.chain(user)?.root(),
            number: safety::number(&halves),
            words_hash: words_hash.into(),
            qr: format!("SC-VERIFY:{}", HEXUPPER.encode(&halves.concat())),
        })
    }

    fn fingerprint(&self, user: &UserId) -> Option<[u8; 32]> {
        let root = self.registry.chain(user)?.root();
        Some(safety::fingerprint(&self.me.server_id, user, &root))
    }

    /// Whether this person has compared somebody.
    pub(super) fn trust(&self, user: &UserId) -> Result<Trust, EngineError> {
        if *user == self.me.user_id {
            return Ok(Trust::Yourself);
        }
        let Some((Some(compared), _)) = verified_rows::read(&self.conn, user)? else {
            return Ok(Trust::Unverified);
        };
        let is_same = self.registry.chain(user).is_some_and(|chain| chain.root() == compared);
        Ok(if is_same { Trust::Verified } else { Trust::Changed })
    }

    /// The other person of direct messages, if they were compared and have another root now.
    pub(super) fn changed_peer(&self, row: &RoomRow) -> Result<Option<UserId>, EngineError> {
        let Some(peer) = row.peer.filter(|_| row.kind == Kind::Dm) else { return Ok(None) };
        Ok((self.trust(&peer)? == Trust::Changed).then_some(peer))
    }

    /// What is wrong with a room: its own trouble first, then people in it who are not whom this person compared.
    pub(super) fn trouble(&self, row: &RoomRow) -> Result<Option<String>, EngineError> {
        // Why it stands still comes first, then who is not who they were, then all else.
        if row.state == RoomState::Halted {
            return Ok(row.trouble.clone());
        }
        for user in room_rows::users(&self.conn, &row.room)?.into_iter().chain(row.peer) {
            if self.trust(&user)? == Trust::Changed {
                let who = self.mention(&user)?;
                let what = format!(
                    "{who} has new keys since you compared: they began anew, or somebody took their place. \
                     Compare again (`verify {who}`)"
                );
                return Ok(Some(what));
            }
        }
        Ok(row.trouble.clone())
    }

    /// This person has compared somebody whose root was this, and it was equal.
    ///
    /// # Errors
    /// [`CommandError::RootMoved`] if it changed meanwhile.
    pub fn mark_verified(
        &mut self,
        user: &UserId,
        root: [u8; 32],
        cx: &mut Cx<'_>,
    ) -> Result<(), CommandError> {
        if self.registry.chain(user).is_none_or(|chain| chain.root() != root) {
            return Err(CommandError::RootMoved(self.mention(user)?));
        }
        self.set_mark(user, Some(root), cx)
    }

    /// Takes somebody's present root without comparing: they are not verified any more, and can be written to.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn accept_root(&mut self, user: &UserId, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        self.set_mark(user, None, cx)
    }

    fn set_mark(
        &mut self,
        user: &UserId,
        root: Option<[u8; 32]>,
        cx: &mut Cx<'_>,
    ) -> Result<(), CommandError> {
        self.command(cx, |engine, cx| {
            // Later than the last mark, whatever this clock says.
            let last = verified_rows::read(&engine.conn, user)?.map_or(UnixMillis(0), |(_, time)| time);
            let time = cx.now.max(last.plus(1));
            verified_rows::set(&engine.conn, user, (root, time))?;
            item_rows::set_due(&engine.conn, VERIFIED, user.as_bytes())?;
            engine.mark_changed(user)?;
            Ok(Ok(()))
        })
    }

    /// A mark of this user's other device came; whether this device has a later one.
    pub(super) fn take_in_mark(&mut self, user: &UserId, value: &[u8]) -> Result<bool, EngineError> {
        let Some(Mark { root, time }) = cbor::from_bytes::<Mark>(value) else { return Ok(false) };
        // A year from now by nobody's clock: what is no time is no number for a database.
        let time = UnixMillis(time.min(1 << 48));
        let root = <[u8; 32]>::try_from(root.into_vec()).ok();
        let set = verified_rows::set(&self.conn, user, (root, time))?;
        if set {
            self.mark_changed(user)?;
        }
        let now = verified_rows::read(&self.conn, user)?;
        Ok(now.is_some_and(|(_, kept)| kept > time))
    }

    /// What an item should say of somebody.
    pub(super) fn mark_value(&self, user: &UserId) -> Result<Option<Vec<u8>>, EngineError> {
        let mark = verified_rows::read(&self.conn, user)?;
        Ok(mark.map(|(root, time)| {
            let root = ByteBuf::from(root.map(Vec::from).unwrap_or_default());
            cbor::to_bytes(&Mark { root, time: time.0 })
        }))
    }

    fn mark_changed(&mut self, user: &UserId) -> Result<(), EngineError> {
        let rooms = room_rows::all(&self.conn)?;
        let theirs = rooms.iter().filter(|row| row.peer == Some(*user)).map(|row| row.room);
        self.dirty.extend(theirs);
        self.tell(News::Rooms);
        Ok(())
    }
}
